"""`explain` knows what captures are held against beside a variant's rules: freedoms, tolerances, and their rules."""

from __future__ import annotations

import pytest

from checker import show
from checker.usage import UsageError
from spec.freedoms import GRANTED
from spec.tolerances import TOLERATED


@pytest.mark.parametrize("choice", [*GRANTED, *TOLERATED.values()], ids=lambda choice: choice.name)
def test_freedoms_and_tolerances_are_explained_by_name(choice: object) -> None:
    name, sentence, cite = (getattr(choice, field) for field in ("name", "sentence", "cite"))
    told = show.explain(name, "three-way")
    assert told.startswith(name)
    assert cite in told
    assert sentence.split()[-1] in told


@pytest.mark.parametrize(
    ("rule", "words"), [("U-22a", "An ABORT sends a reset with an ACK"), ("x-2", "whatever its SEQ")]
)
def test_so_are_their_rules(rule: str, words: str) -> None:
    assert words in show.explain(rule, "three-way")


@pytest.mark.parametrize("variant", ["three-way", "tw-recycle", "tfo", "rfc793"])
def test_what_is_not_there_is_refused_whatever_the_variant(variant: str) -> None:
    with pytest.raises(UsageError, match="is neither a rule of"):
        show.explain("Q-1234", variant)
