"""Runs in which nothing more happens: Han and Billington's early CLOSE (H-36), a reused ISN (H-10), nobody closes."""

from __future__ import annotations

from dataclasses import replace

import pytest

from checker.explore.run import PartFound, explore_world
from checker.replay import replay
from spec.environment import Faults, IsnPolicy, World
from spec.language.beside import Property
from spec.properties import PROPERTIES
from spec.scenarios import LIVE_CLOSE, LIVE_HALF_OPEN
from spec.variants import VARIANTS


def asked(prop: Property, where: World, variant: str = "three-way") -> list[PartFound]:
    """Return what is found of each part, every run replayed."""
    run = explore_world(VARIANTS[variant].relation, where, [prop], variant=variant)
    assert run.complete
    for found in run.parts:
        if found.trace is not None:
            replay(found.trace, VARIANTS[variant].relation, found.part)
    return run.parts


def states(found: PartFound) -> tuple[str, str]:
    """Return both ends' states at the end of the run."""
    assert found.trace is not None
    last = len(found.trace.steps)
    return found.trace.tcb(0, last)["STATE"], found.trace.tcb(1, last)["STATE"]


def test_a_close_before_the_connection_is_made_can_leave_its_fin_unheard() -> None:
    """The FIN overtakes the SYN,ACK and is dropped in SYN-SENT; nothing sends it again."""
    (found,) = asked(PROPERTIES["P-46"], replace(LIVE_CLOSE, faults=Faults()))
    assert found.trace is not None
    assert (found.steps, found.trace.loop, len(found.trace.steps)) == (7, 7, 7)
    assert states(found) == ("ESTABLISHED", "FIN-WAIT-1")
    rules = [rule for step in found.trace.steps for event in step.events for rule in event.chain]
    assert {"U-15", "SS-7"} <= set(rules)


def test_retransmission_resolves_it() -> None:
    (found,) = asked(PROPERTIES["P-46"], LIVE_CLOSE)
    assert (found.given, found.steps) == (True, None)


def test_a_restarted_end_with_its_old_isn_and_its_old_peer_answer_each_other_in_vain() -> None:
    """SYN-SENT and ESTABLISHED: the SYN looks like the old one, its ACK acknowledges the new one (RFC 5961 §4.2)."""
    (found,) = asked(PROPERTIES["P-30a"], LIVE_HALF_OPEN.with_isn(IsnPolicy("const")))
    assert found.trace is not None
    assert set(states(found)) == {"SYN-SENT", "ESTABLISHED"}
    assert found.trace.loop is not None
    assert found.trace.loop < len(found.trace.steps), "the SYN is sent again and again"


@pytest.mark.parametrize("prop", ["P-29", "P-30a"])
def test_a_fresh_isn_resolves_it(prop: str) -> None:
    (found,) = asked(PROPERTIES[prop], LIVE_HALF_OPEN)
    assert (found.given, found.steps) == (True, None)


@pytest.mark.parametrize(("part", "state"), [(0, "FIN-WAIT-2"), (1, "CLOSE-WAIT")])
def test_a_user_that_never_closes_leaves_both_ends_half_closed(part: int, state: str) -> None:
    prop = PROPERTIES["P-28"]
    unfair = replace(prop, parts=tuple(replace(p, fairness=("FC", "FT", "FF")) for p in prop.parts))
    found = asked(unfair, LIVE_CLOSE)[part]
    assert found.trace is not None
    assert found.trace.loop == len(found.trace.steps), "it ends by stuttering"
    assert state in states(found)
    assert all(fair.steps is None and fair.given for fair in asked(prop, LIVE_CLOSE))
