"""Z-1, Z-9 and Z-10: the numbers of clocks and waits, checked again by plain arithmetic."""

from __future__ import annotations

from fractions import Fraction
from functools import cache

import pytest
import z3

from checker.symbolic import clocks
from checker.symbolic.proof import PROVED, REFUTED, Proof


@cache
def answered(query: str) -> Proof:
    return clocks.CLOCKS[query](32)


def shown(line: str) -> dict[str, Fraction]:
    pairs = [part.split(" = ") for part in line.split(": ", 1)[1].split(", ")]
    return {name: Fraction(value) for name, value in pairs}


def line(query: str, start: str) -> str:
    return next(line for line in answered(query).witness if line.startswith(start))


def test_the_isn_clock_has_the_periods_of_plain_arithmetic() -> None:
    period = 2**32 * 4 / 1e6
    assert f"{period:.2f} s = {period / 3600:.3f} h" == "17179.87 s = 4.772 h"
    assert f"{period:.2f} s = {period / 3600:.3f} h" in line("Z-1", "4 microseconds")
    assert f"{4.55 * 3600 / 2**32 * 1e6:.4f}" in line("Z-1", "4.55 h")
    assert f"{2**32 / 2**18 / 3600:.4f} h" in line("Z-1", "2^18")
    assert f"{2**32 * 4 / 1e3 / 86400:.2f} days" in line("Z-1", "4 milliseconds")
    assert f"{2**32 * 8 / 1e10:.2f} s" in line("Z-1", "10 Gb/s")


@pytest.mark.parametrize(
    ("mode", "slow_old", "slow_new", "short"),
    [
        ("F1", True, True, False),
        ("F2", True, True, False),
        ("F3", False, True, True),
        ("F4", False, True, True),
        ("only the new one", True, False, True),
    ],
)
def test_incarnations_share_a_number_when_a_premise_is_missing(
    mode: str, *, slow_old: bool, slow_new: bool, short: bool
) -> None:
    case = shown(line("Z-1", mode))
    assert 0 <= case["sent"] <= case["end"] <= case["opens"] <= case["now"] < case["sent"] + case["MSL"]
    assert case["new"] - case["old"] == 2**32 * case["laps"]
    assert (case["old"] <= case["sent"]) is slow_old
    assert (case["new"] <= case["now"]) is slow_new
    assert (case["end"] + case["MSL"] <= 2**32) is short


def test_two_msl_is_the_shortest_time_wait() -> None:
    proof = answered("Z-9")
    assert proof.verdict == PROVED
    assert "exactly if T < 2 MSL" in proof.says
    below = shown(line("Z-9", "T below"))
    assert below["sent"] <= below["the peer ends"] < below["MSL"]
    assert below["T"] * 10 == below["MSL"] * 19
    assert below["sent"] <= below["T"] < below["sent"] + below["MSL"]


def test_no_time_wait_is_long_enough_if_it_is_not_restarted() -> None:
    late = shown(line("Z-9", "the last segment sent later"))
    assert 0 < late["last"] < late["T"] == 10 * late["MSL"]
    assert late["last"] <= late["the peer ends"] < late["last"] + late["MSL"]
    assert late["sent"] <= late["T"] < late["sent"] + late["MSL"]


def test_losses_move_the_bound_as_the_retransmission_timer_backs_off() -> None:
    proof = answered("Z-10")
    assert proof.verdict == PROVED
    for k in clocks.LOSSES:
        assert f"c = {2**k - 1} for k = {k}" in proof.says
    first = next(k for k in range(1, 20) if 2**k - 1 > 120)
    assert f"2 MSL does not cover {first} losses" in proof.says
    missed = shown(line("Z-10", f"{first} losses"))
    again = (2**first - 1) * missed["RTO"]
    assert again <= missed["arrives"] < again + missed["MSL"]
    assert missed["arrives"] >= missed["entered"] + missed["T"]


def test_the_core_names_the_premises_that_are_needed() -> None:
    core = line("Z-10", "needed for that")
    assert "T >= MSL + 3 RTO" in core
    assert "RTO > 0" not in core
    assert "the FIN is received within an MSL" not in core


def test_a_bound_that_is_wrong_is_refuted() -> None:
    case = clocks.Case("Z-9", clocks.LINEAR)
    wait, msl = z3.Reals("T MSL")
    case.cannot("T is at least 2 MSL", [msl > 0, wait * 2 >= msl * 3], wait < 2 * msl)
    proof = case.proof("never")
    assert (proof.verdict, proof.says) == (REFUTED, "Not as claimed: T is at least 2 MSL (sat).")


def test_a_number_that_is_not_fixed_is_refuted() -> None:
    case = clocks.Case("Z-1", clocks.LINEAR)
    period = z3.Real("period")
    case.number("the period", [period > 1], period)
    assert case.proof("").verdict == REFUTED


def test_a_premise_that_cannot_hold_is_not_taken_for_a_proof() -> None:
    case = clocks.Case("Z-9", clocks.LINEAR)
    wait = z3.Real("T")
    case.cannot("nothing", [wait < 0, wait > 0], wait == 1)
    assert case.proof("").verdict == REFUTED
