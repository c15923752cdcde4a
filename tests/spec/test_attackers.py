"""Attackers: what each kind can forge, number by number."""

from __future__ import annotations

from typing import Any

import pytest

from checker.formulas import Layout
from spec.attackers import BLIND, FLOOD, FORGED, ON_PATH, Attacker
from spec.language import show_message
from spec.tcp import TCP
from spec.vocabulary import CALL_FIELDS, MESSAGE

NAMES = [variable.name for variable in TCP.variables]
LAYOUT = Layout(
    {name: i for i, name in enumerate(NAMES)}, {}, {name: i for i, name in enumerate(MESSAGE)},
    {name: i for i, name in enumerate(CALL_FIELDS)}, 32,
)  # fmt: skip


def forged(kind: str, **tcb: Any) -> list[dict[str, Any]]:
    """Return the segments that an attacker forges in this TCB, fields that are 0 left out."""
    values = tuple(tcb.get(variable.name.replace(".", "_"), variable.initial) for variable in TCP.variables)
    found = [{n: LAYOUT.from_tcb(v)(values) for n, v in message.fields.items()} for message in FORGED[kind]]
    return [{name: value for name, value in fields.items() if value and name != "WND"} for fields in found]


NUMBERS = {"SND_UNA": 101, "SND_NXT": 105, "RCV_NXT": 301}


def test_who_sees_nothing_hits_the_window_but_not_its_edge_and_acknowledges_what_is_old() -> None:
    assert forged(BLIND, **NUMBERS) == [
        {"SEQ": 302, "RST bit": True},
        {"SEQ": 302, "SYN bit": True},
        {"SEQ": 302, "ACK": 101, "ACK bit": True, "DATA": 1},
        {"SEQ": 302, "ACK": 101, "ACK bit": True, "FIN bit": True},
    ]


def test_who_sees_everything_hits_the_edge_and_acknowledges_all() -> None:
    assert forged(ON_PATH, **NUMBERS) == [
        {"SEQ": 301, "RST bit": True},
        {"SEQ": 301, "SYN bit": True},
        {"SEQ": 301, "ACK": 105, "ACK bit": True, "DATA": 1},
        {"SEQ": 301, "ACK": 105, "ACK bit": True, "FIN bit": True},
    ]


def test_numbers_go_round() -> None:
    numbers = [fields.get("SEQ", 0) for fields in forged(BLIND, RCV_NXT=2**32 - 1)]
    assert numbers == [0, 0, 0, 0]


def test_a_flood_forges_no_segment_of_this_connection() -> None:
    assert FORGED[FLOOD] == ()


def test_forged_segments_are_printed_as_in_the_figures() -> None:
    assert [show_message(message) for message in FORGED[BLIND]] == [
        "<SEQ=RCV.NXT + 1><CTL=RST>",
        "<SEQ=RCV.NXT + 1><CTL=SYN>",
        "<SEQ=RCV.NXT + 1><ACK=SND.UNA><DATA=1><CTL=ACK>",
        "<SEQ=RCV.NXT + 1><ACK=SND.UNA><CTL=FIN,ACK>",
    ]


def test_an_attacker_says_what_it_is_and_another_kind_is_refused() -> None:
    assert str(Attacker()) == "blind, 1 segment to A and B"
    assert str(Attacker(FLOOD, 3, (1,))) == "flood, 3 connections to B"
    with pytest.raises(ValueError, match=r"^an attacker is blind, on-path, flood, not 'mallory'\.$"):
        Attacker("mallory")
