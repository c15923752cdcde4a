"""The symbolic reader of the relation against the concrete one: one path is taken, and it does the same."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from random import Random
from typing import Any

import pytest
import z3

from checker.concrete import ConcreteReader, RulesOverlap, Values
from checker.symbolic.endpoint import Path
from checker.symbolic.terms import Record
from spec.environment import World
from spec.ghosts import CRASH
from spec.language import Sort
from spec.scenarios import ABORT, EARLY_CALLS, GIVE_UP, QUICK, SLOW_READER, TUTORIAL_WORLD, WRAP
from spec.variants import VARIANTS
from spec.vocabulary import CALL_FIELDS, SEGMENT_ARRIVES
from tests.checker.symbolic.evaluation import (
    WINDOW,
    Event,
    Happening,
    Symbolic,
    explored,
    happenings,
    plain,
    solved,
    symbolic,
)

NAMES = ("three-way", "two-way", "rfc1337", "rfc793", "hold", "tfo", "four-way-split")
NARROW = [("three-way", 4), ("rfc793", 4), ("tfo", 8), ("hold", 4)]
WORLDS = (TUTORIAL_WORLD, *QUICK[:6], WRAP)
BEGINNINGS = tuple(dict(zip(WINDOW, values, strict=True)) for values in ((4, True), (3, False)))
NEVER = {"F-0"}  # CLOSED, LISTEN and SYN-SENT have returned before the eighth step

OVERLAP = "two rules fire"
Draw = Callable[[Sort], Any]


def drawn(random: Random, bits: int) -> Draw:
    """Return a function that draws values: numbers near one of two, small amounts, and any at all."""
    places = [random.randrange(2**bits) for _ in (0, 1)]

    def draw(sort: Sort) -> Any:
        if sort.members or sort.name == "bool":
            return random.choice(sort.members or (False, True))
        if random.random() < 0.1:
            return random.randrange(2**bits)
        near = random.choice(places) + random.randrange(-2, 4) if sort.name == "seq" else random.randrange(5)
        return near % 2**bits

    return draw


def an_event(reader: Symbolic, name: str, state: str, draw: Draw) -> Event:
    end = reader.end
    _, *sorts = end.sorts.values()
    segment = tuple(map(draw, end.relation.message.values())) if name == SEGMENT_ARRIVES.name else None
    return Event(name, (state, *map(draw, sorts)), segment, tuple(map(draw, CALL_FIELDS.values())))


def concrete(reader: Symbolic) -> list[ConcreteReader]:
    """Return a concrete reader for each beginning."""
    return [ConcreteReader(reader.end.relation, reader.end.terms.bits, CALL_FIELDS, begin) for begin in BEGINNINGS]


def compare(reader: Symbolic, machine: ConcreteReader, begin: dict[str, Any], event: Event) -> str:
    """Check that both readers agree about an event; return what happened in a word."""
    try:
        outcome = machine.run(event.tcb, event.name, event.segment, event.call)
    except RulesOverlap:
        assert len(reader.taken(event, reader.known(event, begin))) > 1, event
        return OVERLAP
    return str(reader.agrees(event, begin, outcome))


def everywhere(reader: Symbolic) -> Iterator[tuple[str, str]]:
    for event in reader.end.relation.events:
        for state in reader.end.relation.states:
            yield event.name, state


@pytest.mark.parametrize(("name", "bits"), [*NARROW, *((name, 32) for name in NAMES)])
def test_both_readers_agree_on_values_drawn_at_random(name: str, bits: int) -> None:
    reader, random = symbolic(name, bits), Random(f"{name} {bits}")  # noqa: S311  # no secret
    machines = concrete(reader)
    seen = set()
    for event, state in everywhere(reader):
        for _ in range(30 if event == SEGMENT_ARRIVES.name else 2):
            which = random.randrange(len(machines))
            happens = an_event(reader, event, state, drawn(random, bits))
            seen.add(compare(reader, machines[which], BEGINNINGS[which], happens))
    assert len(seen) > 150


def witness(reader: Symbolic, path: Path, begin: dict[str, Any], other: Sequence[Path]) -> Event | None:
    """Return an event that takes the path and no other, if there is one from this beginning."""
    end, solver = reader.end, z3.SolverFor("QF_BV")
    solver.add(*path.conditions, *path.definitions, *(z3.Not(solved(z3.And(*o.conditions), o)) for o in other))
    solver.add(*(end.initial[name] == end.terms.value(value, end.sorts[name]) for name, value in begin.items()))
    solver.add(*(end.terms.in_sort(end.tcb[name], sort) for name, sort in end.sorts.items() if sort.members))
    if solver.check() != z3.sat:
        return None
    model = solver.model()

    def values(record: Record, sorts: Mapping[str, Sort]) -> Values:
        return tuple(plain(model.eval(record[name], model_completion=True), sort) for name, sort in sorts.items())

    segment = values(end.segment, end.relation.message) if path.event == SEGMENT_ARRIVES.name else None
    return Event(path.event, (path.state, *values(end.tcb, end.sorts)[1:]), segment, values(end.call, CALL_FIELDS))


def is_taken(reader: Symbolic, machine: ConcreteReader, path: Path) -> bool:
    """Return whether the concrete reader takes a path; where two rules fire, the symbolic one takes two."""
    other: list[Path] = []
    while (event := witness(reader, path, BEGINNINGS[0], other)) is not None:
        found = compare(reader, machine, BEGINNINGS[0], event)
        if found != OVERLAP:
            return found == str(path)
        other += [o for o in reader.taken(event, reader.known(event, BEGINNINGS[0])) if o is not path]
    return bool(other)


@pytest.mark.parametrize(("name", "bits"), NARROW[:3])
def test_the_concrete_reader_takes_every_path(name: str, bits: int) -> None:
    reader = symbolic(name, bits)
    machine = concrete(reader)[0]
    for place in everywhere(reader):
        for path in reader.paths(*place)[0]:
            assert is_taken(reader, machine, path), str(path)


TIMES = {**dict.fromkeys(NAMES, 2), "three-way": 20}
"""How often a chain of rules is compared in each state."""


def rows(name: str, world: World) -> Iterator[tuple[Happening, dict[str, Any]]]:
    """Yield every event of an explored world, with the beginning of its end."""
    for happening in happenings(explored(VARIANTS[name].relation, world)):
        yield happening, dict(world.initial_values(happening.end))


@pytest.mark.parametrize("name", NAMES)
def test_both_readers_agree_on_what_happens_in_small_worlds(name: str) -> None:
    times: Counter[Any] = Counter()
    for world in (*WORLDS, ABORT, EARLY_CALLS, GIVE_UP, SLOW_READER) if name == "three-way" else WORLDS:
        for happening, begin in rows(name, world):
            event, outcome = happening.event, happening.outcome
            alike = world.seq_bits, event.name, event.tcb[0], outcome.chain
            times[alike] += 1
            if times[alike] <= TIMES[name] and event.name != CRASH.name:
                symbolic(name, world.seq_bits).agrees(event, begin, outcome)
    assert len(times) > 100


@pytest.mark.parametrize(("name", "bits"), NARROW)
def test_every_rule_is_on_some_path(name: str, bits: int) -> None:
    reader = symbolic(name, bits)
    found = {rule for place in everywhere(reader) for path in reader.paths(*place)[0] for rule in path.chain}
    assert {rule.id for rule in reader.end.relation.rules} - found == NEVER
