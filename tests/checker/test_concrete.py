"""The concrete reader against definitions written here: each operator, and what a rule reads when."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from itertools import product
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from checker.concrete import ConcreteReader, Outcome, RulesOverlap, Scope, Values, compiled, source
from checker.formulas import StateView, step_view
from spec.language import (
    CONTINUE,
    GHOST,
    SENT,
    SEQ,
    TCB,
    Event,
    Expr,
    Flow,
    Message,
    Relation,
    Rule,
    SeqExpr,
    Step,
    Variable,
    all_of,
    any_of,
    before,
    between,
    bool_var,
    choose,
    continue_at,
    count,
    enum,
    enum_var,
    leq,
    lt,
    named,
    nat_var,
    negated,
    pairs_var,
    seq,
    seq_var,
    smaller,
)
from spec.language.beside import (
    after,
    arrived,
    assigned,
    event_is,
    every_sent,
    fired,
    in_flight,
    peer,
    sent_count,
    some_sent,
)
from spec.language.expressions import OPERATORS
from spec.vocabulary import CLOSE, OPEN

COLOURS = ("red", "green", "blue")
A, B, C = seq_var("A"), seq_var("B"), seq_var("C")
N, M = nat_var("N"), nat_var("M")
P, Q = bool_var("P"), bool_var("Q")
E = enum_var("E", enum("colour", *COLOURS))
PLAIN = (A, B, C, N, M, P, Q, E)
INDEX = {variable.payload[1]: i for i, variable in enumerate(PLAIN)}
S = pairs_var("S")
SENT_A = seq_var("A", SENT)


def evaluator(expression: Expr, bits: int) -> Callable[..., Any]:
    """Return the expression as a function of records: t here, u there, g ghosts, v a step's view."""
    shift = {word: {TCB: "u"} for word in ("before", "after", "peer")}
    scope = Scope({TCB: "t", GHOST: "g", SENT: "o"}, {TCB: INDEX, GHOST: {"S": 0}, SENT: {"A": 0}}, shift)
    return compiled("t, u=None, g=None, v=None, o=None", source(expression, scope), bits)


def signed(number: int, bits: int) -> int:
    """Return the number as a signed one of so many bits: how RFC 9293 §3.4 compares sequence numbers."""
    number %= 2**bits
    return number - 2**bits if number >= 2 ** (bits - 1) else number


def less(a: int, b: int, bits: int) -> bool:
    return signed(a - b, bits) < 0


def less_or_equal(a: int, b: int, bits: int) -> bool:
    return a == b or less(a, b, bits)


Meaning = Callable[[dict[str, Any], int], object]
MEANINGS: list[tuple[Expr, Meaning]] = [
    (seq(5) == A, lambda v, k: v["A"] == 5 % 2**k),
    (N == 1, lambda v, _: v["N"] == 1),
    (A == B, lambda v, _: v["A"] == v["B"]),
    (N == M, lambda v, _: v["N"] == v["M"]),
    (P == Q, lambda v, _: v["P"] == v["Q"]),
    (E == "green", lambda v, _: v["E"] == "green"),
    (A != B, lambda v, _: v["A"] != v["B"]),
    (E.isin(("red", "blue")), lambda v, _: v["E"] in {"red", "blue"}),
    (E.isin(()), lambda _, __: False),
    (negated(P), lambda v, _: {True: False, False: True}[v["P"]]),
    (all_of(P, Q, A == B), lambda v, _: sum([v["P"], v["Q"], v["A"] == v["B"]]) == 3),
    (any_of(P, Q, A == B), lambda v, _: sum([v["P"], v["Q"], v["A"] == v["B"]]) > 0),
    (all_of(), lambda _, __: True),
    (any_of(), lambda _, __: False),
    (lt(A, B), lambda v, k: less(v["A"], v["B"], k)),
    (leq(A, B), lambda v, k: less_or_equal(v["A"], v["B"], k)),
    (between(A, "<", B, "=<", C), lambda v, k: less(v["A"], v["B"], k) and less_or_equal(v["B"], v["C"], k)),
    (A + N, lambda v, k: (v["A"] + v["N"]) % 2**k),
    (A - N, lambda v, k: (v["A"] - v["N"]) % 2**k),
    (A - B, lambda v, k: next(n for n in range(2**k) if (v["B"] + n) % 2**k == v["A"])),
    (N < M, lambda v, _: v["M"] - v["N"] >= 1),
    (N <= M, lambda v, _: v["M"] - v["N"] >= 0),
    (N > M, lambda v, _: v["N"] - v["M"] >= 1),
    (N >= M, lambda v, _: v["N"] - v["M"] >= 0),
    (N + M, lambda v, k: (v["N"] + v["M"]) % 2**k),
    (N - M, lambda v, k: (v["N"] - v["M"]) % 2**k),
    (smaller(N, M), lambda v, _: v["N"] if v["N"] - v["M"] < 0 else v["M"]),
    (choose(P, N, M), lambda v, _: v["N" if v["P"] else "M"]),
    (count(P) + count(Q), lambda v, _: [v["P"], v["Q"]].count(True)),
    (named("a name", lt(A, B)), lambda v, k: less(v["A"], v["B"], k)),
]


