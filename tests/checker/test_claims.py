"""Deciding claims: every kind of question answered both ways, verdicts computed from the answers, worlds shared."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from checker import claims as engine
from checker.claims import FALSE, NO, NOT_CHECKABLE, ONLY_IF, TRUE, UNDECIDED, UNKNOWN, YES, Court
from checker.cli import main
from checker.explore.run import explore_world
from checker.report import claims as report
from checker.report.claims import Findings, as_json, counts
from checker.run_claims import chosen, decided
from checker.usage import UsageError
from spec.claims import CLAIMS, CONTRADICTIONS
from spec.claims.claim import (
    Catalogue,
    Claim,
    Condition,
    Contradiction,
    Edges,
    Into,
    Not,
    Query,
    Question,
    Seen,
    Sends,
    Side,
    Sum,
)  # fmt: skip
from spec.claims.worlds import PLAIN, TALK
from spec.language import all_of
from spec.language.beside import always, always_step, event_is, fired, peer, sometimes
from spec.vocabulary import CLOSE, OPEN, STATE

SCHEMA = json.loads((Path(report.__file__).parent / "schema" / "claims-1.json").read_text(encoding="utf-8"))
BOTH = sometimes(STATE == "ESTABLISHED", peer(STATE) == "ESTABLISHED")


def both() -> Seen:
    return Seen(sometimes(STATE == "ESTABLISHED", peer(STATE) == "ESTABLISHED"), PLAIN)


QUESTIONS: list[tuple[Question, str, str]] = [
    (both(), YES, "trace"),
    (Seen(sometimes(STATE == "CLOSING"), PLAIN), NO, "exhaustive"),
    (Seen(always(STATE != "CLOSING"), PLAIN), YES, "exhaustive"),
    (Seen(always(STATE != "TIME-WAIT"), PLAIN), NO, "trace"),
    (Seen(always_step(STATE == "CLOSED", given=(event_is(OPEN), fired("U-2"))), PLAIN), YES, "exhaustive"),
    (Seen(always(STATE == "CLOSED", given=(STATE == "CLOSING",)), PLAIN), UNKNOWN, "exhaustive"),
    (Catalogue("P-06"), YES, "exhaustive"),
    (Catalogue("P-01", "two-way"), NO, "trace"),
    (Edges(there=(("CLOSED", "LISTEN"),), never=(("LISTEN", "ESTABLISHED"),)), YES, "edges"),
    (Edges(there=(("LISTEN", "ESTABLISHED"),)), NO, "edges"),
    (Edges(there=(("LISTEN", "ESTABLISHED"),), variant="two-way"), YES, "edges"),
    (Edges(never=(("CLOSED", "LISTEN"),)), NO, "edges"),
    (Into("LAST-ACK", ("CLOSE-WAIT",)), YES, "edges"),
    (Into("LAST-ACK", ("CLOSE-WAIT", "ESTABLISHED")), NO, "edges"),
    (Sum("two", Fraction(2), "<", Fraction(3)), YES, "arithmetic"),
    (Sum("two", Fraction(2), "=", Fraction(3)), NO, "arithmetic"),
    (Sum("about", Fraction(96), "about", Fraction(100)), YES, "arithmetic"),
    (Sum("about", Fraction(94), "about", Fraction(100)), NO, "arithmetic"),
    (Query("Z-3"), YES, "proof"),
    (Sends(BOTH, PLAIN, 3), YES, "trace"),
    (Sends(BOTH, PLAIN, 4), NO, "trace"),
    (Sends(sometimes(STATE == "CLOSING"), PLAIN, 4), NO, "exhaustive"),
    (Not(Seen(sometimes(STATE == "CLOSING"), PLAIN)), YES, "exhaustive"),
    (Not(Edges(there=(("CLOSED", "LISTEN"),))), NO, "edges"),
]


@pytest.mark.parametrize(("question", "word", "evidence"), QUESTIONS)
def test_questions_are_answered(question: Question, word: str, evidence: str) -> None:
    answer = Court().ask(question)
    assert (answer.word, answer.evidence) == (word, evidence)
    assert answer.says
    assert (answer.trace is not None) == (evidence == "trace")


YES_Q, NO_Q = Sum("yes", Fraction(1), "=", Fraction(1)), Sum("no", Fraction(1), "=", Fraction(2))
VAGUE = Seen(always(STATE == "CLOSED", given=(STATE == "CLOSING",)), PLAIN)


@pytest.mark.parametrize(
    ("claim", "verdict"),
    [
        (Claim("S0-1", "", (YES_Q, YES_Q)), TRUE),
        (Claim("S0-1", "", (YES_Q, NO_Q)), FALSE),
        (Claim("S0-1", "", (YES_Q, VAGUE)), UNDECIDED),
        (Claim("S0-1", "", (NO_Q, VAGUE)), FALSE),
        (Claim("S0-1", "", (NO_Q,), Condition("so", (YES_Q,))), ONLY_IF),
        (Claim("S0-1", "", (NO_Q,), Condition("so", (YES_Q, NO_Q))), FALSE),
        (Claim("S0-1", "", (NO_Q,), Condition("so", (VAGUE,))), UNDECIDED),
        (Claim("S0-1", "", (YES_Q,), Condition("so", (NO_Q,))), TRUE),
        (Claim("S0-1", "", not_checkable="an opinion"), NOT_CHECKABLE),
    ],
)
def test_verdicts_follow_from_the_answers(claim: Claim, verdict: str) -> None:
    (each,) = Court().decide([claim])
    assert each.verdict == verdict
    if verdict in (FALSE, ONLY_IF):
        assert each.deciding is not None
        assert each.deciding.word == NO


def test_a_world_is_explored_once_for_all_that_is_asked_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    explored = []

    def counting(*arguments: object, **more: object) -> object:
        explored.append(arguments[1])
        return explore_world(*arguments, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(engine, "explore_world", counting)
    claims = [Claim(f"S0-{n}", "", (both(), Seen(sometimes(STATE == "LAST-ACK"), TALK))) for n in range(4)]
    court = Court()
    assert [each.verdict for each in court.decide(claims)] == [TRUE] * 4
    assert explored == [PLAIN, TALK]
    assert court.states > 1000


def test_a_contradiction_names_the_side_that_is_right() -> None:
    sides = (Side("one", (YES_Q,), ("S0-1",)), Side("two", (YES_Q, NO_Q)))
    (settled,) = Court().settle([Contradiction("X1", "numbers", sides)])
    assert settled.right == (sides[0],)


def findings() -> Findings:
    claims = [
        Claim("S0-1", "a", (both(),), note="a note"),
        Claim("S1-2", "b", (NO_Q,), Condition("so", (YES_Q,))),
        Claim("S2-3", "c", (Not(both()),)),
        Claim("S3-4", "d", not_checkable="a matter of taste"),
    ]
    return decided(claims, [Contradiction("X1", "topic", (Side("one", (YES_Q,)), Side("two", (NO_Q,))))])


def test_json_is_as_its_schema_says() -> None:
    data = json.loads(as_json(findings(), 0))
    Draft202012Validator(SCHEMA).validate(data)
    assert [each["verdict"] for each in data["claims"]] == [TRUE, ONLY_IF, FALSE, NOT_CHECKABLE]
    assert data["claims"][1]["condition"] == "so"
    assert data["claims"][2]["ladder"]
    assert [side["right"] for side in data["contradictions"][0]["sides"]] == [True, False]
    assert counts(findings())[TRUE] == 1


def test_ctrl_c_leaves_what_was_decided(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Court, "settle", interrupted)
    found = findings()
    assert found.interrupted
    assert len(found.claims) == 4
    assert not found.complete


def test_names_are_checked() -> None:
    claims, contradictions = chosen((), ())
    assert (len(claims), len(contradictions)) == (len(CLAIMS), len(CONTRADICTIONS))
    assert [claim.id for claim in chosen(("s0-6",), ())[0]] == ["S0-6"]
    assert {claim.source for claim in chosen((), ("s0",))[0]} == {"S0"}
    with pytest.raises(UsageError, match="'S0-66' is neither a claim nor a contradiction"):
        chosen(("S0-66",), ())
    with pytest.raises(UsageError, match="--source: must be one of S0, S1, S2, S3, S4, not 'S9'"):
        chosen((), ("S9",))


def test_the_command_prints_claim_verdict_and_witness(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["claims", "S0-2", "--trace"]) == 0
    out = capsys.readouterr().out
    assert "S0-2   ONLY IF" in out
    assert "TCP Peer A" in out
    assert "1 claim: 1 only if." in out
    assert main(["claims", "S0-6", "--format", "json"]) == 0
    Draft202012Validator(SCHEMA).validate(json.loads(capsys.readouterr().out))


def test_the_shortest_opening_and_closing_send_seven_segments() -> None:
    closed = sometimes(all_of(STATE == "TIME-WAIT", peer(STATE) == "CLOSED"), all_of())
    assert Court().ask(Sends(closed, PLAIN, 7)).word == YES
    assert CLOSE.name == "CLOSE"
