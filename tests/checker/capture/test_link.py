"""Every link type gives the packet and the tags around it; what holds no IP, or is cut off, is named."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checker.capture.link import opener_of
from checker.capture.notes import Kind, Skipped
from tests.checker.capture import building as b
from tests.checker.capture.reads import read

FOUR, SIX = b.ipv4(b.tcp()), b.ipv6(b.tcp())
SNAP = b"\xaa\xaa\x03\x00\x00\x00"
PPP = b"\xff\x03"

FRAMES: dict[str, tuple[int, bytes, tuple[int, ...]]] = {
    "null, little-endian": (0, struct.pack("<I", 2) + FOUR, ()),
    "null, big-endian": (0, struct.pack(">I", 2) + FOUR, ()),
    "loop": (108, struct.pack(">I", 2) + FOUR, ()),
    **{f"null, IPv6 as {family}": (0, struct.pack("<I", family) + SIX, ()) for family in (10, 24, 28, 30)},
    "ethernet": (1, b.ethernet(FOUR), ()),
    "ethernet, IPv6": (1, b.ethernet(SIX, b.IPV6), ()),
    "vlan": (1, b.ethernet(FOUR, between=b.vlan(5)), (5,)),
    "vlan, IPv6": (1, b.ethernet(SIX, b.IPV6, between=b.vlan(4095)), (4095,)),
    "QinQ": (1, b.ethernet(FOUR, between=b.vlan(100, 0x88A8) + b.vlan(5)), (100, 5)),
    "QinQ, older": (1, b.ethernet(FOUR, between=b.vlan(100, 0x9100) + b.vlan(5) + b.vlan(6)), (100, 5, 6)),
    "mpls": (1, b.ethernet(b.mpls(16, bottom=False) + b.mpls(17, bottom=True) + FOUR, 0x8847), ()),
    "mpls in a vlan": (1, b.ethernet(b.mpls(16, bottom=True) + SIX, 0x8848, between=b.vlan(9)), (9,)),
    "PPPoE": (1, b.ethernet(b.pppoe(0x1234, b"\x00\x21", FOUR), 0x8864), (0x1234,)),
    "PPPoE, IPv6, in a vlan": (1, b.ethernet(b.pppoe(7, b"\x00\x57", SIX), 0x8864, between=b.vlan(2)), (2, 7)),
    "PPPoE, short protocol": (1, b.ethernet(b.pppoe(7, b"\x21", FOUR), 0x8864), (7,)),
    "PPPoE, mpls": (1, b.ethernet(b.pppoe(7, b"\x02\x81", b.mpls(3, bottom=True) + FOUR), 0x8864), (7,)),
    "802.3 with SNAP": (1, b.ethernet(SNAP + b"\x08\x00" + FOUR, len(FOUR) + 8), ()),
    "802.3 with SNAP in a vlan": (1, b.ethernet(SNAP + b"\x86\xdd" + SIX, 68, between=b.vlan(3)), (3,)),
    "ppp": (9, b"\x00\x21" + FOUR, ()),
    "ppp, framed": (9, PPP + b"\x00\x57" + SIX, ()),
    "ppp, hdlc": (50, PPP + b"\x00\x21" + FOUR, ()),
    "pppoe alone": (51, b.pppoe(8, b"\x00\x21", FOUR), (8,)),
    "cisco hdlc": (104, b"\x0f\x00\x08\x00" + FOUR, ()),
    **{f"raw {link}": (link, FOUR, ()) for link in (12, 14, 101, 228)},
    **{f"raw {link}, IPv6": (link, SIX, ()) for link in (12, 14, 101, 229)},
    "SLL": (113, bytes(14) + b"\x08\x00" + FOUR, ()),
    "SLL with a vlan": (113, bytes(14) + b.vlan(6) + b"\x86\xdd" + SIX, (6,)),
    "SLL2": (276, b"\x08\x00" + bytes(18) + FOUR, ()),
    "SLL2, IPv6": (276, b"\x86\xdd" + bytes(18) + SIX, ()),
    "SLL2 with a vlan": (276, b"\x81\x00" + bytes(18) + b"\x00\x06\x08\x00" + FOUR, (6,)),
}


@pytest.mark.parametrize("name", FRAMES)
def test_the_packet_of_every_link_is_found_with_its_tags(name: str) -> None:
    link, octets, tags = FRAMES[name]
    [found] = read(b.pcap([b.Recorded(octets)], link=link))[0]
    assert (found.tags, found.seq, found.source_port) == (tags, 1000, 40000)
    assert found.source in {b.CLIENT, b.CLIENT_6}


@pytest.mark.parametrize("name", FRAMES)
def test_a_frame_cut_anywhere_before_its_packet_is_said_to_be_cut(name: str) -> None:
    link, octets, _ = FRAMES[name]
    packet, _ = opener_of(link)(octets, 0, len(octets))
    padded = octets + bytes(40)  # what comes after a frame in the buffer is none of it
    for end in range(packet):
        with pytest.raises(Skipped) as why:
            opener_of(link)(padded, 0, end)
        assert why.value.kind == "cut header", end


@pytest.mark.parametrize(
    ("link", "octets", "kind"),
    [
        (1, b.ethernet(bytes(28), 0x0806), "not IP"),  # ARP
        (1, b.ethernet(b"\x42\x42\x03" + bytes(35), 38), "not IP"),  # spanning tree
        (1, b.ethernet(b.mpls(16, bottom=True) + bytes(40), 0x8847), "not IP"),  # a pseudowire
        (9, b"\xc0\x21" + bytes(8), "not IP"),  # LCP
        (0, struct.pack("<I", 23) + bytes(30), "not IP"),  # IPX
        (101, bytes(40), "not IP"),
        (147, FOUR, "unknown link"),
    ],
)
def test_what_holds_no_ip_is_named(link: int, octets: bytes, kind: Kind) -> None:
    with pytest.raises(Skipped) as why:
        opener_of(link)(octets, 0, len(octets))
    assert why.value.kind == kind


def is_read(link: int) -> bool:
    try:
        opener_of(link)(b"", 0, 0)
    except Skipped as why:
        return why.kind != "unknown link"
    return True


def test_the_link_types_above_are_all_that_are_read() -> None:
    assert {link for link in range(1000) if is_read(link)} == {link for link, _, _ in FRAMES.values()}


@given(st.sampled_from(sorted({link for link, _, _ in FRAMES.values()})), st.binary(max_size=80), st.data())
def test_any_octets_of_any_link_are_opened_or_skipped(link: int, octets: bytes, data: st.DataObject) -> None:
    end = data.draw(st.integers(0, len(octets)))
    try:
        packet, tags = opener_of(link)(octets, 0, end)
    except Skipped:
        return
    assert packet >= 0
    assert len(tags) <= end // 4 + 1