def domain(variable: Expr, bits: int) -> Iterator[Any]:
    yield from {"bool": (False, True), "colour": COLOURS}.get(variable.sort.name, range(2**bits))


def valuations(expression: Expr, bits: int) -> Iterator[dict[str, Any]]:
    """Yield every valuation of the variables that the expression reads."""
    read = {part.payload[1] for part in expression.walk() if part.op == "var"}
    used = [variable for variable in PLAIN if variable.payload[1] in read]
    for values in product(*(domain(variable, bits) for variable in used)):
        yield dict(zip((variable.payload[1] for variable in used), values, strict=True))


def record(values: dict[str, Any]) -> Values:
    return tuple(values.get(name) for name in INDEX)


@pytest.mark.parametrize("bits", [2, 3, 4])
@pytest.mark.parametrize(("expression", "meaning"), MEANINGS, ids=lambda x: str(x) if isinstance(x, Expr) else "")
def test_an_operator_means_what_it_says_for_all_values(expression: Expr, meaning: Meaning, bits: int) -> None:
    evaluate = evaluator(expression, bits)
    wrong = [v for v in valuations(expression, bits) if evaluate(record(v)) != meaning(v, bits)]
    assert wrong == []


NUMBERS = st.integers(0, 2**32 - 1)
EDGES = st.sampled_from([0, 1, 2, 2**31 - 1, 2**31, 2**31 + 1, 2**32 - 2, 2**32 - 1])


@given(a=NUMBERS, ahead=st.one_of(EDGES, NUMBERS), n=st.one_of(EDGES, NUMBERS))
@settings(derandomize=True, max_examples=300)
@example(a=2**32 - 1, ahead=1, n=2)
def test_sequence_operators_at_32_bits(a: int, ahead: int, n: int) -> None:
    b = (a + ahead) % 2**32
    values = {"A": a, "B": b, "C": (b + n) % 2**32, "N": n, "M": ahead}
    for expression, meaning in MEANINGS:
        read = {part.payload[1] for part in expression.walk() if part.op == "var"}
        if read and read <= set(values) and expression.op != "distance":
            assert evaluator(expression, 32)(record(values)) == meaning(values, 32), str(expression)
    assert evaluator(B - A, 32)(record(values)) == ahead


@pytest.mark.parametrize("bits", [2, 3, 4, 32])
def test_numbers_half_the_space_apart_are_each_less_than_the_other(bits: int) -> None:
    apart = record({"A": 0, "B": 2 ** (bits - 1)})
    assert evaluator(all_of(lt(A, B), lt(B, A), leq(A, B), leq(B, A)), bits)(apart)


# --- what only ghosts and properties use --------------------------------------------------------------------

