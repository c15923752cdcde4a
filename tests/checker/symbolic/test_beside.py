"""What the symbolic reader writes beside a path against the concrete one: ghosts of ends and segments, formulas."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache
from itertools import product
from typing import Any

import pytest
import z3

from checker.concrete import Outcome, Values
from checker.explore.machine import TcpMachine
from checker.explore.watch import formulas_of
from checker.formulas import GhostWriter, Layout, step_view
from checker.symbolic.beside import Ghostwriter, Happened
from checker.symbolic.endpoint import Path
from checker.symbolic.terms import Term, Terms
from spec.environment import World
from spec.ghosts import CRASH, FIRST_ISS, GHOSTS, MESSAGE_GHOSTS, USED
from spec.language import (
    BOOL,
    CALL,
    GHOST,
    NAT,
    SEG,
    SENT,
    BoolExpr,
    EnumExpr,
    Expr,
    all_of,
    any_of,
    bool_var,
    count,
    enum,
    enum_var,
    nat_var,
    negated,
    pairs_var,
)
from spec.language.beside import Ghost, Property, after, always_step
from spec.properties import PROPERTIES
from spec.scenarios import ABORT, EARLY_CALLS, QUICK, TUTORIAL_WORLD, WRAP
from spec.socket_worlds import SOCKET_CALLS
from spec.variants import VARIANTS
from tests.checker.symbolic.evaluation import (
    Happening,
    Known,
    Pairs,
    Sheet,
    Symbolic,
    chosen,
    explored,
    happenings,
    in_bits,
    known,
    plain,
    solved,
    symbolic,
)

WORLDS = (TUTORIAL_WORLD, *QUICK[:6], ABORT, EARLY_CALLS, WRAP)
FEWER = QUICK[1:3]
SORTS = {ghost.name: ghost.variable.sort for ghost in GHOSTS}
PLAIN = {name: sort for name, sort in SORTS.items() if sort.name != "pairs"}
SETS = [name for name in SORTS if name not in PLAIN]
TAGS = dict.fromkeys(MESSAGE_GHOSTS, NAT)
READS_THE_REST = Property("P-0", "reads ghosts", "", "", parts=(always_step(FIRST_ISS == USED),))
WATCHED = [*PROPERTIES.values(), READS_THE_REST]
_QUANTIFIED = {"pairs_meets_run", "pairs_other_first"}
OF_STEPS: list[BoolExpr] = [
    any_of(negated(all_of(*part.given)), all_of(*part.holds))
    for prop in WATCHED
    for part in prop.parts
    if part.over == "step" and not _QUANTIFIED & {below.op for formula in part.holds for below in formula.walk()}
]
TIMES = 1
"""How often a chain of rules that changes the same ghosts is compared in each state."""


class Case:
    """What a path makes of the ghosts in one case, ready for values."""

    def __init__(self, terms: Terms, happened: Happened, at: tuple[Term, Term]) -> None:
        path, view = happened.path, happened.view
        plain_ghosts = [happened.ghosts[name] for name in PLAIN]
        tags = [sent[tag] for sent in happened.sent for tag in TAGS]
        formulas = [terms.read(formula, view) for formula in OF_STEPS]
        sets = [happened.ghosts[name](*at) for name in SETS]
        self.happened, self.sheet = happened, Sheet([*plain_ghosts, *tags, *formulas, *sets], path)

    def values(self, at: Known, sets: Mapping[Any, Pairs]) -> tuple[list[Any], list[Any], list[bool], list[Term]]:
        """Return the ghosts, those of the segments sent, what formulas of steps say, and the sets, open as yet."""
        left = iter(self.sheet.at(at, sets))
        ghosts = [plain(next(left), sort) for sort in PLAIN.values()]
        tags = [plain(next(left), NAT) for _ in self.happened.sent for _ in TAGS]
        return ghosts, tags, [plain(next(left), BOOL) for _ in OF_STEPS], list(left)


class Beside:
    """The ghosts of a symbolic reader's paths."""

    def __init__(self, reader: Symbolic) -> None:
        self.reader, self.terms = reader, reader.end.terms
        self.writer = Ghostwriter(self.terms, GHOSTS, MESSAGE_GHOSTS)
        self.old = self.terms.record("OLD", SORTS)
        self.tags = self.terms.record("SEG", TAGS)
        self.at = (self.terms.symbol("FIRST", NAT), self.terms.symbol("SECOND", NAT))
        self._cases: dict[str, tuple[list[Case], Sheet]] = {}

    def cases(self, path: Path) -> tuple[list[Case], Sheet]:
        """Return the cases of a path, and their conditions."""
        key = f"{path} {path.state}"
        if key not in self._cases:
            end = self.reader.end
            tcb = {**end.tcb, end.relation.state.name: end.state(path.state)} if path.state else end.tcb
            shared = {SEG: {**end.segment, **self.tags}, CALL: end.call}
            cases = [
                Case(self.terms, happened, self.at) for happened in self.writer.written(path, tcb, self.old, shared)
            ]
            paths = [case.happened.path for case in cases]
            self._cases[key] = cases, Sheet([in_bits([solved(z3.And(*path.conditions), path) for path in paths])])
        return self._cases[key]

    def path(self, happening: Happening, begin: Mapping[str, Any]) -> Path:
        """Return the path that is taken; a crash is none of the relation's."""
        if happening.event.name == CRASH.name:
            return Path(CRASH.name, "", ("E-2",), (), self.reader.end.initial, (), (), frozenset(), "CLOSED")
        return self.reader.agrees(happening.event, begin, happening.outcome)

    def known(self, happening: Happening, begin: Mapping[str, Any]) -> Known:
        """Return what is known before the event."""
        event, fields = happening.event, len(self.reader.end.relation.message)
        bare = event if event.segment is None else event._replace(segment=event.segment[:fields])
        told = self.reader.known(bare, begin) + known(self.terms, self.old, SORTS, happening.ghosts)
        tags = () if event.segment is None else event.segment[fields:]
        return told + (known(self.terms, self.tags, TAGS, tags) if tags else [])

    def sets(self, ghosts: Values) -> dict[Any, Pairs]:
        """Return what the sets hold before the event."""
        named = dict(zip(SORTS, ghosts, strict=True))
        return {self.old[name]: self.in_range(named[name]) for name in SETS}

    def in_range(self, pairs: Sequence[tuple[int, int]]) -> Pairs:
        """Return the pairs of numbers that the width can say."""
        return frozenset(pair for pair in pairs if max(pair) < 1 << self.terms.bits)

    def held(self, open_: Term, around: Pairs) -> Pairs:
        """Return which of the pairs in and around a set a predicate holds of."""
        firsts, seconds = ({0, *(n + d for n in numbers for d in (0, 1))} for numbers in _columns(around))
        pairs = self.in_range(list(product(firsts, seconds)))
        tell = [list(zip(self.at, map(self.terms.number, pair), strict=True)) for pair in pairs]
        return frozenset(pair for pair, told in zip(pairs, tell, strict=True) if _holds(open_, told))


