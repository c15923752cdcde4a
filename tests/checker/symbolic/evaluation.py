"""Both readers on the same values: terms become constants, paths become outcomes, worlds become steps to compare."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any, NamedTuple, TypeVar
from unittest.mock import patch

import z3

from checker.concrete import Outcome, Values
from checker.explore.machine import TcpMachine
from checker.explore.run import graph_of
from checker.symbolic import endpoint
from checker.symbolic.endpoint import Endpoint, Path
from checker.symbolic.solving import SAT, Answer, answer
from checker.symbolic.terms import Record, Term, Terms
from spec.environment import World
from spec.language import BOOL, NAT, Relation, Sort
from spec.language.beside import Property
from spec.variants import VARIANTS

T = TypeVar("T")
Known = list[tuple[Term, Term]]
"""Unknowns with their values."""
Pairs = frozenset[tuple[int, int]]


def known(terms: Terms, record: Record, sorts: Mapping[str, Sort], values: Sequence[Any]) -> Known:
    """Return the unknowns of a record with values in the order of `sorts`; sets of pairs are left out."""
    rows = zip(sorts.items(), values, strict=True)
    return [(record[name], terms.value(value, sort)) for (name, sort), value in rows if sort.name != "pairs"]


def plain(term: Term, sort: Sort) -> Any:
    """Return the value of a constant."""
    if sort == BOOL:
        assert z3.is_true(term) or z3.is_false(term), term
        return z3.is_true(term)
    assert z3.is_bv_value(term), term
    return sort.members[term.as_long()] if sort.members else term.as_long()


class Sheet:
    """Terms that are worked out together, for one valuation of their unknowns after another."""

    def __init__(self, terms: Sequence[Term], path: Path | None = None) -> None:
        sorts = [term.sort() for term in terms]
        every = z3.Function("all", *sorts, z3.BoolSort())(*terms)
        self._all = every if path is None else solved(every, path)

    def at(self, values: Known, sets: Mapping[Any, Pairs] | None = None) -> list[Term]:
        """Return what is left of each term; `sets` says what unknown sets of pairs hold."""
        held = [(function, _holds(function, pairs)) for function, pairs in (sets or {}).items()]
        told = z3.substitute_funs(self._all, *held) if held else self._all
        left: list[Term] = z3.simplify(z3.substitute(told, *values)).children()
        return left


def _holds(function: Any, pairs: Pairs) -> Term:
    x, y = z3.Var(0, function.domain(0)), z3.Var(1, function.domain(1))
    return z3.Or(*(z3.And(x == a, y == b) for a, b in sorted(pairs)))


def solved(term: Term, path: Path) -> Term:
    """Return the term with what the path's definitions define put in its place."""
    for definition in reversed(path.definitions):
        symbol, value = definition.children()
        term = z3.substitute(term, (symbol, value))
    return term


def in_bits(conditions: Sequence[Term]) -> Term:
    """Return one number with a bit for each condition, the first being the lowest: quicker than one by one."""
    bits = [z3.If(condition, z3.BitVecVal(1, 1), z3.BitVecVal(0, 1)) for condition in reversed(conditions)]
    return z3.Concat(*bits) if len(bits) > 1 else bits[0]


def chosen(items: Sequence[T], bits: Term) -> list[T]:
    """Return the items whose bit is set."""
    assert z3.is_bv_value(bits), bits
    number = bits.as_long()
    return [item for place, item in enumerate(items) if number >> place & 1]


class Event(NamedTuple):
    """An event of an end with what comes with it."""

    name: str
    tcb: Values
    segment: Values | None
    call: Values


WIDE = 16
"""From this width on the paths that cannot be taken are not looked for: that takes too long."""


def believe(_: Any) -> Answer:
    """Think everything possible, so that no path is left out."""
    return Answer(SAT)


