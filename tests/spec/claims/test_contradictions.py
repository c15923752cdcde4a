"""Which side of each contradiction is right, typed in by hand, and patches that put the other side in the right."""

from __future__ import annotations

from dataclasses import replace

import pytest

from checker.claims import FALSE, ONLY_IF, TRUE, Court, Decided, Settled
from spec.claims import CLAIMS, CONTRADICTIONS
from spec.language import Relation
from spec.variants import VARIANTS
from spec.vocabulary import ACK, ISS, RCV, SYN, State, segment

RIGHT = {
    "X1": 0, "X2": 1, "X3": 2, "X4": 0, "X5": 0, "X6": 0, "X7": 0, "X8": 0, "X9": 2,
    "X10": 1, "X11": 0, "X12": 1, "X13": 0, "X14": 2, "X15": 2, "X16": 1, "X17": 1, "X18": 1,
}  # fmt: skip
"""The one side that is right, counted from 0."""
BY_ID = {each.id: each for each in CONTRADICTIONS}


@pytest.fixture(scope="module")
def settled() -> dict[str, Settled]:
    return {each.contradiction.id: each for each in Court().settle(CONTRADICTIONS)}


@pytest.fixture(scope="module")
def decided() -> dict[str, Decided]:
    named = {name for each in CONTRADICTIONS for side in each.sides for name in side.claims}
    return {each.claim.id: each for each in Court().decide([CLAIMS[name] for name in sorted(named)])}


def test_all_are_there_in_order() -> None:
    assert list(BY_ID) == [f"X{number}" for number in range(1, 19)]


@pytest.mark.parametrize("name", RIGHT)
def test_one_side_is_right(name: str, settled: dict[str, Settled]) -> None:
    mine = settled[name]
    assert [mine.contradiction.sides.index(side) for side in mine.right] == [RIGHT[name]]
    assert all(answers for answers in mine.answers), "a side without a question would be right for nothing"


@pytest.mark.parametrize("name", RIGHT)
def test_who_says_so_is_judged_alike(name: str, settled: dict[str, Settled], decided: dict[str, Decided]) -> None:
    """A claim on the right side is not FALSE, one on a wrong side not TRUE."""
    mine = settled[name]
    for side in mine.contradiction.sides:
        verdicts = {claim: decided[claim].verdict for claim in side.claims}
        allowed = (TRUE, ONLY_IF) if side in mine.right else (FALSE, ONLY_IF)
        assert set(verdicts.values()) <= set(allowed), verdicts


def test_two_sides_are_never_asked_the_same() -> None:
    for each in CONTRADICTIONS:
        asked = [frozenset(map(id, side.questions)) for side in each.sides]
        assert len(set(asked)) == len(asked), each.id


_CALLS = VARIANTS["socket-calls"].relation
_ACCEPT_ANSWERS = _CALLS.replace("L-3", send=()).replace(
    "K-8", state=("SYN-RECEIVED",), send=segment(SEQ=ISS, ACK=RCV.NXT, CTL=SYN | ACK)
)
PATCHED: dict[str, tuple[str, Relation[State], list[int]]] = {
    "X1": ("three-way", VARIANTS["fw2-deaf"].relation, [1]),
    "X6": ("three-way", VARIANTS["third-syn"].relation, [1]),
    "X11": ("three-way", VARIANTS["auto-fin"].relation, [1]),
    "X12": ("socket-calls", _ACCEPT_ANSWERS, [0]),
    "X13": ("three-way", VARIANTS["four-way-split"].relation, []),
    "X14": ("three-way", VARIANTS["tw-drop-all"].relation, [0]),
    "X17": ("three-way", VARIANTS["silent-closed"].relation, [0]),
    "X18": ("socket-calls", _CALLS.replace("K-10", then=()), [0]),
}
"""What is changed, and which sides are right then: of two that say of this handshake what it is, perhaps none."""


@pytest.mark.parametrize("name", PATCHED)
def test_a_patch_of_the_relation_changes_who_is_right(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    variant, relation, right = PATCHED[name]
    monkeypatch.setitem(VARIANTS, variant, replace(VARIANTS[variant], relation=relation))
    (mine,) = Court().settle([BY_ID[name]])
    assert [mine.contradiction.sides.index(side) for side in mine.right] == right
