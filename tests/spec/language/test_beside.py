"""What may be said beside the relation, and what would say nothing."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from spec.fairness import FAIRNESS
from spec.ghosts import SENT
from spec.language import SpecError, all_of, negated
from spec.language.beside import Part, always, in_flight, knows, leads_to, not_common, sometimes, unsure
from spec.properties import PROPERTIES
from spec.vocabulary import FIN, STATE

OPEN = STATE == "ESTABLISHED"
FLIES = in_flight(SENT.has(FIN))


@pytest.mark.parametrize(
    "part",
    [
        lambda: leads_to(negated(FLIES), given=(OPEN,), fairness=("FC",)),
        lambda: leads_to(OPEN, given=(OPEN, FLIES), fairness=("FC",)),
        lambda: knows(all_of(OPEN, FLIES), given=(OPEN,)),
        lambda: unsure(FLIES, given=(OPEN,)),
        lambda: not_common(FLIES),
    ],
)
def test_a_part_over_runs_or_knowledge_cannot_read_the_network(part: Callable[[], Part]) -> None:
    with pytest.raises(SpecError, match=r"reads what is in flight; \w+ can speak of the two ends alone\.$"):
        part()


def test_a_part_over_states_can() -> None:
    assert always(FLIES, given=(OPEN,)).holds == (FLIES,)
    assert sometimes(FLIES).holds == (FLIES,)


def test_leads_to_is_over_runs_with_what_is_assumed() -> None:
    part = leads_to(OPEN, given=(negated(OPEN),), fairness=("FC", "FT"), says="opened")
    assert (part.kind, part.over, part.fairness, part.says) == ("leads_to", "run", ("FC", "FT"), "opened")


def test_what_properties_assume_has_a_name_and_only_runs_are_assumed_to_be_fair() -> None:
    parts = [part for prop in PROPERTIES.values() for part in prop.parts]
    assert {name for part in parts for name in part.fairness} <= set(FAIRNESS)
    assert {part.kind for part in parts if part.fairness} == {"leads_to"}
