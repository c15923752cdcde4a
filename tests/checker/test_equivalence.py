"""P-38: the answers come out as expected, and each difference is a run that only one side has."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import pytest

from checker.equivalence import Answer, Labels, Seen, ask, explored, judge_equivalence, seen_by
from checker.explore.graph import Limits
from checker.explore.machine import TcpMachine
from checker.observer import Observer
from checker.replay import replay
from checker.verify import Request, verify
from checker.weak_traces import compare
from spec.environment import User, World, active_open, close, passive_open, send
from spec.network import FIFO, Network
from spec.properties.equivalence import (
    ANY_ORDER,
    CREEPING,
    EQUAL,
    EQUIVALENCE,
    LESS,
    OPEN_AGAIN,
    OVERTAKEN,
    PATIENT_SERVER,
    TEXTBOOK,
    TIMED,
    Question,
)
from spec.scenarios import SCENARIOS
from spec.variants import VARIANTS

QUESTIONS: tuple[Question, ...] = (EQUIVALENCE.data or {})["questions"]


@cache
def answered(question: Question) -> Answer:
    return ask(question)


def system(variant: str, where: World, labels: Labels, watched: tuple[int, ...] = (0, 1)) -> Seen:
    """Return a variant in a world as its users see it."""
    return seen_by(watched, explored(VARIANTS[variant], where), labels)


def has_trace(variant: str, where: World, *words: str) -> bool:
    """Return whether a variant shows its users this trace."""
    labels: Labels = {}
    here = system(variant, where, labels)
    return all(word in labels for word in words) and here.run([labels[word] for word in words]) is not None


def test_an_interrupt_is_passed_on_and_no_further_question_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    searches = 0

    def interrupted(*_: object) -> None:
        nonlocal searches
        searches += 1
        raise KeyboardInterrupt

    monkeypatch.setattr(TcpMachine, "arrivals", interrupted)
    asked = verify(Request((QUESTIONS[0].variant,), (EQUIVALENCE.id,), SCENARIOS["tutorial"]))
    assert asked.interrupted
    assert asked.verdicts == []
    assert searches == 2  # the two sides of the first question


@pytest.mark.parametrize("question", QUESTIONS, ids=str)
def test_the_answer_is_the_expected_one(question: Question) -> None:
    found = answered(question)
    assert found.answer == question.expected
    assert found.expected
    assert (found.ours is not None) == (question.expected in ("more", "different"))
    assert (found.theirs is not None) == (question.expected in ("less", "different"))


@pytest.mark.parametrize("question", QUESTIONS, ids=str)
def test_no_world_is_cut_by_a_full_network(question: Question) -> None:
    assert answered(question).cut == (0, 0)


@pytest.mark.parametrize("question", [q for q in QUESTIONS if q.expected != EQUAL], ids=str)
def test_what_is_shown_is_a_run_of_the_one_and_none_of_the_other(question: Question) -> None:
    found = answered(question)
    for shown, other in ((found.ours, question.other), (found.theirs, question.variant)):
        if shown is None:
            continue
        relation = VARIANTS[shown.variant].relation
        replay(shown.run, relation)
        told = Observer(relation, 32).trace(shown.run, watched=question.watched)
        assert told[: len(shown.seen)] == shown.seen
        labels: Labels = {}
        elsewhere = system(other, question.world, labels, question.watched)
        trace = [labels.setdefault(word, len(labels) + 1) for word in shown.seen]
        assert elsewhere.run(trace) is None
        assert elsewhere.run(trace[:-1]) is not None


def test_the_shorter_run_is_the_one_to_show() -> None:
    question = next(q for q in QUESTIONS if (q.variant, q.world) == ("two-way", TEXTBOOK))
    found = answered(question)
    assert found.ours is not None
    assert found.trace is found.ours.run
    assert [step.events[0].event for step in found.ours.run.steps] == ["OPEN", "OPEN", "SEGMENT ARRIVES"]


def test_every_question_about_a_variant_is_answered() -> None:
    found = judge_equivalence("two-way")
    assert [a.question for a in found] == [q for q in QUESTIONS if q.variant == "two-way"]
    assert judge_equivalence("silent-closed") == []


def test_a_ghost_connection_is_a_trace_of_two_way_only() -> None:
    ghost = (
        "A calls OPEN active",
        'A calls CLOSE, which returns "error: closing"',
        "B calls OPEN passive",
        'B is told "connection established"',
    )
    assert has_trace("two-way", PATIENT_SERVER, *ghost)
    assert not has_trace("three-way", PATIENT_SERVER, *ghost)
    assert has_trace("three-way", PATIENT_SERVER, *ghost[:-1])


@pytest.mark.parametrize(
    ("variant", "where", "rule"),
    [
        ("three-way", OVERTAKEN, "R-1"),
        ("rfc1337", ANY_ORDER, "R-6"),
        ("rfc1337", TIMED, "R-6"),
        ("syn-reset", CREEPING, "Y-3"),
        ("merge-fin", TEXTBOOK, "T-7"),
    ],
)
def test_equality_is_not_for_want_of_the_occasion(variant: str, where: World, rule: str) -> None:
    rows = explored(VARIANTS[variant], where).machine.records
    assert any(rule in micro.outcome.chain for record in rows for micro in record.events)


def test_with_fresh_isns_no_syn_falls_into_a_window() -> None:
    rows = explored(VARIANTS["syn-reset"], OPEN_AGAIN).machine.records
    fired = {rule for record in rows for micro in record.events for rule in micro.outcome.chain}
    assert fired.isdisjoint({"Y-1", "Y-2", "Y-2a", "Y-3", "Y-3a"})


def test_two_things_seen_in_one_step_are_seen_one_after_the_other() -> None:
    users = (User((active_open(), close())), User((passive_open(), close(states=("CLOSE-WAIT",)))))
    where = replace(TEXTBOOK, users=users)
    both = ('A is told "ok"', 'A is told "connection closing"')
    opened = (
        "A calls OPEN active",
        "B calls OPEN passive",
        'A is told "connection established"',
        'B is told "connection established"',
    )
    closed = ("A calls CLOSE", 'B is told "connection closing"', "B calls CLOSE")
    for end in (both[:1], both):
        assert has_trace("merge-fin", where, *opened, *closed, *end)
    labels: Labels = {}
    merged = system("merge-fin", where, labels)
    steps = merged.run([labels[word] for word in (*opened, *closed, *both)])
    separate = system("three-way", where, labels).run([labels[word] for word in (*opened, *closed, *both)])
    assert steps is not None
    assert separate is not None
    assert len(steps) < len(separate)


def test_swapping_the_ends_without_their_names_is_noticed() -> None:
    labels: Labels = {}
    mine, swapped = explored(VARIANTS["three-way"], TEXTBOOK), explored(VARIANTS["three-way"], TEXTBOOK, swapped=True)
    here, there = seen_by((0, 1), mine, labels), seen_by((0, 1), replace(swapped, swapped=False), labels)
    assert compare(here.labelled, there.labelled).answer == "different"


def test_a_user_who_asks_for_more_sees_more() -> None:
    small = World("small", "", (User((active_open(),)), User((passive_open(),))), Network(FIFO, 4))
    large = replace(small, users=(User((active_open(), send(1))), small.users[1]))
    labels: Labels = {}
    here, there = (system("three-way", where, labels) for where in (small, large))
    assert compare(here.labelled, there.labelled).answer == LESS


def test_a_limit_leaves_the_answer_open_and_says_why() -> None:
    question = Question("merge-fin", TEXTBOOK, EQUAL, "")
    few = ask(question, limits=Limits(states=100))
    assert (few.answer, few.trace, few.reason) == ("unknown", None, "limit of 100 states")
    pairs = ask(question, max_pairs=10)
    assert (pairs.answer, pairs.expected, pairs.reason) == ("unknown", False, "limit of 10 pairs of sets")