def _columns(pairs: Pairs) -> tuple[set[int], set[int]]:
    return {first for first, _ in pairs}, {second for _, second in pairs}


def _holds(term: Term, told: Known) -> bool:
    return bool(plain(z3.simplify(z3.substitute(term, *told)), BOOL))


@cache
def beside(variant: str, bits: int) -> Beside:
    return Beside(symbolic(variant, bits))


def check(reader: Beside, machine: TcpMachine, happening: Happening) -> None:
    """Check that one case holds, and that it makes of the ghosts what the concrete reader makes of them."""
    begin = machine.world.initial_values(happening.end)
    fields = len(machine.relation.message)
    values, old = reader.known(happening, begin), reader.sets(happening.ghosts)
    cases, sheet = reader.cases(reader.path(bare(happening, fields), begin))
    (case,) = chosen(cases, sheet.at(values, old)[0])
    ghosts, tags, formulas, sets = case.values(values, old)
    new = dict(zip(SORTS, happening.new_ghosts, strict=True))
    assert dict(zip(PLAIN, ghosts, strict=True)) == {name: new[name] for name in PLAIN}, happening
    assert tags == [tag for sent in happening.sent for tag in sent[fields:]], happening
    for name, open_ in zip(SETS, sets, strict=True):
        pairs = reader.in_range(new[name])
        assert reader.held(open_, pairs | old[reader.old[name]]) == pairs, (name, happening)
    event = happening.event
    view = step_view(event.tcb, happening.ghosts, event.segment, event.call, happening.outcome)
    view = view._replace(new_ghosts=happening.new_ghosts)
    assert formulas == [bool(machine.layout.on_step(formula)(view)) for formula in OF_STEPS], happening