@dataclass
class Symbolic:
    """The symbolic reader of a relation, asked for values: what the paths of an event make of them."""

    end: Endpoint
    sheets: dict[tuple[str, str], tuple[list[Path], Sheet]] = field(default_factory=dict)
    results: dict[int, Sheet] = field(default_factory=dict)

    def paths(self, event: str, state: str) -> tuple[list[Path], Sheet]:
        """Return the paths of an event in a state, and their conditions."""
        key = event, state
        if key not in self.sheets:
            with patch.object(endpoint, "answer", answer if self.end.terms.bits < WIDE else believe):
                paths = list(self.end.paths(self.end.relation.event(event), state))
            self.sheets[key] = paths, Sheet([in_bits([solved(z3.And(*path.conditions), path) for path in paths])])
        return self.sheets[key]

    def known(self, event: Event, initial: Mapping[str, Any]) -> Known:
        """Return what an event and the initial values say of the unknowns."""
        end, terms = self.end, self.end.terms
        values = known(terms, end.tcb, end.sorts, event.tcb)
        calls = {name: Sort("bool") if z3.is_bool(term) else NAT for name, term in end.call.items()}
        values += known(terms, end.call, calls, event.call)
        if event.segment is not None:
            values += known(terms, end.segment, end.relation.message, event.segment)
        return values + [(end.initial[name], terms.value(value, end.sorts[name])) for name, value in initial.items()]

    def taken(self, event: Event, values: Known) -> list[Path]:
        """Return the paths whose conditions hold."""
        paths, sheet = self.paths(event.name, event.tcb[0])
        return chosen(paths, sheet.at(values)[0])

    def outcome(self, path: Path, values: Known) -> Outcome:
        """Return what a path makes of these values."""
        sorts = [self.end.sorts, *[self.end.relation.message] * len(path.sent)]
        records = [path.tcb, *path.sent]
        if id(path) not in self.results:
            terms = [record[name] for record, names in zip(records, sorts, strict=True) for name in names]
            self.results[id(path)] = Sheet(terms, path)
        left = iter(self.results[id(path)].at(values))
        tcb, *sent = (tuple(plain(next(left), sort) for sort in names.values()) for names in sorts)
        assert tcb[0] == path.goal
        return Outcome(path.event, tcb, path.chain, tuple(sent), path.signals, path.assigned)

    def agrees(self, event: Event, initial: Mapping[str, Any], expected: Outcome | None) -> Path:
        """Check that one path is taken, which does what is expected; return it."""
        values = self.known(event, initial)
        taken = self.taken(event, values)
        assert len(taken) == 1, (event, expected, [str(path) for path in taken])
        nothing = Outcome(event.name, event.tcb, (), (), (), frozenset())
        assert self.outcome(taken[0], values) == (expected or nothing), event
        return taken[0]


WINDOW = ("RCV.WND", "RECEIVE.QUEUED")
"""The initial values that a world may replace."""


@cache
def symbolic(variant: str, bits: int) -> Symbolic:
    """Return the symbolic reader of a variant; what the initial window is, and who reads, is left open."""
    terms = Terms(bits)
    unknown = dict(zip(WINDOW, (terms.symbol("WINDOW", NAT), terms.symbol("READS", BOOL)), strict=True))
    return Symbolic(Endpoint(VARIANTS[variant].relation, terms, unknown))


def explored(relation: Relation[Any], world: World, properties: Sequence[Property] = ()) -> TcpMachine:
    """Return the tables of a world after everything that can happen in it."""
    machine = TcpMachine(relation, world, properties)
    graph_of(machine)
    return machine


class Happening(NamedTuple):
    """An event in an explored world: at which end, what it did, the ghosts before and after, the segments sent."""

    end: int
    event: Event
    outcome: Outcome
    ghosts: Values
    new_ghosts: Values
    sent: tuple[Values, ...]


def happenings(machine: TcpMachine) -> Iterator[Happening]:
    """Yield every event of every row."""
    for record in machine.records:
        here = machine.locals[record.end][record.before]
        tcb, ghosts, sent = here.tcb, here.ghosts, iter(record.sent)
        segment = None if record.segment is None else machine.segments[record.segment]
        for micro in record.events:
            leaving = tuple(machine.segments[next(sent)] for _ in micro.outcome.sent)
            event = Event(micro.event, tcb, segment, micro.call)
            yield Happening(record.end, event, micro.outcome, ghosts, micro.ghosts, leaving)
            tcb, ghosts, segment = micro.outcome.tcb, micro.ghosts, None
