"""Amounts: numbers as formulas of the window W, the flight F and the number space M."""

from __future__ import annotations

import pytest

from spec.attackers import BLIND, FORGED
from spec.properties.blind import GUESSES, Amount


@pytest.mark.parametrize(
    ("amount", "text", "number"),
    [
        (Amount(), "0", 0),
        (Amount(plain=1), "1", 1),
        (Amount(window=1), "W", 4),
        (Amount(half=2), "M", 128),
        (Amount(plain=1, flight=1, half=1), "M/2 + F + 1", 67),
        (Amount(window=2, flight=3, half=4), "4 M/2 + 2 W + 3 F", 270),
    ],
)
def test_an_amount_reads_as_a_formula_and_has_a_value(amount: Amount, text: str, number: int) -> None:
    assert str(amount) == text
    assert amount.at(window=4, flight=2, bits=7) == number


def test_what_is_counted_is_what_a_blind_attacker_forges() -> None:
    guessed = {"SEQ": 0, "ACK": 0, "WND": 0}
    forged = [{name: v.payload for name, v in m.fields.items() if name not in guessed} for m in FORGED[BLIND]]
    plain = {name: False if name.endswith(" bit") else 0 for name in forged[0]}
    assert [{**plain, **guess.fields} for guess in GUESSES.values()] == forged
