"""The table of expected verdicts is what comes out, and each variant is told apart from the default by it."""

from __future__ import annotations

import pytest

from checker.exits import EXIT_OK
from checker.explore.run import WorldRun
from checker.verdict import Verdict, exit_code
from checker.verify import Request, verify
from spec.environment import IsnPolicy
from spec.expected import EXPECTED, expected
from spec.properties import PROPERTIES
from spec.scenarios import SCENARIOS
from spec.variants import VARIANTS
from spec.words import FAILS, HOLDS

EVERY = tuple(PROPERTIES)


def ask(scenario: str, variant: str, isn: IsnPolicy | None = None) -> list[Verdict]:
    result = verify(Request((variant,), EVERY, SCENARIOS[scenario], isn=isn))
    return result.all


def surprises(verdicts: list[Verdict]) -> list[str]:
    return [f"{v.about.id} {v.judgement.word} {v.judgement.reason}" for v in verdicts if not v.expected]


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize("scenario", ["tutorial", "quick"])
def test_every_variant(scenario: str, variant: str) -> None:
    verdicts = ask(scenario, variant)
    assert surprises(verdicts) == []
    assert all(v.expected_word is not None and v.complete for v in verdicts)
    assert exit_code(verdicts) == EXIT_OK


@pytest.mark.parametrize("variant", ["three-way", "two-way"])
@pytest.mark.parametrize("text", ["const", "next", "clock(1)", "clock(2)", "clock(3)"])
def test_other_isn_policies(variant: str, text: str) -> None:
    kind, _, step = text.rstrip(")").partition("(")
    verdicts = ask("quick", variant, IsnPolicy(kind, int(step or 0)))
    assert surprises(verdicts) == []
    word = next(v.judgement.word for v in verdicts if v.about.id == "P-01")
    assert (word == HOLDS) == (variant == "three-way" and text not in ("const", "clock(1)"))


@pytest.fixture(scope="module")
def standard() -> list[Verdict]:
    return ask("standard", "three-way")


def test_three_way_in_the_standard_scenario(standard: list[Verdict]) -> None:
    assert surprises(standard) == []
    assert {v.about.id for v in standard if v.judgement.word == FAILS} == {"P-30b", "P-31", "P-32", "P-34"}
    elsewhere = {"P-11": "a table", "P-10": "z3's", "P-47": "z3's"}
    sockets = {"P-43", "P-48", "P-49", "P-50"}
    assert {v.about.id for v in standard} == set(EVERY) - elsewhere.keys() - sockets


def test_the_standard_worlds_have_the_pinned_size(standard: list[Verdict]) -> None:
    """A change here needs its reason in the changelog: the relation, or a world, means something else."""

    def size(run: WorldRun) -> tuple[int, int, int]:
        return run.states, run.transitions, run.depth

    runs = {run.world.name: run for verdict in standard for run in verdict.runs}
    assert {name: size(run) for name, run in runs.items()} == {
        "open-close": (49438, 190038, 20),
        "text": (128703, 438373, 26),
        "reopen": (89116, 274913, 27),
        "replay": (33052, 106396, 23),
        "simultaneous-open": (57497, 183278, 21),
        "abort": (60394, 243400, 21),
        "crash": (7589, 17349, 19),
        "early-calls": (43983, 237352, 20),
        "give-up": (59934, 199446, 24),
        "slow-reader": (68706, 210999, 27),
        "late-reader": (16142, 45800, 25),
        "last-ack": (3032, 7639, 22),
        "live-open": (605, 2017, 14),
        "live-simultaneous": (2575, 9288, 17),
        "live-reopen": (7602, 22127, 24),
        "live-close": (8226, 29527, 21),
        "live-time-wait": (3378, 8523, 23),
        "live-half-open": (2584, 6884, 19),
        "uncertain": (8772, 25320, 19),
        "under-attack": (17398, 81177, 24),
        "flooded-listener": (33, 62, 8),
    }


def test_the_table_names_only_what_exists() -> None:
    for scenario, rows in EXPECTED.items():
        assert scenario in SCENARIOS
        for key, words in rows.items():
            assert key.partition("/")[0] in VARIANTS
            assert set(words) <= set(EVERY)
    assert expected("quick", "no-such-variant", "P-01") is None


MUTANTS = ["third-syn", "rand-fin", "fin-in-ack2", "fin-in-ack4", "fw2-deaf", "auto-fin", "tw-drop-all", "isn-4ms"]


@pytest.mark.parametrize("name", MUTANTS)
def test_every_tutorial_mutant_is_noticed(name: str) -> None:
    assert EXPECTED["quick"][name] != EXPECTED["quick"]["three-way"]
