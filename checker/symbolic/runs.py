"""Runs of a world with numbers left open: one symbolic state, and the states that one step of the world leads to.

The environment is the explorer's own (checker.explore.choices); initial sequence numbers are unknowns at the full
width, and everything computed from them is a term. What a run needs of them is its list of conditions.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import z3

from checker.concrete import Outcome
from checker.explore.choices import Choices, Used
from checker.explore.watch import needed
from checker.reenact import Move
from checker.symbolic.beside import Ghostwriter, Happened
from checker.symbolic.endpoint import Endpoint, Path
from checker.symbolic.terms import Pairs, Record, Term, Terms, View, conjunction
from spec import trace as t
from spec.environment import IsnPolicy, World
from spec.ghosts import CRASH, GHOSTS, MESSAGE_GHOSTS
from spec.language import CALL, GHOST, NAT, SEG, SEQ, TCB, Expr, Relation
from spec.lemmas import Assumption
from spec.network import BAG, FIFO
from spec.vocabulary import OPEN, SEGMENT_ARRIVES

NO_CALL = (0, False, True)
"""What comes with an event that is no user's call."""


@dataclass(frozen=True)
class Flying:
    """A segment in flight: its number in order of sending, where it goes, its fields and ghosts."""

    number: int
    to: int
    fields: Record


@dataclass(frozen=True)
class State:
    """A symbolic state of a world, the schedule that led to it and what that asks of the numbers."""

    tcb: tuple[Record, Record]
    ghosts: tuple[Record, Record]
    used: tuple[Used, Used]
    flying: tuple[Flying, ...]
    conditions: tuple[Term, ...]
    moves: tuple[Move, ...]
    sent: int = 0
    losses: int = 0
    duplicates: int = 0