def bare(happening: Happening, fields: int) -> Happening:
    """Return the happening without the ghosts of what arrives."""
    event = happening.event
    segment = None if event.segment is None else event.segment[:fields]
    return happening._replace(event=event._replace(segment=segment))


def compared(variant: str, worlds: Sequence[World]) -> Iterator[tuple[TcpMachine, Happening]]:
    """Yield happenings of explored worlds: some of each chain in each state."""
    times: Counter[Any] = Counter()
    for world in worlds:
        machine = explored(VARIANTS[variant].relation, world, WATCHED)
        assert tuple(machine.layout.ghosts) == tuple(SORTS)
        for happening in happenings(machine):
            event, changes = happening.event, tuple(changed(happening))
            alike = world.seq_bits, event.name, event.tcb[0], happening.outcome.chain, changes
            times[alike] += 1
            if times[alike] <= TIMES:
                yield machine, happening


def compare(variant: str, worlds: Sequence[World]) -> set[str]:
    """Compare what happens in some worlds; return the ghosts that changed."""
    seen = set()
    for machine, happening in compared(variant, worlds):
        check(beside(variant, machine.world.seq_bits), machine, happening)
        seen |= set(changed(happening))
    return seen


def changed(happening: Happening) -> Iterator[str]:
    """Yield the ghosts that the event changes."""
    for name, old, new in zip(SORTS, happening.ghosts, happening.new_ghosts, strict=True):
        if old != new:
            yield name


OF_VARIANTS = {
    "hold": {"HELD.INC", "HELD.ISS"},
    "time-wait-reuse-back": {"OLD.INC", "OLD.PINC"},
    "syn-cookies": {"COOKIE.OUT"},
    "sockets": {"ACCEPT.CALLED"},
    "socket-calls": {"ACCEPT.CALLED", "BOUND", "QUEUE.FULL", "GIVEN.UP"},
}
"""The ghosts that only a variant changes."""


def test_both_readers_write_the_same_beside_what_happens() -> None:
    seen = compare("three-way", WORLDS)
    assert seen == set(SORTS).difference(*OF_VARIANTS.values())


@pytest.mark.parametrize("variant", OF_VARIANTS)
def test_both_readers_write_the_same_for_variants(variant: str) -> None:
    assert OF_VARIANTS[variant] <= compare(variant, (SOCKET_CALLS,) if variant == "socket-calls" else FEWER)


def test_what_is_read_after_a_step_or_at_the_peer_is_no_formula_about_the_step() -> None:
    of_steps = {"event", "fired", "assigned", "arrived", "some_sent", "every_sent", "sent_count", "after", "peer"}
    ghosts = [formula for ghost in GHOSTS for pair in ghost.updates for formula in pair]
    for formula in (*ghosts, *MESSAGE_GHOSTS.values(), *formulas_of(WATCHED)):
        for part in formula.walk():
            if part.op in {"after", "peer"}:
                assert not of_steps & {below.op for below in part.args[0].walk()}, str(formula)


