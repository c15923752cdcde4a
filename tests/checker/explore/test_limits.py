"""Limits of memory, and fingerprints instead of states."""

from __future__ import annotations

from functools import partial

import pytest
from hypothesis import HealthCheck, assume, given, settings

from checker.explore import kernel, limits, store
from checker.explore.graph import Graph, Limits
from checker.explore.kernel import explore
from checker.explore.limits import Stopped, Watchdog
from checker.explore.loops import Loops
from checker.explore.run import explore_world
from checker.explore.store import States
from checker.explore.tables import TablesFull
from spec.network import Network
from spec.scenarios import SCENARIOS
from spec.variants import VARIANTS
from tests.checker.explore.random_machines import Drawn, Plain, machines
from tests.checker.explore.test_core import EVERYTHING, NO_SHRINKING, in_words

MIB = 1 << 20
WORLD = next(world for world in SCENARIOS["standard"].worlds if world.name == "text")


def by_fingerprints(machine: Drawn) -> Graph:
    return explore(
        machine, machine.channel(), losses=machine.losses, duplicates=machine.duplicates, watched=EVERYTHING,
        tick=machine.tick if machine.network.lifetime is not None else None, limits=Limits(fingerprints=True),
    )  # fmt: skip


@settings(
    max_examples=40, deadline=None, phases=NO_SHRINKING, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(machine=machines())
def test_fingerprints_find_the_same_states_and_forget_them(machine: Drawn, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "chosen", partial(in_words, 2))
    monkeypatch.setattr(kernel, "CHUNK", 16)
    plain = Plain(machine, 150).search()
    assume(plain.complete)
    graph = by_fingerprints(machine)
    assert len(graph.states) == len(plain.states)
    assert list(graph.parents) == plain.parents
    assert list(graph.actions) == plain.actions
    assert (graph.transitions, graph.terminal, graph.waiting) == (plain.transitions, plain.terminal, plain.waiting)
    assert {bit: (hit.depth, hit.cost, hit.state, hit.action) for bit, hit in graph.hits.items()} == plain.hits
    assert graph.pairs() == {state[:2] for state in plain.states}
    for number in (*graph.terminal, *graph.waiting):
        assert graph.ends(number) == plain.states[number][:2]
    assert graph.omission == len(plain.states) ** 2 / 2.0**65
    forgotten = next(
        (number for number in range(len(graph.states)) if number not in {*graph.terminal, *graph.waiting}), None
    )
    if forgotten is not None and plain.depths[forgotten] < graph.depth:
        with pytest.raises(ValueError, match="only its fingerprint is left"):
            graph.ends(forgotten)


def test_a_state_of_one_word_is_compared_whole_in_any_case() -> None:
    run = explore_world(VARIANTS["three-way"].relation, WORLD, [], limits=Limits(fingerprints=True))
    assert run.method == {}


def test_that_states_are_known_by_fingerprints_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = explore_world(VARIANTS["three-way"].relation, WORLD, [])
    monkeypatch.setattr(store, "chosen", partial(in_words, 2))
    run = explore_world(VARIANTS["three-way"].relation, WORLD, [], limits=Limits(fingerprints=True))
    assert "64-bit fingerprints" in run.method["states"]
    assert (run.states, run.transitions, run.terminal, run.edges) == (
        whole.states, whole.transitions, whole.terminal, whole.edges,
    )  # fmt: skip


def test_states_that_were_forgotten_are_not_laid_out_anew() -> None:
    graph = by_fingerprints(Drawn({}, [1], [0], {}, {}, {}, Network(), 0, 0))
    assert isinstance(graph.states, States)
    graph.states.store.base = 1
    with pytest.raises(TablesFull, match="where fingerprints are kept"):
        graph.states.store.lay_out(Loops(None))


def test_what_would_go_beyond_a_limit_of_memory_is_not_begun(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "resident_bytes", lambda: 100 * MIB)
    monkeypatch.setattr(limits, "available_bytes", lambda: 10_000 * MIB)
    dog = Watchdog(Limits(memory=110), 0.0)
    dog.may_take(9 * MIB)
    with pytest.raises(Stopped, match=r"limit of 110 MiB \(the next step would take 11 MiB more\)"):
        dog.may_take(11 * MIB)


def test_what_the_system_does_not_have_is_not_asked_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "available_bytes", lambda: 300 * MIB)
    dog = Watchdog(Limits(), 0.0)
    dog.may_take(40 * MIB)
    with pytest.raises(Stopped, match="out of memory: 50 MiB more are needed"):
        dog.may_take(50 * MIB)
    monkeypatch.setattr(limits, "available_bytes", lambda: None)
    dog.may_take(50_000 * MIB)


@pytest.mark.parametrize("words", [1, 2])
def test_a_stopped_exploration_keeps_what_it_found(words: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "chosen", partial(in_words, words))
    monkeypatch.setattr(store, "_WORTH_ASKING", 1 << 16)
    monkeypatch.setattr(limits, "resident_bytes", lambda: MIB // 2)
    monkeypatch.setattr(limits, "peak_mebibytes", lambda: 0)
    run = explore_world(VARIANTS["three-way"].relation, WORLD, [], limits=Limits(memory=1))
    assert run.stopped is not None
    assert "limit of 1 MiB" in run.stopped
    whole = explore_world(VARIANTS["three-way"].relation, WORLD, [])
    assert 1000 < run.states < whole.states
    assert set(run.edges) <= set(whole.edges)
