"""The catalogue of hazards as data: complete, cited, and nothing in it that has to be computed."""

from __future__ import annotations

import re

import pytest

from spec.hazards import HAZARDS, MUST_HOLD, REACHES, VIOLATES, Experiment, Hazard, Switch
from spec.hazards.half_open import TWO_WAY_SILENT
from spec.hazards.worlds import OPEN_CLOSE
from spec.properties import PROPERTIES
from spec.variants import VARIANTS
from spec.world_data import world_from_data, world_to_data

ASKED: dict[str, Experiment] = {
    hazard.id: hazard.experiment for hazard in HAZARDS.values() if hazard.experiment is not None
}


def test_the_catalogue_has_every_number_up_to_52_once() -> None:
    assert list(HAZARDS) == [f"H-{number:02}" for number in range(1, 53)]


def test_most_can_be_asked_of_the_model() -> None:
    assert len(ASKED) >= 45


@pytest.mark.parametrize("hazard", HAZARDS.values(), ids=lambda hazard: hazard.id)
def test_a_hazard_has_a_name_a_sentence_and_a_source(hazard: Hazard) -> None:
    assert 0 < len(hazard.name) <= 44
    assert hazard.title.endswith(".")
    assert re.search(r"RFC [0-9]+|draft-|\([12][0-9]{3}\)|Linux", hazard.cite)


@pytest.mark.parametrize("name", ASKED)
def test_an_experiment_names_what_exists(name: str) -> None:
    asked = ASKED[name]
    assert asked.kind in (VIOLATES, REACHES, MUST_HOLD)
    assert asked.variant in (*VARIANTS.values(), TWO_WAY_SILENT)
    assert asked.about is PROPERTIES.get(asked.about.id, asked.about)
    assert asked.about.id in (*PROPERTIES, name)
    assert (asked.recovery is not None) == (asked.kind == MUST_HOLD)
    assert all(part.kind == "sometimes" for part in asked.asked.parts) == (asked.kind == REACHES) or asked.about.graph
    assert world_from_data(world_to_data(asked.world)) == asked.world


@pytest.mark.parametrize("name", ASKED)
def test_a_switch_changes_one_premise(name: str) -> None:
    asked = ASKED[name]
    assert asked.switches
    assert len({switch.name for switch in asked.switches}) == len(asked.switches)
    for switch in asked.switches:
        changed = [
            switch.variant is not None and switch.variant is not asked.variant,
            switch.world is not None and switch.world != asked.world,
            switch.fairness is not None and switch.fairness != asked.fairness,
        ]
        assert sum(changed) == 1, switch.name


def test_a_property_is_asked_by_its_part_and_under_the_given_fairness() -> None:
    asked = ASKED["H-39"].asked
    (part,) = asked.parts
    assert (asked.id, part.says, part.fairness) == ("P-28", "CLOSE-WAIT", ("FC", "FT", "FF"))
    fair = ASKED["H-39"].switched(Switch("FA", fairness=("FC", "FT", "FF", "FA"))).asked.parts[0]
    assert (fair.says, fair.fairness) == ("CLOSE-WAIT", ("FC", "FT", "FF", "FA"))


def test_a_switch_leaves_the_rest_alone() -> None:
    asked = ASKED["H-18"]
    switched = asked.switched(Switch("another variant", variant=VARIANTS["rfc1337"]))
    assert (switched.variant.name, switched.world, switched.about) == ("rfc1337", OPEN_CLOSE, asked.about)


@pytest.mark.parametrize(("experiment", "outside"), [(None, ""), (ASKED["H-18"], "a third end")], ids=["none", "both"])
def test_a_hazard_is_asked_or_outside(experiment: Experiment | None, outside: str) -> None:
    with pytest.raises(ValueError, match="H-99 has either an experiment or what would be needed"):
        Hazard("H-99", "name", "Title.", "RFC 9293", experiment, outside)