# --- more than one case, as no path of TCP has --------------------------------------------------------------

P, Q, N, M = bool_var("P"), bool_var("Q"), nat_var("N"), nat_var("M")
G, E, S, T = nat_var("G", GHOST), enum_var("E", enum("letter", "a", "b", "c"), GHOST), pairs_var("S"), pairs_var("T")
TOY = {"P": BOOL, "Q": BOOL, "N": NAT, "M": NAT}
A_LETTER, B_LETTER = (EnumExpr("const", E.sort, (), letter) for letter in "ab")
TOYS = (
    Ghost(G, 3, ((P, N), (Q, G + M)), ""),
    Ghost(E, "c", ((P, A_LETTER), (Q, B_LETTER)), ""),
    Ghost(S, ((1, 2),), ((P, S.with_pair(N, after(G))), (Q, S.with_run(M, N, M))), ""),
    Ghost(T, ((0, 1),), ((P, T), (Q, T.with_pair(N, N).with_pair(M, M)), (N == M, T.with_pair(N, M))), ""),
)
SQUARE = list(product(range(4), repeat=2))


def in_square(pairs: Term, at: Known) -> set[tuple[int, int]]:
    numbers = [z3.BitVecVal(number, 2) for number in range(4)]
    return {(x, y) for x, y in SQUARE if _holds(pairs(numbers[x], numbers[y]), at)}


TOLD = nat_var("TOLD", SENT)
TOY_TAGS: dict[str, Expr] = {"TAG": TOLD + after(G) + count(after(S).has(TOLD, TOLD))}
TOY_PATH = Path("GO", "", ("rule",), (), {}, (), (), frozenset(), "")


def told(happened: Happened, at: Known) -> list[Any]:
    """Return the ghosts of a case and of what it sends, for these values."""
    ghosts = happened.ghosts
    terms = [ghosts["G"], ghosts["E"], *(sent["TAG"] for sent in happened.sent)]
    values = map(plain, (z3.simplify(z3.substitute(term, *at)) for term in terms), (NAT, E.sort, NAT, NAT))
    sets = [ghosts[name] for name in ("S", "T")]
    assert [in_square(pairs, at) for pairs in sets] == [in_square(pairs.simplified(), at) for pairs in sets]
    return [*values, *(in_square(pairs, at) for pairs in sets)]


def test_of_several_updates_the_first_whose_condition_holds_is_made() -> None:
    terms = Terms(2)
    tcb = terms.record("TCB", TOY)
    old = {ghost.name: terms.value(ghost.initial, ghost.variable.sort) for ghost in TOYS}
    path = replace(TOY_PATH, tcb=tcb, sent=({"TOLD": tcb["N"]}, {"TOLD": tcb["M"]}))
    cases = list(Ghostwriter(terms, TOYS, TOY_TAGS).written(path, tcb, old, {}))
    names = {ghost.name: place for place, ghost in enumerate(TOYS)}
    layout = Layout({name: place for place, name in enumerate(TOY)}, names, {"TOLD": 0}, {}, 2)
    writer = GhostWriter(TOYS, layout, TOY_TAGS)
    sheet = Sheet([in_bits([z3.And(*case.path.conditions) for case in cases])])
    for values in product((False, True), (False, True), range(4), range(4)):
        at = known(terms, tcb, TOY, values)
        (case,) = chosen(cases, sheet.at(at)[0])
        sent = tuple((number,) for number in values[2:])
        outcome = Outcome("GO", values, ("rule",), sent, (), frozenset())
        view = writer.written(step_view(values, writer.initial, None, (), outcome))
        number, letter, *sets = view.new_ghosts
        tags = [writer.tag(view, fields)[1] for fields in sent]
        assert told(case, at) == [number, letter, *tags, *(set(pairs) & set(SQUARE) for pairs in sets)], values
