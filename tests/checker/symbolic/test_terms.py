"""Each operator as a z3 term against its concrete value, for all values at small widths."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain, combinations, product
from random import Random
from typing import Any

import pytest
import z3

from checker.concrete import Outcome, Scope, Values, compiled, source
from checker.formulas import Layout, step_view
from checker.symbolic.terms import NotSymbolic, Terms, View
from spec.language import (
    BOOL,
    CALL,
    GHOST,
    NAT,
    PAIRS,
    SEG,
    SENT,
    SEQ,
    TCB,
    BoolExpr,
    Expr,
    Sort,
    Variable,
    all_of,
    any_of,
    before,
    between,
    bool_var,
    choose,
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
from spec.language.expressions import OPERATORS, lift
from spec.vocabulary import CLOSE, OPEN
from tests.checker.symbolic.evaluation import Pairs, Sheet, known, plain

COLOUR = enum("colour", "red", "green", "blue", "white", "black")
A, B, C = seq_var("A"), seq_var("B"), seq_var("C")
N, M, L = nat_var("N"), nat_var("M"), nat_var("L")
P, Q = bool_var("P"), bool_var("Q")
E, F = enum_var("E", COLOUR), enum_var("F", COLOUR)
NEITHER = BoolExpr("const", BOOL, (), False)
S = pairs_var("S")
SENT_A, SEG_A, CALL_A = seq_var("A", SENT), seq_var("A", SEG), seq_var("A", CALL)
SORTS = {str(v.payload[1]): v.sort for v in (A, B, C, N, M, L, P, Q, E, F)}
INDEX = {name: place for place, name in enumerate(SORTS)}

OF_VALUES: list[Expr] = [
    A == B, seq(5) == A, N == M, N == 1, P == Q, E == F, E == "green", A != B, NEITHER, lift("blue", COLOUR),
    E.isin(("red", "black")), E.isin(()), negated(P), all_of(P, Q, A == B), all_of(), any_of(P, Q, A == B), any_of(),
    all_of(P), any_of(Q), all_of(P, NEITHER), any_of(P, negated(NEITHER)),
    lt(A, B), leq(A, B), between(A, "<", B, "=<", C), A + N, A - N, A - B, N < M, N <= M, N > M, N >= M, N + M, N - M,
    smaller(N, M), choose(P, N, M), count(P) + count(Q), named("a name", lt(A, B)), lt(A + N, B - M), smaller(N + 1, M),
]  # fmt: skip


def domain(sort: Sort, bits: int) -> tuple[Any, ...]:
    return sort.members or ((False, True) if sort.name == "bool" else tuple(range(2**bits)))


def read_by(expression: Expr) -> dict[str, Sort]:
    names = {str(part.payload[1]) for part in expression.walk() if part.op == "var" and part.payload[0] == TCB}
    return {name: sort for name, sort in SORTS.items() if name in names}


def valuations(sorts: dict[str, Sort], bits: int) -> Iterator[dict[str, Any]]:
    for values in product(*(domain(sort, bits) for sort in sorts.values())):
        yield dict(zip(sorts, values, strict=True))


def concrete(expression: Expr, bits: int) -> Any:
    """Return the expression as a function of a TCB and a set of pairs."""
    return compiled("t, s=None", source(expression, Scope({TCB: "t", GHOST: "s"}, PLACES, {})), bits)


PLACES = {TCB: INDEX, GHOST: {"S": 0}}


def row(values: dict[str, Any]) -> Values:
    return tuple(values.get(name) for name in SORTS)


def on_constants(terms: Terms, expression: Expr, values: dict[str, Any], pairs: Pairs = frozenset()) -> Any:
    tcb = {name: terms.value(value, SORTS[name]) for name, value in values.items()}
    return terms.read(expression, View({TCB: tcb, GHOST: {"S": terms.value(tuple(pairs), PAIRS)}}))


@pytest.mark.parametrize("bits", [1, 2, 3])
@pytest.mark.parametrize("expression", OF_VALUES, ids=str)
def test_an_operator_is_its_term_for_all_values(expression: Expr, bits: int) -> None:
    terms, sorts, meaning = Terms(bits), read_by(expression), concrete(expression, bits)
    unknown = terms.record("TCB", sorts)
    sheet = Sheet([terms.read(expression, View({TCB: unknown}))])
    for values in valuations(sorts, bits):
        expected = meaning(row(values))
        constant = z3.simplify(on_constants(terms, expression, values))
        assert plain(constant, expression.sort) == expected, values
        (left,) = sheet.at(known(terms, unknown, sorts, tuple(values.values())))
        assert plain(left, expression.sort) == expected, values


EDGES = (0, 1, 2, 2**31 - 1, 2**31, 2**31 + 1, 2**32 - 2, 2**32 - 1)


@pytest.mark.parametrize("expression", [e for e in OF_VALUES if read_by(e)], ids=str)
def test_an_operator_is_its_term_at_32_bits(expression: Expr) -> None:
    terms, sorts, random = Terms(32), read_by(expression), Random(str(expression))  # noqa: S311  # no secret
    numbers = {name for name, sort in sorts.items() if sort in (SEQ, NAT)}
    for _ in range(60):
        base = random.choice((0, random.randrange(2**32)))
        values = {name: random.choice(domain(sort, 1)) for name, sort in sorts.items()}
        values |= {name: (base + random.choice(EDGES)) % 2**32 for name in sorted(numbers)}
        constant = z3.simplify(on_constants(terms, expression, values))
        assert plain(constant, expression.sort) == concrete(expression, 32)(row(values)), values


# --- sets of pairs ------------------------------------------------------------------------------------------

FEW: list[Pairs] = [
    frozenset(pairs)
    for pairs in chain(*(combinations([(0, 0), (0, 1), (1, 1), (2, 3), (3, 0), (3, 3)], size) for size in (0, 1, 2)))
]
TESTS: list[Expr] = [S.has(N, M), S.with_pair(N, M).has(M, L), S.with_run(N, M, L).has(M, N)]
SETS: list[Expr] = [S, lift((), PAIRS), S.with_pair(N, M), S.with_run(N, M, L)]


@pytest.mark.parametrize("expression", TESTS, ids=str)
def test_a_question_about_a_set_is_its_term(expression: Expr) -> None:
    terms, meaning, sorts = Terms(2), concrete(expression, 2), read_by(expression)
    for pairs, values in product(FEW, valuations(sorts, 2)):
        constant = z3.simplify(on_constants(terms, expression, values, pairs))
        assert plain(constant, expression.sort) == meaning(row(values), (tuple(pairs),)), (pairs, values)


@pytest.mark.parametrize("expression", SETS, ids=str)
def test_a_set_holds_the_same_pairs_as_its_predicate(expression: Expr) -> None:
    terms, sorts = Terms(2), read_by(expression)
    unknown, held = terms.record("TCB", sorts), terms.symbol("S", PAIRS)
    predicate = terms.read(expression, View({TCB: unknown, GHOST: {"S": held}}))
    square = list(product(range(4), repeat=2))
    sheet = Sheet([predicate(terms.number(x), terms.number(y)) for x, y in square])
    for pairs, values in product(FEW, valuations(sorts, 2)):
        left = sheet.at(known(terms, unknown, sorts, tuple(values.values())), {held: pairs})
        found = {pair for pair, term in zip(square, left, strict=True) if z3.is_true(term)}
        expected = concrete(expression, 2)(row(values), (tuple(pairs),))
        assert found == set(expected) & set(square), (pairs, values)


# --- what stands beside the relation ------------------------------------------------------------------------

OF_STEPS: list[Expr] = [
    event_is(OPEN, CLOSE), event_is(CLOSE), fired("A-3", "A-4"), fired("A-1"), fired(), assigned(A), assigned(B),
    arrived(), after(A) == A, lt(A, after(A + N)), some_sent(SENT_A == A), every_sent(lt(A, SENT_A)), sent_count() == 2,
    sent_count() + 1, some_sent(after(A) == SENT_A), some_sent(after(lt(A, SENT_A))), every_sent(any_of()),
    some_sent(all_of()), CALL_A - A, any_of(negated(arrived()), lt(SEG_A, A)),
]  # fmt: skip
LAYOUT = Layout(INDEX, {"S": 0}, {"A": 0}, {"A": 0}, 3)


def steps() -> Iterator[tuple[Values, Values, tuple[int, ...] | None, Outcome]]:
    """Yield TCBs before and after, what arrived, and what happened."""
    sent = [(), ((2,),), ((6,),), ((6,), (2,)), ((5,), (6,))]
    for a, b, n, leaving, segment in product(range(8), range(0, 8, 2), (0, 3), sent, (None, (4,))):
        old, new = row({"A": a, "N": n}), row({"A": b, "N": 7 - n})
        rules, assigned_ = (("A-3", "U-1"), frozenset({"A"})) if n else ((), frozenset())
        yield old, new, segment, Outcome("OPEN" if n else "ABORT", new, rules, leaving, (), assigned_)


def step_terms(terms: Terms, old: Values, new: Values, segment: Values | None, outcome: Outcome) -> View:
    def tcb(values: Values) -> dict[str, Any]:
        return {name: terms.value(values[INDEX[name]], SORTS[name]) for name in ("A", "N")}

    arriving = {} if segment is None else {"A": terms.number(segment[0])}
    shared = {SEG: arriving or {"A": terms.symbol("nothing arrives", SEQ)}, CALL: {"A": terms.number(3)}}
    sent = tuple({"A": terms.number(fields[0])} for fields in outcome.sent)
    then = View({TCB: tcb(new), **shared})
    happened = (outcome.event, outcome.chain, outcome.assigned, sent, segment is not None)
    return View({TCB: tcb(old), **shared}, {"after": then}, *happened)


@pytest.mark.parametrize("expression", OF_STEPS, ids=str)
def test_a_formula_about_a_step_is_its_term(expression: Expr) -> None:
    terms, meaning = Terms(3), LAYOUT.on_step(expression)
    seen = set()
    for old, new, segment, outcome in steps():
        constant = z3.simplify(terms.read(expression, step_terms(terms, old, new, segment, outcome)))
        expected = meaning(step_view(old, ((),), segment, (3,), outcome))
        seen.add(expected)
        assert plain(constant, expression.sort) == expected, (old, new, segment, outcome)
    assert len(seen) > 1 or not read_by(expression), "the steps do not tell"


OF_BOTH: list[tuple[str, Expr]] = [
    ("peer", peer(A)), ("peer", lt(A, peer(A + N))), ("peer", peer(lt(A, B)) == lt(A, B)), ("before", before(A)),
    ("before", before(A) + N), ("before", smaller(N, before(N))),
]  # fmt: skip


@pytest.mark.parametrize(("word", "expression"), OF_BOTH, ids=str)
def test_peer_and_before_read_the_other_record(word: str, expression: Expr) -> None:
    terms, sorts = Terms(2), {"A": SEQ, "B": SEQ, "N": NAT}
    meaning = compiled("t, u", source(expression, Scope({TCB: "t"}, PLACES, {word: {TCB: "u"}})), 2)
    for a, b, n, other in product(range(4), repeat=4):
        here, there = {"A": a, "B": b, "N": n}, {"A": other, "B": n, "N": 3 - other}
        records = [{name: terms.value(value, sorts[name]) for name, value in end.items()} for end in (here, there)]
        view = View({TCB: records[0]}, {word: View({TCB: records[1]})})
        expected = meaning(row(here), row(there))
        assert plain(z3.simplify(terms.read(expression, view)), expression.sort) == expected, (here, there)


# --- nothing is forgotten -----------------------------------------------------------------------------------

UNSUPPORTED: dict[str, Expr] = {
    "pairs_meets_run": S.meets_run(N, M, L),
    "pairs_other_first": S.has_other_first(N, M),
    "in_flight": in_flight(SENT_A == A),
}


@pytest.mark.parametrize("op", UNSUPPORTED)
def test_what_needs_a_quantifier_is_refused_by_name(op: str) -> None:
    terms = Terms(3)
    view = View({TCB: terms.record("TCB", SORTS), GHOST: {"S": terms.symbol("S", PAIRS)}})
    with pytest.raises(NotSymbolic, match=rf"\({op}\)"):
        terms.read(UNSUPPORTED[op], view)


@pytest.mark.parametrize("shift", [after, peer, before])
def test_a_view_that_cannot_be_moved_says_so(shift: Any) -> None:
    with pytest.raises(NotSymbolic, match=rf"\({shift.__name__}\)"):
        Terms(3).read(shift(A), View({TCB: {"A": Terms(3).number(1)}}))


def test_every_operator_is_compared_or_refused() -> None:
    compared = [*OF_VALUES, *TESTS, *SETS, *OF_STEPS, *(expression for _, expression in OF_BOTH)]
    supported = {part.op for expression in compared for part in expression.walk()}
    assert supported | set(UNSUPPORTED) == set(OPERATORS)
    assert not supported & set(UNSUPPORTED)


# --- unknowns -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", range(1, 10))
def test_an_unknown_of_an_enumeration_is_one_of_its_members(size: int) -> None:
    sort, terms = enum("size", *(f"member {number}" for number in range(size))), Terms(8)
    unknown = terms.symbol("x", sort)
    sheet = Sheet([terms.in_sort(unknown, sort)])
    each = [z3.BitVecVal(number, unknown.size()) for number in range(1 << unknown.size())]
    inside = [value for value in each if z3.is_true(sheet.at([(unknown, value)])[0])]
    assert [plain(value, sort) for value in inside] == list(sort.members)
    assert [terms.value(member, sort).as_long() for member in sort.members] == list(range(size))


def test_initial_values_are_those_of_the_variables() -> None:
    variables = (Variable(E, "blue", ""), Variable(A, 9, ""), Variable(P, initial=True, meaning=""))
    record = Terms(3).initial(variables)
    assert {name: plain(term, SORTS[name]) for name, term in record.items()} == {"E": "blue", "A": 1, "P": True}
