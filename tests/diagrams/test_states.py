"""State diagrams: Figure 5's edges and labels come out of the rules; variants differ where they should."""

from __future__ import annotations

import pytest

from diagrams.labels import NOTHING, Label, always_with_ack
from diagrams.states import ADDED, DRAWN_KIND, NOT_DRAWN, REMOVED, UNREACHABLE, causes, difference, state_diagram
from spec.properties.figure5 import DRAWN
from spec.properties.figure5 import NOT_DRAWN as LEFT_OUT
from spec.variants import VARIANTS

FIGURE_5 = {
    ("CLOSED", "LISTEN"): "passive OPEN / create TCB",
    ("CLOSED", "SYN-SENT"): "active OPEN / create TCB, snd SYN",
    ("LISTEN", "CLOSED"): "CLOSE / delete TCB",
    ("LISTEN", "SYN-RECEIVED"): "rcv SYN / snd SYN,ACK",
    ("LISTEN", "SYN-SENT"): "SEND / snd SYN",
    ("SYN-SENT", "CLOSED"): "CLOSE / delete TCB",
    ("SYN-SENT", "SYN-RECEIVED"): "rcv SYN / snd SYN,ACK",
    ("SYN-SENT", "ESTABLISHED"): "rcv SYN,ACK / snd ACK",
    ("SYN-RECEIVED", "LISTEN"): "rcv RST / x",
    ("SYN-RECEIVED", "ESTABLISHED"): "rcv ACK of SYN / x",
    ("SYN-RECEIVED", "FIN-WAIT-1"): "CLOSE / snd FIN",
    ("ESTABLISHED", "FIN-WAIT-1"): "CLOSE / snd FIN",
    ("ESTABLISHED", "CLOSE-WAIT"): "rcv FIN / snd ACK",
    ("FIN-WAIT-1", "FIN-WAIT-2"): "rcv ACK of FIN / x",
    ("FIN-WAIT-1", "CLOSING"): "rcv FIN / snd ACK",
    ("FIN-WAIT-2", "TIME-WAIT"): "rcv FIN / snd ACK",
    ("CLOSING", "TIME-WAIT"): "rcv ACK of FIN / x",
    ("CLOSE-WAIT", "LAST-ACK"): "CLOSE / snd FIN",
    ("LAST-ACK", "CLOSED"): "rcv ACK of FIN / delete TCB",
    ("TIME-WAIT", "CLOSED"): "Timeout=2MSL / delete TCB",
}
"""Typed from RFC 9293, Figure 5. At LAST-ACK the figure has "x"; §3.10.7.4 says "delete the TCB"."""
THREE_WAY, TWO_WAY = VARIANTS["three-way"].relation, VARIANTS["two-way"].relation


@pytest.mark.parametrize("pair", DRAWN, ids=" to ".join)
def test_the_labels_of_figure_5_come_out_of_the_rules(pair: tuple[str, str]) -> None:
    edge = state_diagram(THREE_WAY).edge(*pair)
    assert FIGURE_5[pair] in edge.all_labels
    cause, _, action = FIGURE_5[pair].partition(" / ")
    assert any(cause in _causes(each) and each.action == action for each in edge.shown)
    assert edge.kind == DRAWN_KIND


def _causes(label: Label) -> list[str]:
    first, *others = label.cause.split(" or ")
    return [first, *(f"rcv {each}" if first.startswith("rcv ") else each for each in others)]


def test_the_edges_are_figure_5s_and_those_that_it_leaves_out() -> None:
    diagram = state_diagram(THREE_WAY)
    kinds = {(edge.source, edge.target): edge.kind for edge in diagram.edges}
    assert kinds == {**dict.fromkeys(DRAWN, DRAWN_KIND), **dict.fromkeys(LEFT_OUT, NOT_DRAWN)}
    assert set(FIGURE_5) == set(DRAWN)


def test_a_fin_has_its_ack_always_and_a_syn_has_not() -> None:
    assert always_with_ack(THREE_WAY) == {"FIN"}


def test_two_way_skips_syn_received() -> None:
    changed = difference(THREE_WAY, TWO_WAY)
    kinds = {(edge.source, edge.target, edge.kind) for edge in changed.edges if edge.kind in (ADDED, REMOVED)}
    assert kinds == {
        ("LISTEN", "SYN-RECEIVED", REMOVED),
        ("LISTEN", "ESTABLISHED", ADDED),
        ("SYN-SENT", "ESTABLISHED", REMOVED),
        ("SYN-SENT", "ESTABLISHED", ADDED),
    }
    assert [word for word, _ in changed.legend] == [DRAWN_KIND, NOT_DRAWN, ADDED, REMOVED]
    assert state_diagram(TWO_WAY).edge("LISTEN", "SYN-RECEIVED").kind == UNREACHABLE


def test_without_a_difference_nothing_is_marked() -> None:
    assert all(edge.kind in (DRAWN_KIND, NOT_DRAWN) for edge in difference(THREE_WAY, THREE_WAY).edges)


def test_what_was_not_taken_is_told_apart_or_left_out() -> None:
    diagram = state_diagram(THREE_WAY, taken={("CLOSED", "LISTEN"): 3, ("FIN-WAIT-1", "TIME-WAIT"): 1})
    kinds = {(edge.source, edge.target): (edge.kind, edge.times) for edge in diagram.edges}
    assert kinds["CLOSED", "LISTEN"] == (DRAWN_KIND, 3)
    assert kinds["FIN-WAIT-1", "TIME-WAIT"] == (NOT_DRAWN, 1)
    assert kinds["LISTEN", "CLOSED"] == (UNREACHABLE, 0)
    assert ("ESTABLISHED", "CLOSED") not in kinds


def test_a_rule_that_is_taken_away_takes_its_edge_with_it() -> None:
    assert ("CLOSING", "TIME-WAIT") not in causes(THREE_WAY.without("A-6"))
    moved = THREE_WAY.replace("U-17", goto="CLOSING")
    assert state_diagram(moved).edge("ESTABLISHED", "CLOSING").shown[0] == Label("CLOSE", "snd FIN")


def test_every_variant_has_labels_on_every_edge() -> None:
    for variant in VARIANTS.values():
        for edge in state_diagram(variant.relation).edges:
            assert edge.kind == UNREACHABLE or all(each.cause and each.action for each in edge.shown), variant.name
    assert NOTHING == "x"