SOME = ((1, 1), (1, 2), (2, 5))
STEP = step_view((), (), None, (), Outcome("OPEN", (), ("U-1", "A-3"), ((7,), (9,)), (), frozenset({"ISS"})))
BESIDE: list[tuple[Expr, object]] = [
    (S.has(N, M), lambda n, m: (n, m) in SOME),
    (S.with_pair(N, M), lambda n, m: tuple(sorted({*SOME, (n, m)}))),
    (
        S.with_run(N, M, smaller(N, M)),
        lambda n, m: tuple(sorted({*SOME, *((n, m + i) for i in range(min(n, m)))})),
    ),
    (S.meets_run(N, M, smaller(N, M)), lambda n, m: any((n, m + i) in SOME for i in range(min(n, m)))),
    (S.has_other_first(N, M), lambda n, m: any(second == m and first != n for first, second in SOME)),
]
OF_A_STEP: list[tuple[Expr, bool]] = [
    (event_is(OPEN, CLOSE), True),
    (event_is(CLOSE), False),
    (fired("A-3"), True),
    (fired("A-1", "A-4"), False),
    (assigned(seq_var("ISS")), True),
    (assigned(seq_var("IRS")), False),
    (some_sent(seq(7) == SENT_A), True),
    (some_sent(seq(8) == SENT_A), False),
    (every_sent(leq(seq(7), SENT_A)), True),
    (every_sent(seq(7) == SENT_A), False),
    (sent_count() == 2, True),
    (sent_count() == 1, False),
]


@pytest.mark.parametrize(("expression", "meaning"), BESIDE, ids=lambda x: str(x) if isinstance(x, Expr) else "")
def test_a_set_of_pairs_is_a_set_of_pairs(expression: Expr, meaning: Callable[[int, int], object]) -> None:
    evaluate = evaluator(expression, 3)
    for n, m in product(range(8), repeat=2):
        assert evaluate(record({"N": n, "M": m}), g=(SOME,)) == meaning(n, m), (n, m)


@pytest.mark.parametrize(("expression", "holds"), OF_A_STEP, ids=str)
def test_a_formula_about_a_step_reads_the_step(expression: Expr, holds: bool) -> None:  # noqa: FBT001  # a value
    assert evaluator(expression, 8)((), v=STEP) is holds


def test_arrived_asks_whether_there_is_a_segment() -> None:
    assert evaluator(arrived(), 8)((), v=STEP._replace(segment=(1,)))
    assert not evaluator(arrived(), 8)((), v=STEP)


def test_in_flight_looks_for_a_segment_of_the_network() -> None:
    view = StateView((), (), (), (), ((7,), (9,)))
    assert evaluator(in_flight(seq(9) == SENT_A), 8)((), v=view)
    assert not evaluator(in_flight(seq(8) == SENT_A), 8)((), v=view)
    assert not evaluator(in_flight(seq(7) == SENT_A), 8)((), v=view._replace(flying=()))


@pytest.mark.parametrize("shift", [before, after, peer])
def test_before_after_and_peer_read_the_other_record(shift: Callable[[SeqExpr], SeqExpr]) -> None:
    here, there = record({"A": 1, "N": 3}), record({"A": 2, "N": 5})
    assert evaluator(shift(A), 8)(here, there) == 2
    assert evaluator(shift(A) == A + 1, 8)(here, there) is True
    assert evaluator(shift(A + N), 8)(here, there) == 7


def test_every_operator_was_tested() -> None:
    tested = [*(row[0] for row in MEANINGS), *(row[0] for row in BESIDE), *(row[0] for row in OF_A_STEP)]
    shifted: list[Expr] = [arrived(), before(A), after(A), peer(A), in_flight(seq(9) == SENT_A)]
    assert {part.op for expression in (*tested, *shifted) for part in expression.walk()} == set(OPERATORS)


# --- what a rule reads when ---------------------------------------------------------------------------------

GO = Event("GO", "call", "nowhere")
STEPS = tuple(Step(GO, name, name, "nowhere") for name in ("first", "second", "third"))
FIRST, SECOND, THIRD = STEPS
STATE = enum_var("STATE", enum("state", "UP", "DOWN"))
rule: Callable[..., Rule[str]] = partial(Rule, title="A rule.", cite="nowhere", on=FIRST, state=("UP",))


def reader(*rules: Rule[str], forget: tuple[str, ...] = (), **initial: int) -> ConcreteReader:
    variables = (
        Variable(STATE, "UP", ""),
        Variable(A, 1, ""),
        Variable(B, 2, ""),
        Variable(P, initial=False, meaning=""),
    )
    relation = Relation("toy", "", variables, {"A": SEQ, "B": SEQ}, STEPS, rules, {"DOWN": forget})
    return ConcreteReader(relation, 8, {}, initial)


