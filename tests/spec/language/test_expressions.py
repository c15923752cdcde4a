"""Expressions: frozen, never a truth value, no order on sequence numbers, no `&`, and sorts that must fit."""

from __future__ import annotations

import operator
import pickle
from collections.abc import Callable

import pytest

from spec.language import (
    Expr,
    SpecError,
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
from spec.language.expressions import OPERATORS

A, B = seq_var("A"), seq_var("B")
N, M = nat_var("N"), nat_var("M")
P, Q = bool_var("P"), bool_var("Q")
S = pairs_var("S")
STATE = enum_var("STATE", enum("state", "OPEN", "SHUT"))


def refused(function: Callable[..., object], *arguments: object) -> str:
    """Return the sentence with which a call is refused."""
    with pytest.raises(SpecError) as error:
        function(*arguments)
    return str(error.value)


# --- frozen -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["op", "args", "payload", "sort", "colour"])
def test_an_expression_is_frozen(name: str) -> None:
    assert refused(setattr, A + 1, name, "x") == f"A + 1 is frozen: {name} cannot be set."
    assert refused(delattr, A + 1, name) == f"A + 1 is frozen: {name} cannot be deleted."


def test_an_expression_is_not_pickled() -> None:
    assert refused(pickle.dumps, A).startswith("Expressions are not pickled: send names across processes")


def test_an_unknown_operator_is_refused() -> None:
    assert refused(Expr, "xor", P.sort, (P, Q)) == "'xor' is not an operator of the language."


def test_every_operator_says_what_it_means() -> None:
    assert all(meaning.strip() for meaning in OPERATORS.values())


# --- never a truth value ------------------------------------------------------------------------------------

FORMULAS = [P, A == B, N < 3, negated(P), STATE == "OPEN", A, N, STATE]


@pytest.mark.parametrize("formula", FORMULAS, ids=str)
def test_a_formula_is_not_a_truth_value(formula: Expr) -> None:
    for use in (operator.truth, operator.not_, lambda x: x and P, lambda x: x or P, lambda x: 1 if x else 0):
        said = refused(use, formula)
        assert said.startswith(f"'{formula}' is a formula, not a truth value: write one condition per line")
        assert "any_of(...)" in said
        assert "negated(...)" in said


def test_a_chain_of_natural_comparisons_is_refused_too() -> None:
    assert "between(...)" in refused(lambda: 0 < N < 3)


def test_membership_in_a_python_list_is_refused_since_it_would_need_a_truth_value() -> None:
    assert "not a truth value" in refused(operator.contains, [A], B)


# --- operators that Python has and the language has not -----------------------------------------------------

ORDERS = {
    operator.lt: "lt(a, b)",
    operator.le: "leq(a, b)",
    operator.gt: "lt(b, a)",
    operator.ge: "leq(b, a)",
}
SYMBOL = {operator.lt: "<", operator.le: "<=", operator.gt: ">", operator.ge: ">="}


@pytest.mark.parametrize("order", ORDERS, ids=SYMBOL.get)
def test_there_is_no_order_on_sequence_numbers(order: Callable[[object, object], object]) -> None:
    assert refused(order, A, B) == (
        f"there is no '{SYMBOL[order]}' on 'A': sequence numbers wrap round. "
        f"Write {ORDERS[order]}, or between(a, '<', x, '=<', b) for a range."
    )


@pytest.mark.parametrize("order", ORDERS, ids=SYMBOL.get)
def test_there_is_no_order_on_conditions_and_states(order: Callable[[object, object], object]) -> None:
    for expression in (P, STATE):
        with pytest.raises(TypeError):
            order(expression, expression)


@pytest.mark.parametrize("pair", [(P, Q), (A, P), (A == B, P), (P, True), (True, P)], ids=str)
def test_there_is_no_ampersand_and_no_bar(pair: tuple[object, object]) -> None:
    assert "write one condition per line of when=, or all_of(...)" in refused(operator.and_, *pair)
    assert "write any_of(...)" in refused(operator.or_, *pair)


def test_there_is_no_tilde() -> None:
    assert refused(operator.invert, P) == "'~' is not defined on 'P': write negated(...)."


@pytest.mark.parametrize("arithmetic", [operator.mul, operator.floordiv, operator.mod], ids=str)
def test_there_is_no_other_arithmetic(arithmetic: Callable[[object, object], object]) -> None:
    for expression in (A, N, P):
        with pytest.raises(TypeError):
            arithmetic(expression, 2)


# --- what is built ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("built", "op", "sort"),
    [
        (P == Q, "eq", "bool"),
        (A != B, "not", "bool"),
        (A + 1, "seq_add", "seq"),
        (A + N, "seq_add", "seq"),
        (A - 1, "seq_sub", "seq"),
        (A - N, "seq_sub", "seq"),
        (A - B, "distance", "nat"),
        (N + 1, "nat_add", "nat"),
        (N - M, "nat_sub", "nat"),
        (N < M, "nat_lt", "bool"),
        (N <= M, "nat_leq", "bool"),
        (N > M, "nat_lt", "bool"),
        (N >= M, "nat_leq", "bool"),
        (STATE.isin(("OPEN", "SHUT")), "in", "bool"),
        (smaller(N, M), "nat_min", "nat"),
        (choose(P, N, M), "choose", "nat"),
        (count(P), "count", "nat"),
        (seq(0), "const", "seq"),
        (before(N), "before", "nat"),
        (S.with_pair(N, M), "pairs_add", "pairs"),
        (S.has(N, M), "pairs_has", "bool"),
    ],
    ids=str,
)
def test_an_operator_builds_a_node_of_its_sort(built: Expr, op: str, sort: str) -> None:
    assert (built.op, built.sort.name) == (op, sort)


