"""The verdicts on the claims of tutorial 4, typed in by hand, and patches that change them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from checker.claims import FALSE, NO, NOT_CHECKABLE, ONLY_IF, TRUE, Court, Decided
from spec.claims import CLAIMS
from spec.language import Relation
from spec.tcp import TCP
from spec.variants import VARIANTS
from spec.variants.socket_calls import DESCRIPTOR
from spec.vocabulary import ACK, FIN, ISS, RCV, SND, SYN, State, segment

VERDICTS = {
    **dict.fromkeys((1, 2, 6, 11, 12), TRUE),
    **dict.fromkeys((4, 5, 9), FALSE),
    **dict.fromkeys((3, 7, 8, 10, 13, 14, 15, 16), ONLY_IF),
    17: NOT_CHECKABLE,
}
MINE = [claim for claim in CLAIMS.values() if claim.source == "S4"]
CALLS = VARIANTS["socket-calls"].relation
WHERE_WRONG = {3: [0, 1], 4: [2], 5: [1], 7: [2], 8: [1], 9: [2], 10: [1], 13: [2], 14: [1], 15: [3], 16: [0]}
"""Which of a claim's questions are answered no."""


@pytest.fixture(scope="module")
def decided() -> dict[str, Decided]:
    return {each.claim.id: each for each in Court().decide(MINE)}


def test_all_claims_of_the_tutorial_are_there_in_order() -> None:
    assert [claim.id for claim in MINE] == [f"S4-{number}" for number in range(1, 18)]


@pytest.mark.parametrize("number", VERDICTS)
def test_its_verdict(number: int, decided: dict[str, Decided]) -> None:
    mine = decided[f"S4-{number}"]
    assert mine.verdict == VERDICTS[number]
    wrong = [place for place, answer in enumerate(mine.answers) if answer.word == NO]
    assert wrong == WHERE_WRONG.get(number, [])


def test_each_has_a_note_that_cites() -> None:
    assert all("RFC 9293 §3" in claim.note or "S1-24" in claim.note for claim in MINE if not claim.not_checkable)


_WAITS_FOR_ACCEPT = CALLS.replace("L-3", send=()).replace(
    "K-8", state=("SYN-RECEIVED",), send=segment(SEQ=ISS, ACK=RCV.NXT, CTL=SYN | ACK)
)
"""As the tutorial has it: the SYN is remembered, and accept() sends the SYN,ACK."""
_UNBOUND = CALLS.without("K-6e").replace("K-6", when=(DESCRIPTOR != "none",))
_TWO_WAY, _THIRD_SYN, _DROPS = (VARIANTS[name].relation for name in ("two-way", "third-syn", "tw-drop-all"))
PATCHED: dict[str, tuple[int, str, Relation[State], str]] = {
    "two segments are enough": (1, "three-way", _TWO_WAY, FALSE),
    "bind() is not needed": (2, "socket-calls", _UNBOUND, FALSE),
    "CLOSED is silent": (3, "three-way", VARIANTS["silent-closed"].relation, FALSE),
    "no SYN carries data": (4, "tfo", TCP, TRUE),
    "accept() sends the SYN,ACK": (5, "socket-calls", _WAITS_FOR_ACCEPT, TRUE),
    "the third segment has SYN set": (6, "three-way", _THIRD_SYN, FALSE),
    "close() leaves the socket readable": (8, "socket-calls", CALLS.replace("K-10", then=()), TRUE),
    "a FIN is not answered": (10, "three-way", TCP.replace("F-1", send=()), FALSE),
    "no text from CLOSE-WAIT": (11, "three-way", TCP.replace("U-8", state=("ESTABLISHED",)).replace(
        "O-1", state=("ESTABLISHED", "FIN-WAIT-1", "CLOSING")), FALSE),
    "the second FIN has no ACK": (12, "socket-calls", CALLS.replace(
        "U-18", send=segment(SEQ=SND.NXT - 1, CTL=FIN)), FALSE),
    "TIME-WAIT is deaf": (15, "three-way", _DROPS, FALSE),
}  # fmt: skip
"""What is changed: (claim, in which variant, to what, its verdict then)."""


@pytest.mark.parametrize("name", PATCHED)
def test_a_patch_of_the_relation_changes_the_verdict(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    number, variant, relation, verdict = PATCHED[name]
    monkeypatch.setitem(VARIANTS, variant, replace(VARIANTS[variant], relation=relation))
    assert verdict != VERDICTS[number]
    (decided,) = Court().decide([CLAIMS[f"S4-{number}"]])
    assert decided.verdict == verdict
