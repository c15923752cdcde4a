"""Rules alone: the relation has no faults; every planted one is caught, with a witness."""

from __future__ import annotations

from typing import Any

import pytest

from checker.symbolic.proof import PROVED, UNDECIDED, verdict_of
from checker.symbolic.questions import rules
from checker.symbolic.rule_level import RuleLevel
from spec.language import Relation, leq, seq
from spec.lemmas import one_end
from spec.not_modelled import UNANSWERED
from spec.tcp import TCP
from spec.variants import VARIANTS
from spec.vocabulary import ISS, RCV, RST, SEG, SND, State, has

TCB_ONLY = [lemma for lemma in one_end.LEMMAS if lemma.id in one_end.OF_TCB]


def level(relation: Relation[Any], state: str) -> RuleLevel:
    return RuleLevel(relation, 8, one_end.SIZES.holds, TCB_ONLY, UNANSWERED, (state,))


def less(rule_id: str, *gone: int) -> Relation[State]:
    """Return the relation with some conditions of a rule, counted from 0, left out."""
    kept = tuple(c for i, c in enumerate(TCP.rule(rule_id).when) if i not in gone)
    return TCP.replace(rule_id, when=kept)


OVERLAPPING: dict[str, tuple[Relation[State], str, str]] = {
    "a challenge for the exact number": (
        TCP.replace("R-1", when=(has(RST), leq(RCV.NXT, SEG.SEQ))), "ESTABLISHED", "R-1 and R-4",
    ),
    "a RST at RCV.NXT is left of the window": (
        TCP.replace("R-0", when=(has(RST), leq(SEG.SEQ, RCV.NXT))), "CLOSING", "R-0 and R-5",
    ),
    "a duplicate ACK may be new": (less("A-3d", 1), "ESTABLISHED", "A-3 and A-3d"),
    "an old ACK is of the future": (less("A-3f", 0), "CLOSE-WAIT", "A-3d and A-3f"),
    "a RST without a connection is answered": (less("C-2b", 0), "CLOSED", "C-1 and C-2b"),
    "a RST without ACK is answered": (less("C-2a", 0), "CLOSED", "C-1 and C-2a"),
    "SYN,ACK or SYN": (less("SS-5", 1), "SYN-SENT", "SS-5 and SS-6"),
    "a bad RST is answered": (less("SS-2", 2), "SYN-SENT", "SS-1 and SS-2"),
    "an unacceptable RST is answered": (less("Q-2", 2), "LAST-ACK", "Q-1 and Q-2"),
    "text is sent past what is queued": (less("U-8", 1), "ESTABLISHED", "U-8 and U-8q"),
    "a FIN is sent past what is queued": (less("U-15", 1), "SYN-RECEIVED", "U-15 and U-16"),
    "a second CLOSE is a first": (less("U-17", 0), "ESTABLISHED", "U-17 and U-19q"),
    "every SYN returns to LISTEN": (less("Y-1", 1), "SYN-RECEIVED", "Y-1 and Y-2a"),
    "CLOSING ignores the ACK of its FIN": (less("A-7", 0), "CLOSING", "A-6 and A-7"),
    "LAST-ACK ignores the ACK of its FIN": (less("A-8", 0), "LAST-ACK", "A-8 and A-9"),
    "TIME-WAIT drops a FIN": (less("A-10n", 0), "TIME-WAIT", "A-10 and A-10n"),
    "text before a FIN is acknowledged twice": (less("D-1", 2), "FIN-WAIT-2", "D-1 and D-1f"),
    "text is delivered and buffered": (less("D-1b", 0), "ESTABLISHED", "D-1 and D-1b"),
    "text is acknowledged in front of RCV.NXT and behind": (less("Q-4", 0), "FIN-WAIT-1", "Q-3 and Q-4"),
}  # fmt: skip

MISSING: dict[str, tuple[str, str]] = {
    "C-2a": ("CLOSED", "no rule answers SEGMENT ARRIVES in CLOSED"),
    "SS-7": ("SYN-SENT", "no rule answers SEGMENT ARRIVES in SYN-SENT"),
    "SS-4": ("SYN-SENT", "no rule answers SEGMENT ARRIVES in SYN-SENT"),
    "L-4": ("LISTEN", "no rule answers SEGMENT ARRIVES in LISTEN"),
    "A-3d": ("ESTABLISHED", "no rule answers SEGMENT ARRIVES in ESTABLISHED"),
    "U-9": ("FIN-WAIT-1", "no rule answers SEND in FIN-WAIT-1"),
    "U-12": ("CLOSING", "no rule answers RECEIVE in CLOSING"),
    "U-22": ("CLOSE-WAIT", "no rule answers ABORT in CLOSE-WAIT"),
}


@pytest.mark.parametrize("mistake", OVERLAPPING)
def test_two_rules_that_can_fire_together_are_found(mistake: str) -> None:
    relation, state, both = OVERLAPPING[mistake]
    found = level(relation, state)
    claims = list(found.disjoint())
    assert verdict_of(claims) != PROVED
    assert any(fault.says.startswith(f"{both} both fire") for fault in found.faults)
    assert all(fault.witness[0].startswith("STATE = ") for fault in found.faults)


@pytest.mark.parametrize("rule", MISSING)
def test_a_missing_rule_is_found(rule: str) -> None:
    state, says = MISSING[rule]
    found = level(TCP.without(rule), state)
    assert verdict_of(list(found.total())) != PROVED
    assert says in [fault.says for fault in found.faults]


@pytest.mark.parametrize(
    ("rule", "changes", "state"),
    [
        ("U-2", {"then": (ISS.becomes(seq(7)), SND.NXT.becomes(seq(8)), SND.UNA.becomes(seq(7)))}, "CLOSED"),
        ("R-4", {"when": (has(RST), seq(0) == SEG.SEQ)}, "ESTABLISHED"),
        ("A-3", {"then": (SND.UNA.becomes(SEG.SEQ),)}, "FIN-WAIT-1"),
    ],
)
def test_a_rule_that_knows_where_numbers_begin_is_found(rule: str, changes: dict[str, Any], state: str) -> None:
    claims = list(level(TCP.replace(rule, **changes), state).symmetric())
    assert any(rule in each.name and not each.stands for each in claims)


def test_without_a_bound_on_sizes_two_rules_meet_half_of_all_numbers_away() -> None:
    found = RuleLevel(TCP, 32, (), TCB_ONLY, UNANSWERED, ("ESTABLISHED",))
    list(found.disjoint())
    assert any(fault.says.startswith("Q-3 and Q-4 both fire") for fault in found.faults)


def test_a_variant_with_numbers_of_its_own_is_not_asked_where_they_begin() -> None:
    answer = rules(VARIANTS["hold"].relation, "hold", ("P-47",), 32, None)[0]
    assert answer.verdict == UNDECIDED