class Runs:
    """The symbolic states of a relation in a world, for formulas to be read in them.

    Raise ValueError for a world with a clock, an attacker or a network other than bag and FIFO.
    """

    def __init__(
        self,
        relation: Relation[Any],
        world: World,
        formulas: Sequence[Expr],
        assumptions: Sequence[Assumption] = (),
        bits: int = 32,
    ) -> None:
        if world.network.kind not in (BAG, FIFO) or world.network.lifetime is not None or world.attacker is not None:
            raise ValueError(f"world {world.name} has a clock, an attacker or a set network: it cannot be unrolled.")
        self.relation, self.world, self.terms = relation, replace(world, seq_bits=bits), Terms(bits)
        self.assumptions = tuple(assumptions)
        self.choices = Choices(relation, self.world)
        asked = [*formulas, *(f for each in assumptions for f in each.holds)]
        tags = {"INC": MESSAGE_GHOSTS["INC"]}
        self.writer = Ghostwriter(self.terms, needed(GHOSTS, [*asked, *tags.values()]), tags)
        self.end = [self._endpoint(end) for end in (0, 1)]
        self._alive: dict[int, Term] = {}
        self._cache: dict[tuple[Any, ...], list[Path]] = {}

    def _endpoint(self, end: int) -> Endpoint:
        sorts = {variable.name: variable.sort for variable in self.relation.variables}
        values = self.world.initial_values(end)
        return Endpoint(
            self.relation, self.terms, {name: self.terms.value(v, sorts[name]) for name, v in values.items()}
        )

    def isn(self, end: int, chosen: int) -> Term:
        """Return the unknown that is an end's ISN number `chosen`, from 0."""
        return self.terms.symbol(f"ISN {'AB'[end]}{chosen + 1}", SEQ)

    def policies(self, model: Any, state: State) -> tuple[IsnPolicy, IsnPolicy]:
        """Return the ISNs that a model gives to both ends, one more than the state's run chose."""
        given = [
            tuple(
                int(model.eval(self.isn(end, number), model_completion=True).as_long())
                for number in range(max(1, state.used[end].chosen + 1))
            )
            for end in (0, 1)
        ]
        return IsnPolicy("given", 0, given[0]), IsnPolicy("given", 0, given[1])

    def start(self) -> State:
        """Return the state before anything happened; a persistent listener listens."""
        tcbs = []
        for end in (0, 1):
            tcb: Record = self.end[end].initial
            if self.world.users[end].listens:
                tcb = self._paths(end, tcb, OPEN.name, None, self._call(end, 0, (0, False, True)))[0].tcb
            tcbs.append(tcb)
        ghosts = {ghost.name: self.terms.value(ghost.initial, ghost.variable.sort) for ghost in self.writer.ghosts}
        used = (self.choices.unused(0), self.choices.unused(1))
        return State((tcbs[0], tcbs[1]), (ghosts, ghosts), used, (), (), ())

    def _call(self, end: int, chosen: int, told: tuple[int, bool, bool]) -> Record:
        octets, active, remote = told
        return {
            "ISN": self.isn(end, chosen), "OCTETS": self.terms.number(octets),
            "ACTIVE": z3.BoolVal(active), "REMOTE": z3.BoolVal(remote),
        }  # fmt: skip

    def name_of_state(self, tcb: Record) -> str:
        """Return the state's name: along a run it is known."""
        sort = self.relation.state.sort
        return str(self.terms.plain(tcb[self.relation.state.name], sort))

    # --- one event ------------------------------------------------------------------------------------------

    def _paths(self, end: int, tcb: Record, event: str, segment: Record | None, call: Record) -> list[Path]:
        """Return the chains of an event from this TCB; numbers that fold are folded."""
        if event == CRASH.name:
            return [Path(event, "", ("E-2",), (), self.end[end].initial, (), (), frozenset(), "CLOSED")]
        key = (end, event, self._ids(tcb), None if segment is None else self._ids(segment), self._ids(call))
        if key not in self._cache:
            reader = self.end[end]
            reader.tcb, reader.call = dict(tcb), dict(call)
            reader.segment = dict(segment) if segment is not None else reader.segment
            found = list(reader.paths(self.relation.event(event), self.name_of_state(tcb)))
            self._cache[key] = [self._folded(path) for path in found]
        return self._cache[key]

    def _folded(self, path: Path) -> Path:
        """Return the path with definitions put in and every term simplified."""
        known = [(definition.arg(0), definition.arg(1)) for definition in path.definitions]

        def fold(record: Record) -> dict[str, Term]:
            return {name: z3.simplify(_put_in(value, known)) for name, value in record.items()}

        conditions = [z3.simplify(_put_in(condition, known)) for condition in path.conditions]
        open_ = tuple(condition for condition in conditions if not z3.is_true(condition))
        return replace(
            path, conditions=open_, tcb=fold(path.tcb), sent=tuple(fold(s) for s in path.sent), definitions=()
        )

    def happen(
        self, state: State, end: int, event: str, told: tuple[int, bool, bool], segment: Record | None, used: Used
    ) -> Iterator[tuple[State, Path, Happened]]:
        """Yield the states after one event at one end, with nothing said of the network or the schedule yet."""
        call = self._call(end, state.used[end].chosen, told)
        nothing = self.terms.record("NOTHING", {**self.relation.message, "INC": NAT}) if segment is None else segment
        for path in self._paths(end, state.tcb[end], event, segment, call):
            if not path.chain and event != SEGMENT_ARRIVES.name:
                continue
            seen = self._seen_by_choices(path.tcb)
            outcome = Outcome(event, seen, path.chain, (), path.signals, path.assigned)
            if self.choices.cut_by(end, used, outcome):
                continue
            before = self._seen_by_choices(state.tcb[end])
            after = self.choices.after(end, state.used[end], used, before, outcome, 0)
            for happened in self.writer.written(path, state.tcb[end], state.ghosts[end], {SEG: nothing, CALL: call}):
                assumed = [self.terms.read(f, happened.view) for each in self.assumptions for f in each.holds]
                more = [z3.simplify(term) for term in (*happened.path.conditions, *assumed)]
                if any(z3.is_false(term) for term in more):
                    continue
                conditions = (*state.conditions, *(term for term in more if not z3.is_true(term)))
                ghosts = {name: _simple(value) for name, value in happened.ghosts.items()}
                yield (
                    replace(
                        state,
                        tcb=_put(state.tcb, end, path.tcb),
                        ghosts=_put(state.ghosts, end, ghosts),
                        used=_put(state.used, end, after),
                        conditions=conditions,
                    ),
                    path,
                    happened,
                )

    # --- one step -------------------------------------------------------------------------------------------

    def successors(self, state: State) -> Iterator[State]:
        """Yield the states after one step of the world."""
        for end in (0, 1):
            name = self.name_of_state(state.tcb[end])
            for event, call, used in self.choices.own(end, name, state.used[end]):
                yield from self._step(state, Move(t.OWN, end, None, ((event, tuple(call[1:])),)), used)
        for position, flying in enumerate(state.flying):
            if self.world.network.kind == FIFO and any(f.to == flying.to for f in state.flying[:position]):
                continue
            yield from self._deliveries(state, flying)

    def _deliveries(self, state: State, flying: Flying) -> Iterator[State]:
        faults, end = self.world.faults, flying.to
        gone = replace(state, flying=tuple(f for f in state.flying if f is not flying))
        arrives = ((SEGMENT_ARRIVES.name, NO_CALL),)
        yield from self._step(gone, Move(t.DELIVER, end, flying.number, arrives), state.used[end], flying)
        if faults.duplicates is None or state.duplicates < faults.duplicates:
            again = replace(state, duplicates=state.duplicates + 1)
            yield from self._step(again, Move(t.DUPLICATE, end, flying.number, arrives), state.used[end], flying)
        if faults.losses is None or state.losses < faults.losses:
            move = Move(t.LOSE, end, flying.number, ())
            yield replace(gone, losses=state.losses + 1, moves=(*state.moves, move))

    def _step(self, state: State, move: Move, used: Used, flying: Flying | None = None) -> Iterator[State]:
        event, told = move.events[0]
        segment = None if flying is None else flying.fields
        for after, path, happened in self.happen(state, move.end, event, told, segment, used):
            sent = self.sent(after, move.end, happened)
            moved = replace(move, events=((event, told),))
            if self.world.reopens(move.end, path.goal):
                yield from self._listen_again(sent, moved)
            else:
                yield replace(sent, moves=(*sent.moves, moved))

    def _listen_again(self, state: State, move: Move) -> Iterator[State]:
        opened = self.happen(state, move.end, OPEN.name, NO_CALL, None, state.used[move.end])
        for after, _, _ in opened:
            again = replace(move, events=(*move.events, (OPEN.name, NO_CALL)))
            yield replace(after, moves=(*state.moves, again))

    def sent(self, state: State, end: int, happened: Happened) -> State:
        """Return the state with what an end sent in flight."""
        new = [
            Flying(state.sent + i, 1 - end, {name: _simple(value) for name, value in fields.items()})
            for i, fields in enumerate(happened.sent)
        ]
        return replace(state, flying=(*state.flying, *new), sent=state.sent + len(new))

    def fits(self, state: State) -> bool:
        """Return whether the network holds what is in flight."""
        capacity = self.world.network.capacity
        if self.world.network.kind == FIFO:
            return all(sum(f.to == end for f in state.flying) <= capacity for end in (0, 1))
        return len(state.flying) <= capacity

    def said(self, formulas: Sequence[Expr], state: State, end: int) -> Term:
        """Return the conjunction of formulas about a state, from one end."""
        here, there = ({TCB: state.tcb[i], GHOST: state.ghosts[i]} for i in (end, 1 - end))
        view = View(here, {"peer": View(there)})
        return z3.simplify(conjunction([self.terms.read(formula, view) for formula in formulas]))

    def _ids(self, record: Record) -> tuple[Any, ...]:
        """Return the identity of every term of a record, which is kept alive so that it stays its own."""
        found: list[Any] = []
        for value in record.values():
            terms = value.terms() if isinstance(value, Pairs) else [value]
            self._alive.update((term.get_id(), term) for term in terms)
            found.append(tuple(term.get_id() for term in terms))
        return tuple(found)

    def _seen_by_choices(self, tcb: Record) -> tuple[Any, ...]:
        """Return what the environment wants to know of a TCB: its state, and whether it is the same as before."""
        return (self.name_of_state(tcb), *self._ids(tcb)[1:])

    def key(self, state: State) -> tuple[Any, ...]:
        """Return what tells states apart, however they were reached."""
        flying = tuple(sorted((f.to, self._ids(f.fields)) for f in state.flying))
        if self.world.network.kind == FIFO:
            flying = tuple((f.to, self._ids(f.fields)) for f in state.flying)
        ghosts = tuple(self._ids(record) for record in state.ghosts)
        self._alive.update((term.get_id(), term) for term in state.conditions)
        conditions = tuple(sorted({term.get_id() for term in state.conditions}))
        budgets = (state.losses, state.duplicates)
        return (tuple(self._ids(tcb) for tcb in state.tcb), ghosts, state.used, flying, conditions, budgets)


def _put(pair: Any, end: int, value: Any) -> Any:
    return (value, pair[1]) if end == 0 else (pair[0], value)


def _put_in(term: Term, known: Sequence[tuple[Term, Term]]) -> Term:
    for symbol, value in reversed(known):
        term = z3.substitute(term, (symbol, value))
    return term


def _simple(value: Term) -> Term:
    return value.simplified() if isinstance(value, Pairs) else z3.simplify(value)
