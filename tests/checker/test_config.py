"""What the user asked for: flags over pyproject.toml over defaults, and one sentence for whatever is wrong."""

from __future__ import annotations

from argparse import Namespace
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from checker import config, run_prove
from checker.config import Options, options, request
from checker.explore.graph import Limits
from checker.usage import UsageError
from checker.verify import DEFAULT_VARIANTS
from spec.attackers import Attacker
from spec.environment import IsnPolicy, World
from spec.matrices import MATRICES
from spec.properties import PROPERTIES
from spec.scenarios import SCENARIOS
from spec.time_wait import TimeWait
from spec.variants import VARIANTS

NAMES = [field.name for field in fields(Options)]


def chosen(folder: Path, file: str = "", /, **flags: Any) -> Options:
    """Return the options with these flags, started in a folder whose pyproject.toml has this text."""
    if file:
        (folder / "pyproject.toml").write_text(file, encoding="utf-8")
    return options(Namespace(**flags), folder)


def refused(folder: Path, file: str = "", /, **flags: Any) -> str:
    """Return the sentence that refuses these flags and this pyproject.toml."""
    with pytest.raises(UsageError) as caught:
        chosen(folder, file, **flags)
    return str(caught.value)


def test_without_flags_and_file_the_defaults_hold(tmp_path: Path) -> None:
    assert chosen(tmp_path) == Options()
    assert Options().variant == DEFAULT_VARIANTS
    assert set(Options().variant) <= set(VARIANTS)
    assert Options().scenario in SCENARIOS


def test_flags_win_over_the_file_and_the_file_over_defaults(tmp_path: Path) -> None:
    file = '[tool.synproof]\nscenario = "quick"\ncapacity = 2\nvariant = "two-way"\n'
    assert chosen(tmp_path, file) == Options(variant=("two-way",), scenario="quick", capacity=2)
    assert chosen(tmp_path, file, capacity=5, variant=["three-way"]) == Options(
        variant=("three-way",), scenario="quick", capacity=5
    )


