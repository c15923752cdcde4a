"""Sorts and the values that may stand for them."""

from __future__ import annotations

import pytest

from spec.language import BOOL, NAT, PAIRS, SEQ, Sort, SpecError, enum
from spec.language.expressions import lift

COLOUR = enum("colour", "red", "green", "dark-blue")


@pytest.mark.parametrize(
    ("value", "sort", "shown"),
    [
        (True, BOOL, "true"),
        (False, BOOL, "false"),
        (0, NAT, "0"),
        (7, NAT, "7"),
        (100, SEQ, "100"),
        ("green", COLOUR, "green"),
        ((), PAIRS, "{}"),
    ],
)
def test_a_value_of_a_sort_becomes_a_constant(value: object, sort: Sort, shown: str) -> None:
    constant = lift(value, sort)
    assert (constant.op, constant.sort, constant.payload, str(constant)) == ("const", sort, value, shown)


@pytest.mark.parametrize(
    ("value", "sort", "sentence"),
    [
        (1, BOOL, "1 is not a bool: write an expression of that sort, or True or False."),
        (True, NAT, "True is not a nat: write an expression of that sort, or a whole number from 0 on."),
        (False, SEQ, "False is not a seq: write an expression of that sort, or a whole number from 0 on."),
        (-1, NAT, "-1 is not a nat: write an expression of that sort, or a whole number from 0 on."),
        (-1, SEQ, "-1 is not a seq: write an expression of that sort, or a whole number from 0 on."),
        (1.0, NAT, "1.0 is not a nat: write an expression of that sort, or a whole number from 0 on."),
        (((1, 2),), PAIRS, "((1, 2),) is not a pairs: write an expression of that sort, or ()."),
        ("gren", COLOUR, "'gren' is not a colour. Did you mean 'green'?"),
        ("DARK_BLUE", COLOUR, "'DARK_BLUE' is not a colour. Did you mean 'dark-blue'?"),
        ("xyz", COLOUR, "'xyz' is not a colour."),
    ],
)
def test_any_other_value_is_refused_in_a_sentence(value: object, sort: Sort, sentence: str) -> None:
    with pytest.raises(SpecError) as refused:
        lift(value, sort)
    assert str(refused.value) == sentence


def test_sorts_are_equal_by_name_and_members() -> None:
    assert enum("colour", "red", "green", "dark-blue") == COLOUR
    assert enum("colour", "red") != COLOUR
    assert str(SEQ) == "seq"
