"""What the user asked for: flags over pyproject.toml over defaults, and one sentence for whatever is wrong."""

from __future__ import annotations

from argparse import Namespace
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from checker.config import Options, options, policy, request
from checker.usage import UsageError
from checker.verify import DEFAULT_VARIANTS
from spec.environment import IsnPolicy
from spec.properties import PROPERTIES
from spec.scenarios import SCENARIOS
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
    "name", ["capacity", "incarnations", "window", "max_states", "max_memory", "timeout", "seq_bits"]
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
    ],
    ids=str,
)
def test_a_wrong_flag_is_named_with_what_is_right(tmp_path: Path, flags: dict[str, Any], sentence: str) -> None:
    assert refused(tmp_path, **flags) == sentence


# --- ISN policies -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["fresh", "next", "const"])
def test_a_policy_is_a_word(kind: str) -> None:
    assert policy(kind, "--isn") == IsnPolicy(kind)


@pytest.mark.parametrize("step", [0, 1, 12345])
def test_or_a_clock_with_its_step(step: int) -> None:
    assert policy(f"clock:{step}", "--isn") == IsnPolicy("clock", step)


@pytest.mark.parametrize(
    "text",
    ["", "clock", "clock:", "clock:x", "clock:-1", "clock:1.5", "clock:²", "clock:٣", "fresh:1", "clok:1", "FRESH"],
)
def test_any_other_policy_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match=r"^--isn: must be fresh, next, const or clock:K with a number K, not '.*'\.$"):
        policy(text, "--isn")


def test_a_clock_with_thousands_of_digits_is_refused() -> None:
    with pytest.raises(UsageError, match="must be fresh"):
        policy(f"clock:{'9' * 5000}", "--isn")


# --- the file -----------------------------------------------------------------------------------------------------

WRONG_VALUES: dict[str, tuple[str, ...]] = {
    "variant": ("3", "[3]", "[]", '"nobody"'),
    "property": ("true", '["P-01", 2]', "[]", '"P-99"'),
    "scenario": ("1", '["quick"]', '"nowhere"'),
    "format": ("1", '["text"]', '"xml"'),
    "isn": ("5", '"clock:x"', "[]"),
    "network": ("1", '"ring"'),
    "fail_fast": ('"yes"', "1"),
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
    for world in (*asked.scenario.worlds, *asked.scenario.sweep):
        assert (world.network.kind, world.network.capacity) == ("fifo", 2)
        assert (world.incarnations, world.seq_bits, world.window) == ((3, 3), 8, 7)


def test_without_bounds_the_scenario_is_the_named_one(tmp_path: Path) -> None:
    asked = request(chosen(tmp_path, scenario="deep", max_states=5, max_memory=6, timeout=7.5, fail_fast=True))
    assert asked.scenario == SCENARIOS["deep"]
    assert not asked.changed
    assert (asked.limits.states, asked.limits.memory, asked.limits.seconds) == (5, 6, 7.5)
    assert asked.fail_fast
    assert asked.properties == tuple(PROPERTIES)
    assert asked.sweep


def test_an_isn_policy_replaces_the_sweep_over_policies(tmp_path: Path) -> None:
    asked = request(chosen(tmp_path, isn="clock:2"))
    assert (asked.isn, asked.sweep, asked.changed) == (IsnPolicy("clock", 2), False, False)
