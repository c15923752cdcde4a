"""The verdicts on the claims of the first two tutorials, typed in by hand, and patches that change them."""

from __future__ import annotations

import pytest

from checker.claims import FALSE, NOT_CHECKABLE, ONLY_IF, TRUE, UNDECIDED, Court, Decided
from spec.claims import CLAIMS
from spec.language import Relation
from spec.tcp import TCP
from spec.variants import VARIANTS
from spec.variants.variant import variant
from spec.vocabulary import (
    ACK,
    FIN,
    ISN,
    ISS,
    ORIGIN,
    RCV,
    SEND_FIN,
    SND,
    SYN,
    State,
    segment,
)

EXPECTED: dict[str, tuple[tuple[str, ...], ...]] = {
    "S0": (
        (TRUE, *["5", "6", "8", "9", "10", "11", "13", "15", "16", "17", "18", "19", "20", "23"]),
        (FALSE, *["7", "14"]),
        (ONLY_IF, *["1", "2", "3", "4", "12", "21", "22", "24", "25", "26"]),
    ),
    "S1": (
        (TRUE, *["2", "4", "5", "6", "8", "9", "10", "11", "12", "17", "18", "19", "23", "25"]),
        (FALSE, *["7", "14", "16"]),
        (ONLY_IF, *["1", "3", "13", "15", "20", "21", "22", "24"]),
        (NOT_CHECKABLE, "26"),
    ),
}
"""By tutorial: a verdict and the numbers of the claims that have it."""
VERDICTS = {
    f"{source}-{number}": verdict
    for source, rows in EXPECTED.items()
    for verdict, *numbers in rows
    for number in numbers
}


@pytest.fixture(scope="module")
def decided() -> dict[str, Decided]:
    mine = [claim for claim in CLAIMS.values() if claim.source in EXPECTED]
    return {each.claim.id: each for each in Court().decide(mine)}


def test_all_claims_of_both_tutorials_are_there_in_order() -> None:
    mine = [claim.id for claim in CLAIMS.values() if claim.source in EXPECTED]
    assert mine == [f"{source}-{number}" for source in EXPECTED for number in range(1, 27)]


@pytest.mark.parametrize("name", VERDICTS)
def test_a_claim_has_the_verdict_that_the_rfc_gives_it(decided: dict[str, Decided], name: str) -> None:
    assert decided[name].verdict == VERDICTS[name]


def test_what_is_false_or_conditional_is_refuted_by_a_run_where_a_run_can_refute_it(
    decided: dict[str, Decided],
) -> None:
    without = {
        name
        for name, each in decided.items()
        if each.verdict in (FALSE, ONLY_IF) and (each.deciding is None or each.deciding.trace is None)
    }
    assert without == {"S0-1", "S0-21"}  # that nothing is random, only all runs show; the length of an MSL none does


def test_a_condition_adds_something(decided: dict[str, Decided]) -> None:
    for each in decided.values():
        if each.claim.only_if is not None:
            asked = {id(question) for question in each.claim.true_if}
            assert any(id(question) not in asked for question in each.claim.only_if.questions)


_BARE_FIN = segment(SEQ=SND.NXT - 1, CTL=FIN)
_FIN_AT_ONCE = VARIANTS["auto-fin"].relation.replace("F-1", send=SEND_FIN)
_SYN_OF_TWO = TCP.replace(
    "U-2",
    then=(ISS.becomes(ISN), SND.UNA.becomes(ISN), SND.NXT.becomes(ISN + 2), ORIGIN.becomes("active")),
)
_SYN_WITH_ACK = TCP.replace("U-2", send=segment(SEQ=ISS, ACK=RCV.NXT, CTL=SYN | ACK))
_DONE_WITH_ANY_ACK = TCP.without("A-8").replace("A-9", when=())
_SECOND_NUMBER = TCP.replace("SS-5", then=(*TCP.rule("SS-5").then, SND.NXT.becomes(SND.NXT + 1)))


def _named(name: str) -> Relation[State]:
    return VARIANTS[name].relation


PATCHES: list[tuple[str, Relation[State], str]] = [
    ("S0-6", _SYN_WITH_ACK, FALSE),
    ("S0-8", _SYN_OF_TWO, FALSE),
    ("S0-9", _named("four-way-split"), FALSE),
    ("S0-10", _named("third-syn"), FALSE),
    ("S0-11", _SECOND_NUMBER, FALSE),
    ("S0-13", _named("rand-fin"), FALSE),
    ("S0-14", TCP.replace("U-17", send=_BARE_FIN), TRUE),
    ("S0-16", _named("merge-fin"), FALSE),
    ("S0-18", _named("fw2-deaf"), FALSE),
    ("S0-20", _named("fin-in-ack4"), FALSE),
    ("S0-22", _named("rfc1337"), TRUE),
    ("S1-2", TCP.without("U-1"), UNDECIDED),
    ("S1-3", TCP.replace("T-2a", send=(), goto="CLOSED"), TRUE),
    ("S1-5", _named("two-way"), FALSE),
    ("S1-6", TCP.replace("U-17", goto="CLOSING"), FALSE),
    ("S1-9", _named("close-wait-close-793"), FALSE),
    ("S1-11", _named("abort-to-time-wait"), FALSE),
    ("S1-20", _FIN_AT_ONCE, TRUE),
]
"""A claim, a relation to ask instead of three-way, and what the verdict then is."""


@pytest.mark.parametrize(("name", "patched", "verdict"), PATCHES, ids=[name for name, _, _ in PATCHES])
def test_a_patch_of_the_relation_changes_the_verdict(
    monkeypatch: pytest.MonkeyPatch, name: str, patched: Relation[State], verdict: str
) -> None:
    assert verdict != VERDICTS[name]
    monkeypatch.setitem(VARIANTS, "three-way", variant("three-way", "patched", "a test", patched))
    [each] = Court().decide([CLAIMS[name]])
    assert each.verdict == verdict