def test_greater_is_smaller_turned_round() -> None:
    assert (N > M).key() == (M < N).key()
    assert (N >= M).key() == (M <= N).key()


def test_between_is_the_chain_of_the_rfc() -> None:
    assert between(A, "<", B, "=<", A + 1).key() == all_of(lt(A, B), leq(B, A + 1)).key()
    assert refused(between, A, "<=", B, "<", A) == "between() compares with '<' or '=<', not '<=', '<'."


def test_a_name_is_kept_in_print_and_changes_nothing_else() -> None:
    renamed = named("the sum", N + M)
    assert (str(renamed), renamed.sort, renamed.args[0].key()) == ("the sum", N.sort, (N + M).key())


def test_a_key_is_structural_and_equality_is_not() -> None:
    assert (A + 1).key() == (A + 1).key()
    assert (A + 1).key() != (A + 2).key()
    assert (A + 1).key() != (B + 1).key()
    assert len({A, A + 1, A}) == 2


def test_walking_goes_outermost_first() -> None:
    walked = [part.op for part in negated(lt(A, B + 1)).walk()]
    assert walked == ["not", "seq_lt", "var", "seq_add", "var", "const"]


# --- sorts that do not fit ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("function", "arguments", "sentence"),
    [
        (
            lt,
            (A, N),
            "'N' is a nat, where a seq is needed: write the number that far on, such as RCV.NXT + n.",
        ),
        (
            leq,
            (A == B, B),
            "'A = B' is a bool, where a seq is needed: write a number, such as SEG.SEQ + count(...).",
        ),
        (
            operator.lt,
            (N, A),
            "'A' is a seq, where a nat is needed: write the distance between two, such as SND.NXT - SND.UNA.",
        ),
        (operator.add, (A, P), "'P' is a bool, where a nat is needed: write count(...), which is 1 or 0."),
        (count, (N,), "'N' is a nat, where a bool is needed: compare it with something."),
        (negated, (A,), "negated(...) holds 'A', which is not a condition: compare it with something."),
        (all_of, (P, N), "all_of(...) holds 'N', which is not a condition: compare it with something."),
        (any_of, (STATE,), "any_of(...) holds 'STATE', which is not a condition: compare it with something."),
        (operator.eq, (STATE, "OPNE"), "'OPNE' is not a state. Did you mean 'OPEN'?"),
        (STATE.isin, (("OPEN", "SHTU"),), "'SHTU' is not a state. Did you mean 'SHUT'?"),
        (operator.eq, (P, A), "'A' is a seq, where a bool is needed: compare it with something."),
    ],
)
def test_a_sort_that_does_not_fit_is_refused(
    function: Callable[..., object], arguments: tuple[object, ...], sentence: str
) -> None:
    assert refused(function, *arguments) == sentence
