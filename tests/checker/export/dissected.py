"""A pcap file taken apart without any of our code, its checksums added up; and runs to export."""

from __future__ import annotations

import random
import struct
from dataclasses import dataclass, replace
from functools import cache

from checker.walk import Walk
from spec.attackers import Attacker
from spec.environment import World
from spec.network import Network
from spec.scenarios import CRASH, QUICK, SLOW_READER, TUTORIAL_WORLD
from spec.trace import Trace
from spec.variants import VARIANTS
from tests.checker.worlds import ATTACKED, LENGTHS, TEXT_TIMED

WORLDS: dict[str, World] = {
    **{world.name: world for world in (TUTORIAL_WORLD, SLOW_READER, CRASH, *QUICK[:5])},
    "clock": LENGTHS["2 MSL, fin"],
    "text in the clock": TEXT_TIMED,
    "attacked": ATTACKED,
    "into a set": replace(TUTORIAL_WORLD, network=Network("set", 2, "lose")),
    "on the path": replace(ATTACKED, attacker=Attacker("on-path", 1)),
}
"""Worlds small enough to be walked at random: losses, copies, crashes, clocks, attackers, text and zero windows."""


@cache
def _walk(name: str, variant: str) -> Walk:
    return Walk(VARIANTS[variant], WORLDS[name])


def random_run(name: str, seed: int, steps: int = 30, variant: str = "three-way") -> Trace:
    """Return a run of a world, each step chosen at random among those enabled."""
    walk, choose = _walk(name, variant), random.Random(seed)  # noqa: S311  # repeatable, not secret
    walk.restart()
    while walk.position < steps and (options := walk.enabled()):
        walk.take(choose.randrange(len(options)) + 1)
    return walk.trace()


@dataclass(frozen=True)
class Frame:
    """One packet: microseconds, addresses, ports, the header's fields, options and text."""

    time: int
    source: bytes
    destination: bytes
    ports: tuple[int, int]
    seq: int
    ack: int
    flags: str
    window: int
    options: bytes
    text: str
    identification: int | None
    hops: int


def frames(octets: bytes) -> list[Frame]:
    """Return the packets of a pcap file of LINKTYPE_RAW; every length and checksum must be right."""
    magic, major, minor, zone, accuracy, snaplen, link = struct.unpack_from("<IHHiIII", octets)
    assert (magic, major, minor, zone, accuracy, link) == (0xA1B2C3D4, 2, 4, 0, 0, 101)
    found, at = [], 24
    while at < len(octets):
        seconds, micros, captured, length = struct.unpack_from("<IIII", octets, at)
        assert micros < 1_000_000
        assert captured == length <= snaplen
        found.append(_packet(seconds * 1_000_000 + micros, octets[at + 16 : at + 16 + length]))
        at += 16 + length
    assert at == len(octets)
    return found


def _packet(time: int, octets: bytes) -> Frame:
    if octets[0] >> 4 == 4:
        assert octets[0] == 0x45
        total, identification = struct.unpack_from(">HH", octets, 2)
        assert _sum(octets[:20]) == 0xFFFF, "IPv4 checksum"
        assert octets[9] == 6
        addresses, hops, tcp = (octets[12:16], octets[16:20]), octets[8], octets[20:]
    else:
        assert octets[:4] == b"\x60\0\0\0"
        total, identification = 40 + struct.unpack_from(">H", octets, 4)[0], None
        assert octets[6] == 6
        addresses, hops, tcp = (octets[8:24], octets[24:40]), octets[7], octets[40:]
    assert total == len(octets)
    assert _sum(addresses[0] + addresses[1] + struct.pack(">II", len(tcp), 6) + tcp) == 0xFFFF, "TCP checksum"
    source, destination, seq, ack, offset, bits, window, _, urgent = struct.unpack_from(">HHIIBBHHH", tcp)
    assert (offset & 15, urgent, bits >> 5) == (0, 0, 0)
    flags = "".join(letter for i, letter in enumerate("FSRPA") if bits >> i & 1)
    head = offset >> 2
    text = tcp[head:].decode("ascii")
    return Frame(
        time, *addresses, (source, destination), seq, ack, flags, window, tcp[20:head], text, identification, hops
    )


def _sum(octets: bytes) -> int:
    """Return the ones' complement sum of 16-bit words, by the end-around carry."""
    total = 0
    for i in range(0, len(octets), 2):
        total += int.from_bytes(octets[i : i + 2].ljust(2, b"\0"))
        total = total % 0x10000 + total // 0x10000
    return total
