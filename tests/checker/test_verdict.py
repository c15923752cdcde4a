"""Verdicts and exit codes: what each word needs, and that nothing but expected verdicts makes a 0."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checker.explore.graph import Graph, Limits
from checker.explore.run import PartFound, WorldRun, explore_world
from checker.verdict import UNKNOWN, Judgement, Verdict, exit_code, judge, shows
from checker.verify import Request, verify
from spec.attackers import Attacker
from spec.environment import SAFETY, Faults, IsnPolicy, Scenario, World
from spec.language import negated
from spec.language.beside import Part, Property, always, always_step, event_is, sometimes, sometimes_step
from spec.network import Network
from spec.properties import PROPERTIES
from spec.properties.figure5 import FIGURE_5
from spec.properties.whole_graph import COVERAGE, TERMINAL
from spec.scenarios import CRASH, QUICK, SCENARIOS, TUTORIAL_WORLD
from spec.trace import DELIVER, LOSE, Trace
from spec.variants import VARIANTS
from spec.vocabulary import STATE, STATES, USER_TIMEOUT
from spec.words import FAILS, HOLDS, VACUOUS
from tests.checker.runs import cut, open_and_close
from tests.checker.worlds import ATTACKED

WORDS = (HOLDS, FAILS, VACUOUS, UNKNOWN)
EXPECTATIONS = (None, HOLDS, FAILS, VACUOUS)
TRACE = open_and_close().trace()
SIMULTANEOUS = QUICK[4]


def verdict(word: str, expected: str | None) -> Verdict:
    return Verdict(PROPERTIES["P-01"], "three-way", "quick", "fresh", Judgement(word), expected, ())


# --- exit codes ---------------------------------------------------------------------------------------------------


def test_the_truth_table_of_exit_codes(golden: Callable[[str, str], None]) -> None:
    lines = [f"{'word':<9}{'expected':<10}alone  interrupted  internal error  beside an expected one"]
    fine = verdict(HOLDS, HOLDS)
    for word, expected in product(WORDS, EXPECTATIONS):
        one = verdict(word, expected)
        codes = (
            exit_code([one]),
            exit_code([one], interrupted=True),
            exit_code([one], internal_error=True),
            exit_code([fine, one]),
        )
        lines.append(f"{word:<9}{expected or '-':<10}{codes[0]:<7}{codes[1]:<13}{codes[2]:<16}{codes[3]}")
    golden("exit-codes.txt", "\n".join(lines) + "\n")


def test_a_run_without_a_verdict_is_no_success() -> None:
    assert exit_code([]) == 3
    assert exit_code([], interrupted=True) == 130
    assert exit_code([], internal_error=True, interrupted=True) == 4


VERDICTS = st.lists(st.builds(verdict, st.sampled_from(WORDS), st.sampled_from(EXPECTATIONS)), max_size=6)


@given(VERDICTS, st.booleans(), st.booleans())
def test_zero_means_that_every_verdict_was_expected(
    verdicts: list[Verdict],
    interrupted: bool,  # noqa: FBT001  # hypothesis draws it
    internal_error: bool,  # noqa: FBT001  # hypothesis draws it
) -> None:
    code = exit_code(verdicts, interrupted=interrupted, internal_error=internal_error)
    sound = bool(verdicts) and all(v.expected and v.judgement.word != UNKNOWN for v in verdicts)
    assert (code == 0) == (sound and not interrupted and not internal_error)
    assert code in (0, 1, 3, 4, 130)
    if code == 1:
        assert any(not v.expected and v.judgement.word != UNKNOWN for v in verdicts)


@given(VERDICTS, st.randoms(use_true_random=False))
def test_the_order_of_verdicts_does_not_matter(verdicts: list[Verdict], random: Any) -> None:
    shuffled = [*verdicts]
    random.shuffle(shuffled)
    assert exit_code(shuffled) == exit_code(verdicts)


def test_without_an_expectation_a_property_must_hold() -> None:
    assert [verdict(word, None).expected for word in WORDS] == [True, False, False, False]


# --- judging parts ------------------------------------------------------------------------------------------------


def found(steps: int | None, *, given: bool = True) -> tuple[bool, int | None]:
    return given, steps


def run_of(prop: Property, *found: tuple[bool, int | None], stopped: str | None = None, **rest: Any) -> WorldRun:
    """Return a run in which each part of the property was found so: (antecedent seen, steps of the run shown)."""
    parts = [
        PartFound(prop, number, part, given, steps, None if steps is None else cut(TRACE, steps))
        for number, (part, (given, steps)) in enumerate(zip(prop.parts, found, strict=True))
    ]
    return WorldRun(TUTORIAL_WORLD, 10, 20, 5, stopped, parts, ("U-1", "U-2"), **rest)


def prop_of(*parts: Part) -> Property:
    return Property("P-0", "made up", "For tests.", "none", parts=parts)


ALWAYS = prop_of(always(STATE == "CLOSED", says="always closed"))
SOMETIMES = prop_of(sometimes(STATE == "CLOSED", says="once closed"))
BOTH = prop_of(*ALWAYS.parts, *SOMETIMES.parts)
LIMIT = "limit of 10 states"

JUDGED: dict[str, tuple[Property, Sequence[WorldRun], Judgement]] = {
    "always, nothing found": (ALWAYS, [run_of(ALWAYS, found(None))], Judgement(HOLDS)),
    "always, never given": (
        ALWAYS,
        [run_of(ALWAYS, found(None, given=False))],
        Judgement(VACUOUS, "never applies: always closed"),
    ),
    "always, given in one world": (
        ALWAYS,
        [run_of(ALWAYS, found(None, given=False)), run_of(ALWAYS, found(None))],
        Judgement(HOLDS),
    ),
    "always, violated": (ALWAYS, [run_of(ALWAYS, found(3))], Judgement(FAILS, "always closed", 3, cut(TRACE, 3))),
    "always, violated sooner elsewhere": (
        ALWAYS,
        [run_of(ALWAYS, found(5)), run_of(ALWAYS, found(2)), run_of(ALWAYS, found(None))],
        Judgement(FAILS, "always closed", 2, cut(TRACE, 2)),
    ),
    "always, stopped": (ALWAYS, [run_of(ALWAYS, found(None), stopped=LIMIT)], Judgement(UNKNOWN, LIMIT)),
    "always, one world stopped": (
        ALWAYS,
        [run_of(ALWAYS, found(None)), run_of(ALWAYS, found(None), stopped=LIMIT)],
        Judgement(UNKNOWN, LIMIT),
    ),
    "always, never given and stopped": (
        ALWAYS,
        [run_of(ALWAYS, found(None, given=False), stopped=LIMIT)],
        Judgement(UNKNOWN, LIMIT),
    ),
    "always, violated before it stopped": (
        ALWAYS,
        [run_of(ALWAYS, found(1), stopped=LIMIT)],
        Judgement(FAILS, "always closed", 1, cut(TRACE, 1)),
    ),
    "sometimes, witnessed": (SOMETIMES, [run_of(SOMETIMES, found(2))], Judgement(HOLDS)),
    "sometimes, witnessed before it stopped": (
        SOMETIMES,
        [run_of(SOMETIMES, found(2), stopped=LIMIT)],
        Judgement(UNKNOWN, LIMIT),
    ),
    "sometimes, no witness": (
        SOMETIMES,
        [run_of(SOMETIMES, found(None))],
        Judgement(FAILS, "no witness: once closed"),
    ),
    "sometimes, stopped": (SOMETIMES, [run_of(SOMETIMES, found(None), stopped=LIMIT)], Judgement(UNKNOWN, LIMIT)),
    "both, one violated": (
        BOTH,
        [run_of(BOTH, found(4), found(None))],
        Judgement(FAILS, "always closed", 4, cut(TRACE, 4)),
    ),
    "both, no witness": (
        BOTH,
        [run_of(BOTH, found(None), found(None))],
        Judgement(FAILS, "no witness: once closed", part=1),
    ),
    "both, one vacuous": (
        BOTH,
        [run_of(BOTH, found(None, given=False), found(1))],
        Judgement(VACUOUS, "never applies: always closed"),
    ),
    "both, one unknown": (
        BOTH,
        [run_of(BOTH, found(None), found(1), stopped=LIMIT)],
        Judgement(UNKNOWN, LIMIT),
    ),
}


@pytest.mark.parametrize("name", JUDGED)
def test_judging_parts(name: str) -> None:
    prop, runs, judgement = JUDGED[name]
    assert judge(prop, runs) == judgement


# --- judging whole graphs -----------------------------------------------------------------------------------------

RETRANSMITS = replace(TUTORIAL_WORLD, faults=Faults(retransmissions=1))
DRAWN = dict.fromkeys(FIGURE_5.data["drawn"], TRACE) if FIGURE_5.data else {}


def graph_run(world: World = RETRANSMITS, **rest: Any) -> WorldRun:
    stopped = rest.pop("stopped", None)
    return WorldRun(world, 10, 20, 5, stopped, [], tuple(rest.pop("rule_ids", ("U-1", "U-2"))), **rest)


def test_terminal_states() -> None:
    fine, bad = {("CLOSED", "CLOSED"): TRACE}, {("SYN-SENT", "LISTEN"): cut(TRACE, 4), ("CLOSING", "CLOSED"): TRACE}
    assert judge(TERMINAL, [graph_run(terminal=fine)]) == Judgement(HOLDS)
    assert judge(TERMINAL, [graph_run(terminal=fine), graph_run(terminal=bad)]) == Judgement(
        FAILS, "a run ends in (SYN-SENT, LISTEN)", 4, cut(TRACE, 4)
    )
    assert judge(TERMINAL, [graph_run(terminal=bad, stopped=LIMIT)]).word == FAILS
    assert judge(TERMINAL, [graph_run(terminal=fine, stopped=LIMIT)]) == Judgement(UNKNOWN, LIMIT)
    assert judge(TERMINAL, [graph_run()]).word == VACUOUS
    assert judge(TERMINAL, [graph_run(TUTORIAL_WORLD, terminal=bad)]).word == VACUOUS


STARTS_AGAIN = replace(CRASH, faults=Faults(losses=None, crashes=1, retransmissions=1)).with_isn(IsnPolicy("const"))
ENDS: dict[str, World] = {
    "merged by a set": replace(STARTS_AGAIN, network=Network("set", 3), faults=CRASH.faults),
    "lost where the network is full": replace(STARTS_AGAIN, network=Network("bag", 2, "lose"), faults=CRASH.faults),
    "dead of age": replace(STARTS_AGAIN, network=Network(capacity=2, lifetime=1)),
    "forged": replace(ATTACKED, attacker=Attacker("on-path", 1, (0,)), faults=Faults(retransmissions=1), asks=SAFETY),
}


@pytest.mark.parametrize("name", ENDS)
def test_a_run_ends_when_nothing_is_in_flight_whatever_became_of_its_segments(name: str) -> None:
    scenario = Scenario("ends", "A run that ends badly.", (ENDS[name],))
    (verdict,) = verify(Request(("three-way",), ("P-42",), scenario, changed=True)).all
    assert verdict.judgement.word == FAILS
    trace = verdict.judgement.trace
    assert trace is not None
    assert shows(TERMINAL, trace)
    assert len(trace.segments) > len([step for step in trace.steps if step.kind in (DELIVER, LOSE)])
    assert not shows(TERMINAL, cut(trace, max(s.step for s in trace.segments)))


def test_edges_of_figure_5() -> None:
    assert judge(FIGURE_5, [graph_run(edges=DRAWN)]) == Judgement(HOLDS)
    wrong: dict[tuple[str, str], Trace] = {("TIME-WAIT", "LISTEN"): cut(TRACE, 7), ("CLOSED", "CLOSING"): cut(TRACE, 2)}
    assert judge(FIGURE_5, [graph_run(edges=DRAWN), graph_run(edges=wrong)]) == Judgement(
        FAILS, "CLOSED -> CLOSING is taken", 2, cut(TRACE, 2)
    )
    fewer = {edge: TRACE for edge in DRAWN if edge != ("CLOSED", "LISTEN")}
    assert judge(FIGURE_5, [graph_run(edges=fewer)]) == Judgement(FAILS, "never taken: CLOSED -> LISTEN")
    assert judge(FIGURE_5, [graph_run(edges=fewer, stopped=LIMIT)]) == Judgement(UNKNOWN, LIMIT)
    assert judge(FIGURE_5, [graph_run(edges=wrong, stopped=LIMIT)]).word == FAILS


def test_an_unfinished_exploration_does_not_show_that_no_other_edge_is_taken() -> None:
    assert judge(FIGURE_5, [graph_run(edges=DRAWN, stopped=LIMIT)]) == Judgement(UNKNOWN, LIMIT)


def test_coverage() -> None:
    reached, fired = dict.fromkeys(STATES, 1), {"U-1": 1, "U-2": 5}
    assert judge(COVERAGE, [graph_run(reached=reached, fired=fired)]) == Judgement(HOLDS)
    assert judge(COVERAGE, [graph_run(reached=reached), graph_run(fired=fired)]) == Judgement(HOLDS)
    half = graph_run(reached={**reached, "CLOSING": 0}, fired={"U-1": 1}, rule_ids=("U-1", "U-2", "A-0"))
    half.reached.pop("CLOSING")
    assert judge(COVERAGE, [half]) == Judgement(FAILS, "never reached: CLOSING; never fired: U-2")
    assert judge(COVERAGE, [replace(half, stopped=LIMIT)]) == Judgement(UNKNOWN, LIMIT)


def test_worlds_that_were_not_explored_leave_it_open_unless_a_run_decides() -> None:
    fine, violated = run_of(ALWAYS, found(None)), run_of(ALWAYS, found(3))
    assert judge(ALWAYS, [fine], 1) == Judgement(HOLDS)
    assert judge(ALWAYS, [fine], 2) == Judgement(UNKNOWN, "1 of 2 worlds explored")
    assert judge(SOMETIMES, [run_of(SOMETIMES, found(None))], 2).word == UNKNOWN
    known = judge(ALWAYS, [violated], 2)
    assert (known.word, known.steps, known.shortest) == (FAILS, 3, False)


def test_a_run_is_the_shortest_if_every_world_was_explored_to_its_depth() -> None:
    violated = run_of(ALWAYS, found(3))
    shallow = replace(run_of(ALWAYS, found(None), stopped=LIMIT), depth=2)
    deep = replace(shallow, depth=3)
    assert judge(ALWAYS, [violated]).shortest
    assert judge(ALWAYS, [violated, deep]).shortest
    assert not judge(ALWAYS, [violated, shallow]).shortest


# --- limits -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("limits", "reason"),
    [
        (Limits(states=10), "limit of 10 states"),
        (Limits(seconds=0.0), "limit of 0 seconds"),
        (Limits(memory=1), "limit of 1 MiB"),
    ],
    ids=str,
)
def test_a_limit_makes_what_it_leaves_open_unknown(limits: Limits, reason: str) -> None:
    scenario = Scenario("simultaneous", "", (SIMULTANEOUS,), covers=True)
    result = verify(Request(("three-way",), ("P-04", "P-18", "P-25", "P-26", "P-42"), scenario, limits=limits))
    assert [(v.judgement.word, v.judgement.reason) for v in result.all] == [(UNKNOWN, reason)] * 5
    assert not any(v.complete for v in result.all)
    assert exit_code(result.all, interrupted=result.interrupted) == 3


def test_what_a_limit_leaves_established_stays_so() -> None:
    found_soon = verify(Request(("two-way",), ("P-01",), SCENARIOS["tutorial"], limits=Limits(states=100)))
    (one,) = found_soon.all
    assert (one.judgement.word, one.complete) == (FAILS, False)


def test_a_limit_larger_than_the_world_changes_nothing() -> None:
    request = Request(("two-way",), ("P-01", "P-04"), SCENARIOS["tutorial"])
    free, bounded = (verify(replace(request, limits=limits)) for limits in (Limits(), Limits(10**6, 10**6, 10**6)))
    assert [(v.judgement, v.complete) for v in free.all] == [(v.judgement, v.complete) for v in bounded.all]
    assert all(v.complete for v in free.all)


def test_an_interrupt_leaves_what_was_established() -> None:
    def interrupt(_label: str, graph: Graph | None, _done: int) -> None:
        if graph is not None:
            raise KeyboardInterrupt

    scenario = Scenario("text", "", (QUICK[1], TUTORIAL_WORLD))
    result = verify(Request(("two-way", "three-way"), ("P-01", "P-24"), scenario), interrupt)
    assert result.interrupted
    assert [(v.variant, v.judgement.word) for v in result.all] == [("two-way", FAILS), ("two-way", UNKNOWN)]
    assert result.all[1].judgement.reason == "interrupted"
    assert exit_code(result.all, interrupted=result.interrupted) == 130


@pytest.mark.parametrize("before", [0, 1], ids=["before any world", "after the first world"])
def test_an_interrupt_between_searching_and_summing_up_leaves_what_was_established(
    before: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs: list[WorldRun] = []

    def explore(*args: Any, **options: Any) -> WorldRun:
        if len(runs) == before:
            raise KeyboardInterrupt
        runs.append(explore_world(*args, **options))
        return runs[-1]

    monkeypatch.setattr("checker.verify.explore_world", explore)
    scenario = Scenario("text", "", (QUICK[1], TUTORIAL_WORLD))
    result = verify(Request(("two-way", "three-way"), ("P-01", "P-04"), scenario))
    assert result.interrupted
    assert [(v.variant, v.judgement.word) for v in result.all] == [("two-way", FAILS), ("two-way", UNKNOWN)][
        : 2 * before
    ]
    assert exit_code(result.all, interrupted=result.interrupted) == 130


# --- words that worlds give ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("part", "word"),
    [
        (always(negated(STATE == "CLOSING"), given=(STATE == "LISTEN",)), HOLDS),
        (always(negated(STATE == "CLOSING")), FAILS),
        (always_step(STATE == "CLOSED", given=(event_is(USER_TIMEOUT),)), VACUOUS),
        (sometimes(STATE == "CLOSING"), HOLDS),
        (sometimes_step(event_is(USER_TIMEOUT)), FAILS),
    ],
    ids=["holds", "fails", "vacuous", "witnessed", "no witness"],
)
def test_the_words_of_a_real_world(part: Part, word: str) -> None:
    prop = prop_of(part)
    run = explore_world(VARIANTS["three-way"].relation, TUTORIAL_WORLD, [prop])
    assert judge(prop, [run]).word == word