def test_the_nearest_file_above_is_read(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("[tool.synproof]\ncapacity = 2\n")
    inner = tmp_path / "a" / "b"
    inner.mkdir(parents=True)
    assert options(Namespace(), inner).capacity == 2
    (tmp_path / "a" / "pyproject.toml").write_text("[tool.other]\n")
    assert options(Namespace(), inner).capacity is None


@pytest.mark.parametrize("name", ["loss", "dup", "retransmissions", "crashes", "user_timeouts"])
def test_a_budget_of_zero_is_a_budget(tmp_path: Path, name: str) -> None:
    asked = request(chosen(tmp_path, scenario="quick", **{name: 0}))
    budget = {"loss": "losses", "dup": "duplicates"}.get(name, name)
    assert asked.changed
    assert {getattr(world.faults, budget) for world in asked.scenario.worlds} == {0}


@pytest.mark.parametrize(
    "name", ["capacity", "incarnations", "window", "max_states", "max_memory", "timeout", "seq_bits", "msl"]
)
def test_zero_is_refused_where_it_means_nothing(tmp_path: Path, name: str) -> None:
    assert refused(tmp_path, **{name: 0}).startswith(f"--{name.replace('_', '-')}: must be a number from ")


def test_a_flag_that_is_not_given_leaves_the_file_alone(tmp_path: Path) -> None:
    file = "[tool.synproof]\nfail-fast = true\nloss = 2\n"
    assert chosen(tmp_path, file, fail_fast=False, loss=None) == Options(fail_fast=True, loss=2)


# --- names --------------------------------------------------------------------------------------------------------


def test_names_are_found_whatever_their_case_and_once_each(tmp_path: Path) -> None:
    assert chosen(tmp_path, property=["p-01", "P-02", "P-01"]).property == ("P-01", "P-02")
    assert chosen(tmp_path, variant=["Two-Way"]).variant == ("two-way",)


def test_all_means_every_name_also_beside_others(tmp_path: Path) -> None:
    assert chosen(tmp_path, variant=["all"]).variant == tuple(VARIANTS)
    assert chosen(tmp_path, property=["P-01", "all"]).property == tuple(PROPERTIES)


@pytest.mark.parametrize(
    ("flags", "sentence"),
    [
        ({"variant": ["towway"]}, "variant 'towway' does not exist. Did you mean 'two-way'? 'list' shows all."),
        ({"property": ["P01"]}, "property 'P01' does not exist. Did you mean 'P-01'? 'list' shows all."),
        ({"scenario": "quik"}, "scenario 'quik' does not exist. Did you mean 'quick'? 'list' shows all."),
        ({"scenario": "zzz"}, "scenario 'zzz' does not exist. 'list' shows all."),
        ({"format": "xml"}, "--format: must be one of text, json, github, not 'xml'."),
        ({"network": "ring"}, "--network: must be one of bag, set, fifo, not 'ring'."),
        ({"capacity": 17}, "--capacity: must be a number from 1 to 16, not 17."),
        ({"seq_bits": 1}, "--seq-bits: must be a number from 4 to 64, not 1."),
        ({"timeout": float("nan")}, "--timeout: must be a number from 1 to 10,000,000, not nan."),
        ({"dup": -1}, "--dup: must be a number from 0 to 200, not -1."),
        ({"msl": 0}, "--msl: must be a number from 1 to 8, not 0."),
        ({"reduce": "dead,turn"}, "--reduce: must be none or some of dead, swap, not 'dead,turn'."),
        ({"msl": 9}, "--msl: must be a number from 1 to 8, not 9."),
    ],
    ids=str,
)
def test_a_wrong_flag_is_named_with_what_is_right(tmp_path: Path, flags: dict[str, Any], sentence: str) -> None:
    assert refused(tmp_path, **flags) == sentence


SAVING = {"fingerprints": True, "reduce": "dead,swap"}

# --- the file -----------------------------------------------------------------------------------------------------

WRONG_VALUES: dict[str, tuple[str, ...]] = {
    "variant": ("3", "[3]", "[]", '"nobody"'),
    "property": ("true", '["P-01", 2]', "[]", '"P-99"'),
    "scenario": ("1", '["quick"]', '"nowhere"'),
    "format": ("1", '["text"]', '"xml"'),
    "isn": ("5", '"clock:x"', "[]"),
    "fairness": ("5", '"FC FT"', '["FC"]', '""'),
    "time_wait": ("2", '"5"', "true", "[2]"),
    "attacker": ("1", '"mallory"', '["blind"]', '"blind:0"'),
    "network": ("1", '"ring"'),
    "fail_fast": ('"yes"', "1"),
    "fingerprints": ('"yes"', "1"),
    "reduce": ("true", '"turn"', '""', '["dead"]'),
    "timeout": ('"10"', "true", "nan", "inf", "0"),
}


def wrong_values() -> list[tuple[str, str]]:
    number = ('"1"', "true", "1.5", "-1", "[1]", "{}", "99999999999999999999")
    return [(name, value) for name in NAMES for value in WRONG_VALUES.get(name, number)]


@pytest.mark.parametrize(("name", "value"), wrong_values())
def test_a_wrong_value_in_the_file_is_refused(tmp_path: Path, name: str, value: str) -> None:
    key = name.replace("_", "-")
    sentence = refused(tmp_path, f"[tool.synproof]\n{key} = {value}\n")
    assert "\n" not in sentence
    assert f"pyproject.toml: [tool.synproof] {key}: must be " in sentence or "does not exist." in sentence


def test_an_unknown_key_is_refused_with_the_nearest(tmp_path: Path) -> None:
    sentence = refused(tmp_path, "[tool.synproof]\ncapacty = 1\n")
    assert sentence == (
        f"{tmp_path / 'pyproject.toml'}: [tool.synproof] has no key 'capacty'. Did you mean 'capacity'?"
    )


@pytest.mark.parametrize(
    "text",
    ["[tool.synproof", "x = [" + "[" * 20000, f"x = {'9' * 5000}", "a = 1\na = 2\n", "[tool.synproof]\nloss = \x00"],
    ids=["broken", "deep", "a long number", "twice", "binary"],
)
def test_a_file_that_is_no_toml_is_refused(tmp_path: Path, text: str) -> None:
    sentence = refused(tmp_path, text)
    assert sentence.startswith(f"{tmp_path / 'pyproject.toml'}: cannot be read: ")
    assert "\n" not in sentence


def test_a_file_that_is_not_utf_8_is_refused(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_bytes(b"\xff\xfe\x00")
    assert refused(tmp_path).startswith(f"{tmp_path / 'pyproject.toml'}: cannot be read: ")


@pytest.mark.parametrize("text", ["tool = 3", "[tool]\nsynproof = 3", "[[tool]]\n", "[[tool.synproof]]\n"])
def test_a_tool_that_is_no_table_is_refused(tmp_path: Path, text: str) -> None:
    assert refused(tmp_path, text) == f"{tmp_path / 'pyproject.toml'}: tool.synproof must be a table of options."


# --- the request --------------------------------------------------------------------------------------------------


def test_bounds_change_every_world_and_say_so(tmp_path: Path) -> None:
    flags = {"network": "fifo", "capacity": 2, "incarnations": 3, "seq_bits": 8, "window": 7}
    asked = request(chosen(tmp_path, **flags))
    assert asked.changed
    for world in asked.scenario.worlds:
        assert (world.network.kind, world.network.capacity) == ("fifo", 2)
        assert (world.incarnations, world.seq_bits, world.window) == ((3, 3), 8, 7)


def test_without_bounds_the_scenario_is_the_named_one(tmp_path: Path) -> None:
    limits = {"max_states": 5, "max_memory": 6, "timeout": 7.5, **SAVING}
    asked = request(chosen(tmp_path, scenario="deep", fail_fast=True, **limits))
    assert asked.scenario == SCENARIOS["deep"]
    assert not asked.changed
    assert asked.fail_fast
    assert asked.limits == Limits(5, 7.5, 6, fingerprints=True, reductions=("dead", "swap"))
    assert asked.properties == tuple(PROPERTIES)
    assert asked.matrices == tuple(MATRICES["deep"].values())


def test_a_scenario_without_tables_asks_for_none(tmp_path: Path) -> None:
    assert "tutorial" not in MATRICES
    assert request(chosen(tmp_path, scenario="tutorial")).matrices == ()


def test_an_isn_policy_leaves_the_tables_out(tmp_path: Path) -> None:
    asked = request(chosen(tmp_path, isn="clock:2"))
    assert (asked.isn, asked.matrices, asked.changed) == (IsnPolicy("clock", 2), (), False)


WORLD_FLAGS: dict[str, Any] = {
    "network": "bag", "capacity": 3, "loss": 0, "dup": 0, "retransmissions": 0, "crashes": 0, "user_timeouts": 0,
    "incarnations": 1, "seq_bits": 32, "window": 4, "msl": 2, "time_wait": "untimed", "attacker": "none",
}  # fmt: skip


@pytest.mark.parametrize("name", WORLD_FLAGS)
def test_every_bound_leaves_the_tables_and_the_expected_verdicts_out(tmp_path: Path, name: str) -> None:
    asked = request(chosen(tmp_path, **{name: WORLD_FLAGS[name]}))
    assert (asked.changed, asked.matrices) == (True, ())


# --- clocks, attackers, fairness ----------------------------------------------------------------------------------


def worlds(folder: Path, /, **flags: Any) -> tuple[World, ...]:
    """Return the worlds to be explored with these flags."""
    return request(chosen(folder, **flags)).scenario.worlds


def test_an_msl_gives_every_bag_a_clock(tmp_path: Path) -> None:
    for world in worlds(tmp_path, scenario="quick", msl=5):
        assert world.network.lifetime == (5 if world.network.kind == "bag" else None)


def test_a_time_wait_changes_the_worlds_that_can_measure_it(tmp_path: Path) -> None:
    untouched, wait = SCENARIOS["quick"].worlds, TimeWait(1, "fin")
    changed = worlds(tmp_path, scenario="quick", time_wait="1:fin")
    assert {world.time_wait for world in changed} == {wait, None}
    for before, after in zip(untouched, changed, strict=True):
        assert after.time_wait == (None if before.network.lifetime is None else wait)
    assert {w.time_wait for w in worlds(tmp_path, scenario="quick", time_wait="1:fin", network="bag", msl=2)} == {wait}


@pytest.mark.parametrize(("word", "length"), [("infinite", TimeWait(None)), ("untimed", None)])
def test_a_time_wait_that_nothing_measures_is_for_every_world(
    tmp_path: Path, word: str, length: TimeWait | None
) -> None:
    assert {world.time_wait for world in worlds(tmp_path, time_wait=word)} == {length}


@pytest.mark.parametrize("network", ["fifo", "set"])
def test_a_network_in_which_nothing_ages_has_no_clock(tmp_path: Path, network: str) -> None:
    for world in worlds(tmp_path, network=network):
        assert (world.network.lifetime, world.time_wait, world.quiet_time) == (None, None, False)


def test_an_attacker_is_in_every_world_also_beside_a_clock(tmp_path: Path) -> None:
    found = worlds(tmp_path, scenario="quick", attacker="on-path:2", time_wait="2")
    assert {world.attacker for world in found} == {Attacker("on-path", 2)}
    assert {world.attacker for world in worlds(tmp_path, scenario="quick", attacker="none")} == {None}


def test_fairness_is_the_request_s_and_changes_no_world(tmp_path: Path) -> None:
    asked = request(chosen(tmp_path, fairness="ft,FC"))
    assert (asked.fairness, asked.changed, asked.scenario) == (("FT", "FC"), False, SCENARIOS["standard"])
    assert request(chosen(tmp_path, fairness="none")).fairness == ()
    assert request(chosen(tmp_path)).fairness is None


@pytest.mark.parametrize("flags", [{"network": "fifo"}, {"network": "set"}, {"scenario": "tutorial"}], ids=str)
def test_a_clock_that_no_world_can_have_is_refused(tmp_path: Path, flags: dict[str, Any]) -> None:
    name = flags.get("scenario", "standard")
    for flag, value, sentence in (
        (
            "msl",
            2,
            f"--msl: segments age only in a bag, which no world of {name} is now: give --network bag too, not 2 alone.",
        ),
        (
            "time_wait",
            "1:fin",
            f"--time-wait: no world of {name} has a clock now: give --msl and --network bag too, not '1:fin' alone.",
        ),
    ):
        with pytest.raises(UsageError) as caught:
            request(chosen(tmp_path, **flags, **{flag: value}))
        assert str(caught.value) == sentence


def test_the_tutorial_s_channel_can_be_given_a_clock(tmp_path: Path) -> None:
    (world,) = worlds(tmp_path, scenario="tutorial", network="bag", msl=3, time_wait="2")
    assert (world.network.lifetime, world.wait_ticks) == (3, 6)


def test_a_bare_python_is_told_what_endless_runs_need(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(config, "find_spec", lambda _: None)
    for scenario in ("standard", "quick"):
        with pytest.raises(UsageError, match="P-27: endless runs need the packages numpy and scipy"):
            request(chosen(tmp_path, scenario=scenario))
        assert request(chosen(tmp_path, scenario=scenario, property=["P-01"])).properties == ("P-01",)
    assert request(chosen(tmp_path, scenario="tutorial")).properties == tuple(PROPERTIES)


def test_which_engine_and_which_variants_it_is_asked_may_stand_in_the_file(tmp_path: Path) -> None:
    file = '[tool.synproof]\nengine = "z3"\nvariant = "rfc793"\nproperty = "P-06"\n'
    found = chosen(tmp_path, file)
    assert found.engine == "z3"
    assert run_prove.engine_request(found).of == (("rfc793", ("P-06",)),)
    assert [name for name, _ in run_prove.engine_request(chosen(tmp_path, "[tool.synproof]")).of] == [
        "three-way",
        "two-way",
    ]