def run(machine: ConcreteReader, tcb: Values | None = None) -> Outcome:
    outcome = machine.run(machine.initial if tcb is None else tcb, "GO")
    assert outcome is not None
    return outcome


def sending(a: Any, b: Any) -> tuple[Message, ...]:  # any expression
    return (Message({"A": a, "B": b}),)


def test_all_updates_read_the_state_before_the_rule() -> None:
    assert run(reader(rule(id="swap", then=(A.becomes(B), B.becomes(A))))).tcb == ("UP", 2, 1, False)


def test_a_segment_is_formed_in_the_state_after_the_rule() -> None:
    outcome = run(reader(rule(id="send", then=(A.becomes(A + 10),), send=sending(A, before(A)))))
    assert outcome.sent == ((11, 1),)


def test_what_is_forgotten_is_forgotten_after_the_segments_are_formed() -> None:
    outcome = run(reader(rule(id="end", then=(A.becomes(A + 10),), send=sending(A, B), goto="DOWN"), forget=("A",)))
    assert (outcome.sent, outcome.tcb) == (((11, 2),), ("DOWN", 1, 2, False))


def test_forgetting_needs_the_state_to_be_entered() -> None:
    machine = reader(rule(id="stay", state=("UP", "DOWN"), then=(B.becomes(B + 1),)), forget=("A",))
    assert run(machine, ("DOWN", 9, 9, False)).tcb == ("DOWN", 9, 10, False)


def test_initial_values_may_be_overridden() -> None:
    machine = reader(rule(id="end", goto="DOWN"), forget=("A",), A=50)
    assert machine.initial == ("UP", 50, 2, False)
    assert run(machine, ("UP", 9, 9, True)).tcb == ("DOWN", 50, 9, True)


@pytest.mark.parametrize(
    ("flow", "chain"),
    [
        (Flow("return"), ("one",)),
        (CONTINUE, ("one", "two", "three")),
        (continue_at(SECOND), ("one", "two", "three")),
        (continue_at(THIRD), ("one", "three")),
    ],
)
def test_processing_returns_continues_or_skips(flow: Flow, chain: tuple[str, ...]) -> None:
    later = (rule(id="two", on=SECOND, flow=CONTINUE, signal="2"), rule(id="three", on=THIRD, signal="3"))
    outcome = run(reader(rule(id="one", flow=flow, signal="1", then=(A.becomes(B),)), *later))
    assert outcome.chain == chain
    assert outcome.signals == tuple({"one": "1", "two": "2", "three": "3"}[name] for name in chain)
    assert outcome.assigned == {"A"}


def test_a_later_step_reads_what_an_earlier_one_left_and_a_step_fires_once() -> None:
    again = rule(id="again", state=("DOWN",), flow=CONTINUE)
    late = rule(id="late", on=SECOND, state=("DOWN",), when=(seq(11) == A,), then=(B.becomes(A),))
    outcome = run(reader(rule(id="down", then=(A.becomes(A + 10),), goto="DOWN", flow=CONTINUE), again, late))
    assert (outcome.chain, outcome.tcb) == (("down", "late"), ("DOWN", 11, 11, False))


def test_a_step_without_a_firing_rule_is_passed() -> None:
    outcome = run(reader(rule(id="never", when=(P,)), rule(id="late", on=THIRD)))
    assert outcome.chain == ("late",)


def test_an_event_that_no_rule_handles_has_no_outcome() -> None:
    assert reader(rule(id="never", when=(P,))).run(("UP", 0, 0, False), "GO") is None
    assert reader(rule(id="other", state=("DOWN",))).run(("UP", 0, 0, False), "GO") is None


def test_two_rules_of_one_step_that_both_fire_are_an_error_that_names_them() -> None:
    both = reader(rule(id="one", when=(seq(1) == A,)), rule(id="two", when=(seq(2) == B,)))
    assert run(both, ("UP", 1, 3, False)).chain == ("one",)
    with pytest.raises(RulesOverlap, match="rules one and two both fire"):
        run(both)


def test_numbers_wrap_at_the_width_of_the_reader() -> None:
    assert run(reader(rule(id="far", then=(A.becomes(A - 3), B.becomes(B + 255))))).tcb == (
        "UP",
        254,
        1,
        False,
    )
