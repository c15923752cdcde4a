"""One end and any segment: P-06, P-07, P-19 and P-20 are inductive, and a wrong rule is caught."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from checker.symbolic.one_step import OneStep
from checker.symbolic.proof import Claim
from spec.language import Relation
from spec.language.beside import Part
from spec.lemmas import Assumption, Lemma, one_end
from spec.properties import PROPERTIES
from spec.tcp import TCP
from spec.vocabulary import PURE_ACK, RCV, SEG, SND

IDS = ("P-06", "P-07", "P-19", "P-20")


def claims(relation: Relation[Any], state: str, assumptions: Sequence[Assumption] = one_end.ASSUMPTIONS) -> list[Claim]:
    end = OneStep(relation, 8, one_end.LEMMAS, [PROPERTIES[name] for name in IDS], assumptions, (state,))
    goals: list[tuple[str, Lemma | Part]] = [
        *end.lemma_goals(),
        *(goal for name in IDS for goal in end.goals(PROPERTIES[name])),
    ]
    return list(end.consecution(goals))


def broken(found: Sequence[Claim]) -> set[str]:
    return {claim.name.split("/")[0].split()[0] for claim in found if not claim.stands}


@pytest.mark.parametrize("state", ["CLOSED", "SYN-SENT", "CLOSE-WAIT", "LAST-ACK", "TIME-WAIT"])
def test_every_step_keeps_them(state: str) -> None:
    assert broken(claims(TCP, state)) == set()


MUTANTS: dict[str, tuple[Relation[Any], str, str]] = {
    "an ACK acknowledges one number more": (
        TCP.replace("A-3", then=(SND.UNA.becomes(SEG.ACK + 1),)), "CLOSE-WAIT", "P-06",
    ),
    "the FIN takes two numbers": (TCP.replace("U-18", then=(SND.NXT.becomes(SND.NXT + 2),)), "CLOSE-WAIT", "P-06"),
    "RCV.NXT goes back": (TCP.replace("F-4", then=(RCV.NXT.becomes(RCV.NXT - 1),)), "CLOSE-WAIT", "P-06"),
    "the FIN is sent with no number": (TCP.replace("U-18", then=()), "CLOSE-WAIT", "P-06"),
    "CLOSE in CLOSE-WAIT leads to CLOSING": (TCP.replace("U-18", goto="CLOSING"), "CLOSE-WAIT", "P-07"),
    "LAST-ACK goes to TIME-WAIT on any ACK": (TCP.replace("A-8", goto="TIME-WAIT"), "LAST-ACK", "P-07"),
    "SYN,ACK leads to CLOSE-WAIT": (TCP.replace("SS-5", goto="CLOSE-WAIT"), "SYN-SENT", "P-07"),
    "text is sent after the FIN": (
        TCP.replace("U-9", then=(SND.NXT.becomes(SND.NXT + 1),), send=PURE_ACK), "LAST-ACK", "P-06",
    ),
}  # fmt: skip


@pytest.mark.parametrize("mistake", MUTANTS)
def test_a_wrong_rule_is_caught(mistake: str) -> None:
    relation, state, name = MUTANTS[mistake]
    assert name in broken(claims(relation, state))


def test_an_ack_half_of_all_numbers_away_is_both_old_and_new() -> None:
    assumptions = [each for each in one_end.ASSUMPTIONS if each is not one_end.NOT_OPPOSITE]
    assert "P-06" in broken(claims(TCP, "CLOSE-WAIT", assumptions))
