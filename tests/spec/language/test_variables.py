"""Variables: how they are assigned, and the groups of names that SND and RCV are."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from spec.language import SEG, SENT, SpecError, bool_var, enum, enum_var, name_of, nat_var, pairs_var, seq_var
from spec.vocabulary import ISS, RCV, SND

A = seq_var("SND.A")
N = nat_var("N")
P = bool_var("P")
STATE = enum_var("STATE", enum("state", "OPEN", "SHUT"))
HISTORY = pairs_var("HISTORY")


def refused(function: Callable[..., object], *arguments: object) -> str:
    """Return the sentence with which a call is refused."""
    with pytest.raises(SpecError) as error:
        function(*arguments)
    return str(error.value)


def test_becomes_is_an_assignment_and_changes_nothing() -> None:
    update = A.becomes(A + 1)
    assert (update.variable, str(update), str(A)) == (A, "SND.A <- SND.A + 1", "SND.A")
    assert str(N.becomes(0)) == "N <- 0"
    assert str(P.becomes(N == 0)) == "P <- N = 0"
    assert str(STATE.becomes("SHUT")) == "STATE <- SHUT"
    assert str(HISTORY.becomes(HISTORY.with_pair(N, N))) == "HISTORY <- add(HISTORY, N, N)"


@pytest.mark.parametrize(
    ("assign", "value", "sentence"),
    [
        (A.becomes, P, "'P' is a bool, where a seq is needed: write a number, such as SEG.SEQ + count(...)."),
        (
            A.becomes,
            True,
            "True is not a seq: write an expression of that sort, or a whole number from 0 on.",
        ),
        (N.becomes, -1, "-1 is not a nat: write an expression of that sort, or a whole number from 0 on."),
        (P.becomes, N, "'N' is a nat, where a bool is needed: compare it with something."),
        (STATE.becomes, "OPNE", "'OPNE' is not a state. Did you mean 'OPEN'?"),
    ],
)
def test_a_value_of_another_sort_is_refused(assign: Callable[[object], object], value: object, sentence: str) -> None:
    said = refused(assign, value)
    assert said.endswith(f" <- {value}: {sentence}")


@pytest.mark.parametrize("owner", [SEG, SENT, "CALL"])
def test_only_an_endpoints_own_variables_are_assigned(owner: str) -> None:
    assert refused(seq_var("SEQ", owner).becomes, A) == (
        f"{owner}.SEQ cannot be assigned: a rule changes the endpoint's own variables only, such as RCV.NXT."
    )


def test_a_misspelt_name_is_refused_with_the_nearest_one() -> None:
    assert refused(getattr, RCV, "NEXT") == "RCV has no 'NEXT'. Did you mean 'NXT'?"
    assert refused(getattr, SND, "ONA") == "SND has no 'ONA'. Did you mean 'UNA'?"
    assert refused(getattr, SND, "qqq") == "SND has no 'qqq'."
    assert not hasattr(RCV, "NEXT")


def test_a_name_of_the_language_cannot_be_set() -> None:
    assert refused(setattr, SND, "UNA", A) == "SND.UNA is a name of the language and cannot be set."


def test_names_are_spelled_as_the_rfc_spells_them() -> None:
    assert [name_of(v) for v in (SND.UNA, SND.NXT, RCV.NXT, RCV.WND, ISS)] == [
        "SND.UNA", "SND.NXT", "RCV.NXT", "RCV.WND", "ISS",
    ]  # fmt: skip
