"""The claims of tutorials 2 and 3: what is computed of each, and that it follows the relation."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

import pytest

from checker.claims import FALSE, NOT_CHECKABLE, ONLY_IF, TRUE, UNDECIDED, UNKNOWN, Court, Decided
from spec.claims import CLAIMS
from spec.claims.claim import Claim
from spec.claims.s2 import CLAIMS as TUTORIAL_2
from spec.claims.s3 import CLAIMS as TUTORIAL_3
from spec.language import Relation
from spec.tcp import TCP
from spec.variants import VARIANTS
from spec.vocabulary import RCV, SEG, State

T, F, C, N = TRUE, FALSE, ONLY_IF, NOT_CHECKABLE
EXPECTED: Mapping[str, str] = {
    "S2-1": N, "S2-2": C, "S2-3": C, "S2-4": T, "S2-5": C, "S2-6": T, "S2-7": C, "S2-8": C,
    "S2-9": F, "S2-10": T, "S2-11": T, "S2-12": C, "S2-13": T, "S2-14": F, "S2-15": T, "S2-16": T,
    "S2-17": F, "S2-18": T, "S2-19": F, "S2-20": F, "S2-21": C, "S2-22": C, "S2-23": T, "S2-24": T,
    "S2-25": T, "S2-26": C, "S2-27": T, "S2-28": F, "S2-29": F, "S2-30": C, "S2-31": C,
    "S3-1": F, "S3-2": C, "S3-3": F, "S3-4": F, "S3-5": F, "S3-6": F, "S3-7": F, "S3-8": F,
    "S3-9": T, "S3-10": T, "S3-11": T, "S3-12": T, "S3-13": C, "S3-14": C, "S3-15": F, "S3-16": T,
    "S3-17": T, "S3-18": T, "S3-19": T,
}  # fmt: skip


@pytest.fixture(scope="module")
def decided() -> dict[str, Decided]:
    return {each.claim.id: each for each in Court().decide((*TUTORIAL_2, *TUTORIAL_3))}


def test_all_claims_of_both_tutorials_are_there_in_order() -> None:
    numbers = [f"S2-{n}" for n in range(1, 32)] + [f"S3-{n}" for n in range(1, 20)]
    assert [claim.id for claim in CLAIMS.values() if claim.source in {"S2", "S3"}] == numbers == list(EXPECTED)


@pytest.mark.parametrize("claim", EXPECTED)
def test_the_verdict_computed_is_the_expected_one(decided: Mapping[str, Decided], claim: str) -> None:
    assert decided[claim].verdict == EXPECTED[claim]


def test_every_question_is_answered_yes_or_no(decided: Mapping[str, Decided]) -> None:
    open_ = [
        (each.claim.id, answer.says)
        for each in decided.values()
        for answer in (*each.answers, *each.conditional)
        if answer.word == UNKNOWN
    ]
    assert not open_


@pytest.mark.parametrize("claim", [*TUTORIAL_2, *TUTORIAL_3], ids=lambda claim: claim.id)
def test_a_claim_has_questions_or_a_reason_why_not_and_cites_the_rfc(claim: Claim) -> None:
    assert bool(claim.true_if) != bool(claim.not_checkable)
    assert "RFC " in claim.note
    assert (claim.only_if is not None) == (EXPECTED[claim.id] == ONLY_IF)


@pytest.mark.parametrize(("claim", "steps"), [("S2-19", 8), ("S2-29", 10), ("S3-1", 5), ("S3-6", 7)])
def test_what_is_false_is_shown_by_a_run(decided: Mapping[str, Decided], claim: str, steps: int) -> None:
    answer = decided[claim].deciding
    assert answer is not None
    assert answer.trace is not None
    assert answer.steps == steps


def test_a_server_whose_user_never_closes_stays_in_close_wait_for_ever(decided: Mapping[str, Decided]) -> None:
    answer = decided["S2-19"].deciding
    assert answer is not None
    assert answer.trace is not None
    assert answer.trace.loop is not None
    assert answer.trace.tcb(1, len(answer.trace.steps))["STATE"] == "CLOSE-WAIT"


def test_what_never_happens_is_said_of_all_states(decided: Mapping[str, Decided]) -> None:
    for claim in ("S3-5", "S3-7", "S3-15"):
        answer = decided[claim].deciding
        assert answer is not None
        assert (answer.evidence, answer.says[:8]) == ("exhaustive", "never so")


# --- verdicts follow the relation ---------------------------------------------------------------------------------


def _of(variant: str) -> Callable[[], Relation[State]]:
    return lambda: VARIANTS[variant].relation


def _without_forgetting() -> Relation[State]:
    return replace(TCP, forget={})


def _syn_not_counted() -> Relation[State]:
    listen = TCP.rule("L-3")
    others = tuple(update for update in listen.then if str(update.variable) != "RCV.NXT")
    return TCP.replace("L-3", then=(RCV.NXT.becomes(SEG.SEQ), *others))


def _fin_before_text() -> Relation[State]:
    return TCP.without("U-18q").replace("U-18", when=TCP.rule("U-18").when[:1])


PATCHES: tuple[tuple[str, str, Callable[[], Relation[State]], str], ...] = (
    # claim, variant that is patched, its new relation, the verdict then
    ("S2-4", "three-way", _of("two-way"), FALSE),
    ("S2-11", "three-way", _syn_not_counted, FALSE),
    ("S2-12", "tfo", lambda: TCP, TRUE),
    ("S2-15", "three-way", _of("half-duplex-close"), FALSE),
    ("S2-16", "three-way", lambda: TCP.without("F-1"), UNDECIDED),
    ("S2-17", "three-way", lambda: TCP.without("T-2e"), TRUE),
    ("S2-18", "three-way", lambda: TCP.replace("F-1", send=()), FALSE),
    ("S2-19", "three-way", _of("auto-fin"), TRUE),
    ("S2-20", "merge-fin", lambda: TCP, TRUE),
    ("S2-23", "three-way", _of("close-wait-close-793"), FALSE),
    ("S2-24", "three-way", lambda: TCP.replace("D-1", state=("FIN-WAIT-1", "FIN-WAIT-2")), FALSE),
    ("S2-25", "three-way", _of("tw-drop-all"), FALSE),
    ("S2-28", "time-wait-reuse", lambda: TCP, TRUE),
    ("S2-29", "three-way", _of("tw-drop-all"), TRUE),
    ("S3-4", "three-way", _of("third-syn"), TRUE),
    ("S3-5", "three-way", _of("rand-fin"), TRUE),
    ("S3-6", "three-way", _of("fin-in-ack2"), TRUE),
    ("S3-8", "three-way", _of("fin-in-ack4"), TRUE),
    ("S3-9", "three-way", _fin_before_text, FALSE),
    ("S3-11", "three-way", _of("fw2-deaf"), FALSE),
    ("S3-13", "three-way", _of("silent-closed"), TRUE),
    ("S3-15", "three-way", lambda: TCP.without("A-4"), TRUE),
    ("S3-16", "three-way", _of("close-wait-close-793"), FALSE),
    ("S3-17", "rfc1337", lambda: TCP, FALSE),
    ("S3-18", "three-way", _without_forgetting, FALSE),
)


@pytest.mark.parametrize(("claim", "variant", "patched", "verdict"), PATCHES, ids=lambda value: str(value)[:20])
def test_another_relation_gives_another_verdict(
    monkeypatch: pytest.MonkeyPatch, claim: str, variant: str, patched: Callable[[], Relation[State]], verdict: str
) -> None:
    relation = patched().named(variant, "patched")
    monkeypatch.setitem(VARIANTS, variant, replace(VARIANTS[variant], relation=relation))
    (found,) = Court().decide([CLAIMS[claim]])
    assert found.verdict == verdict


def test_the_condition_of_an_only_if_is_asked_as_well(monkeypatch: pytest.MonkeyPatch) -> None:
    relation = VARIANTS["two-way"].relation.named("three-way", "patched")
    monkeypatch.setitem(VARIANTS, "three-way", replace(VARIANTS["three-way"], relation=relation))
    (found,) = Court().decide([CLAIMS["S2-30"]])
    assert found.verdict == FALSE
