"""The tables of spec/matrices.py, worked out: the words are the expected ones, the lengths are pinned."""

from __future__ import annotations

from pathlib import Path

import pytest

from checker.report.style import Style
from checker.report.text import matrix_table
from checker.verdict import exit_code
from checker.verify import Request, Table, verify
from spec.environment import IsnPolicy, Scenario
from spec.matrices import MATRICES, expected_of_policy
from spec.words import FAILS, HOLDS, VACUOUS

README = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
NOTHING = Scenario("nothing", "No worlds but the tables'.", ())


def worked_out(name: str, scenario: str = "standard") -> Table:
    matrix = MATRICES[scenario][name]
    result = verify(Request(("three-way",), (matrix.about,), NOTHING, matrices=(matrix,)))
    assert [v for v in result.all if not v.expected] == []
    assert exit_code(result.all) == 0
    (table,) = result.tables
    assert table.cells.keys() == matrix.cells.keys()
    return table


def figures(table: Table) -> dict[str, list[str | int | None]]:
    """Return the table row by row: a word, or the length of the shortest run that fails."""
    rows: dict[str, list[str | int | None]] = {}
    for (row, _), verdict in table.cells.items():
        judgement = verdict.judgement
        rows.setdefault(row, []).append(judgement.steps if judgement.word == FAILS else judgement.word)
    return rows


def test_the_network_is_drained_only_by_two_msl_rearmed_by_any_emission() -> None:
    table = worked_out("time-wait-drained")
    printed = matrix_table(table, Style(colour=False)).splitlines()
    assert [line for line in printed if f"    {line}" not in README.splitlines()] == []
    assert figures(table) == {
        "0 MSL, letter": [HOLDS, 12, 12],
        "0 MSL, fin": [HOLDS, 12, 12],
        "0 MSL, any emission": [HOLDS, 12, 12],
        "1 MSL, letter": [HOLDS, 15, 15],
        "1 MSL, fin": [HOLDS, 15, 15],
        "1 MSL, any emission": [HOLDS, 15, 15],
        "2 MSL, letter": [HOLDS, 18, 18],
        "2 MSL, fin": [HOLDS, 18, 18],
        "2 MSL, any emission": [HOLDS, HOLDS, HOLDS],
        "for ever": [VACUOUS, VACUOUS, VACUOUS],
        "untimed": [HOLDS, 12, 12],
    }


def test_one_msl_outlives_last_ack_if_nothing_is_lost_and_no_length_does_if_the_last_ack_is() -> None:
    assert figures(worked_out("time-wait-last-ack")) == {
        "0 MSL": [9, 11, 9, 11],
        "1 MSL": [HOLDS, HOLDS, 14, 16],
        "2 MSL": [HOLDS, HOLDS, 17, 20],
        "for ever": [VACUOUS, HOLDS, VACUOUS, HOLDS],
        "untimed": [9, 11, 9, 11],
    }


@pytest.mark.parametrize(("variant", "margin"), [("three-way", 2), ("srcvd-ack-793", 3)])
def test_p_01_holds_exactly_from_an_advance_of_octets_plus_a_margin(variant: str, margin: int) -> None:
    table = worked_out(f"isn-{variant}")
    assert len(table.cells) == 21
    for (octets, policy), verdict in table.cells.items():
        step = {"const": 0, "fresh": 99}.get(policy) if "(" not in policy else int(policy.partition("(")[2][:-1])
        assert step is not None
        assert verdict.judgement.word == (HOLDS if step >= int(octets) + margin else FAILS), (octets, policy)


def test_a_quiet_time_does_for_old_text_what_a_fresh_isn_does() -> None:
    assert figures(worked_out("quiet-time")) == {"const": [14, HOLDS], "fresh": [HOLDS, HOLDS]}


def test_numbers_come_round_where_a_copy_outlives_them() -> None:
    assert figures(worked_out("wrapping")) == {
        "4 bits, a copy stays": [20],
        "5 bits, a copy stays": [HOLDS],
        "4 bits, no copy": [HOLDS],
        "4 bits, in order": [HOLDS],
    }


def test_rfc_5961_helps_against_an_attacker_off_the_path_unless_text_is_held() -> None:
    assert figures(worked_out("attackers")) == {
        "three-way": [HOLDS, 5],
        "rst-in-window": [5, 5],
        "syn-reset": [5, 5],
        "ack-range": [HOLDS, 5],
        "hold": [5, 5],
    }


def test_a_policy_that_takes_up_where_the_last_one_ended_is_not_fresh() -> None:
    assert expected_of_policy("three-way", IsnPolicy("next"), 0) == FAILS


def test_the_deep_scenario_asks_for_three_retransmissions_too() -> None:
    assert MATRICES["deep"]["time-wait-drained"].columns == ("0", "1", "2", "3")
