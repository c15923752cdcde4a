"""Facts: what is called impossible is impossible, what is called true is true, for every assignment of the atoms."""

from __future__ import annotations

from itertools import product
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from diagrams.facts import Facts
from spec.language import BOOL, BoolExpr, Expr, all_of, any_of, bool_var, enum, enum_var, named, negated
from spec.language.expressions import lift

ATOMS: list[BoolExpr] = [bool_var(name, "TCB") for name in "XYZ"]
COLOUR = enum_var("COLOUR", enum("colour", "red", "green", "blue"), "TCB")
MEMBERS: list[BoolExpr] = [BoolExpr("eq", BOOL, (COLOUR, lift(m, COLOUR.sort))) for m in ("red", "green", "blue")]
WORLDS = [
    {**dict(zip([a.key() for a in ATOMS], bits, strict=True)), "colour": colour}
    for bits in product((False, True), repeat=3)
    for colour in ("red", "green", "blue")
]


def formulas() -> st.SearchStrategy[BoolExpr]:
    atoms: st.SearchStrategy[BoolExpr] = st.sampled_from([*ATOMS, *MEMBERS])
    return st.recursive(
        atoms,
        lambda inner: st.one_of(
            inner.map(negated),
            inner.map(lambda formula: named("a name", formula)),
            st.lists(inner, min_size=1, max_size=3).map(lambda parts: all_of(*parts)),
            st.lists(inner, min_size=1, max_size=3).map(lambda parts: any_of(*parts)),
        ),
        max_leaves=6,
    )


def true_in(formula: Expr, world: dict[Any, Any]) -> bool:
    match formula.op:
        case "var":
            return bool(world[formula.key()])
        case "eq":
            return bool(world["colour"] == formula.args[1].payload)
        case "not":
            return not true_in(formula.args[0], world)
        case "named":
            return true_in(formula.args[0], world)
        case "and":
            return all(true_in(each, world) for each in formula.args)
        case _:
            return any(true_in(each, world) for each in formula.args)


@given(st.lists(st.tuples(formulas(), st.booleans()), max_size=4), formulas())
def test_facts_are_sound(told: list[tuple[BoolExpr, bool]], asked: BoolExpr) -> None:
    facts: Facts | None = Facts()
    worlds = WORLDS
    for formula, truth in told:
        facts = None if facts is None else facts.told(formula, truth=truth)
        worlds = [world for world in worlds if true_in(formula, world) is truth]
    if facts is None:
        assert worlds == []
        return
    answer = facts.read(asked)
    if answer is not None:
        assert all(true_in(asked, world) is answer for world in worlds)


def test_what_is_told_is_known() -> None:
    x, y, _ = ATOMS
    facts = Facts().told(all_of(x, negated(y)))
    assert facts is not None
    assert (facts.read(x), facts.read(y), facts.read(ATOMS[2])) == (True, False, None)
    assert facts.told(y) is None
    either = Facts().told(any_of(x, y), truth=False)
    assert either is not None
    assert either.read(x) is False


def test_what_is_assigned_is_open_again() -> None:
    x, y, _ = ATOMS
    facts = Facts().all_told([x, y, MEMBERS[0]])
    assert facts is not None
    assert facts.members(COLOUR) == "red"
    assert facts.read(MEMBERS[1]) is False
    left = facts.assigned([x, COLOUR])
    assert (left.read(x), left.read(y), left.members(COLOUR)) == (None, True, None)
