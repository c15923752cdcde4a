"""Playing the lines of a script: what a line shows happens, and what it leaves out is inferred, as little as possible.

A line is reached by the fewest moves that it does not show. So that a figure is not saved by what it does not say,
where a line shows a segment an arrival that is not shown changes no state, no arrival that a later line shows is used
up, and what an end does by itself sends the segment shown, or nothing and changes no state (but for a passive OPEN).
Nobody crashes or gives up unless a line says so, or aborts unless it says so or shows the RST and the state after it.
What is sent again was sent before. A figure that begins in the middle
is led up to by any calls and arrivals; beginnings after which nothing is left in the network come first.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from checker.reenact import Event
from checker.situation import NETWORK, NOTHING, OLD, PENDING, STALE, Board, Situation
from spec.environment import FIRST_ISN
from spec.script import Action, Row, Script
from spec.vocabulary import (
    ABORT,
    CLOSE,
    NO_CONNECTION,
    OPEN,
    RETRANSMISSION_TIMEOUT,
    SEGMENTIZE,
    SEND,
    SYN,
    TIME_WAIT_TIMEOUT,
)

FIRST, LATER, BEFORE, AFTERWARDS = 12, 4, 10, 8
"""At most so many moves are inferred for the first line, for each later one, before the figure and after a refusal."""
QUIETER = 2
"""So many more are inferred for the first line if nothing is then left in the network."""
CROWD = 20_000
"""At most so many situations are looked at for one line."""

Node = tuple[Situation, tuple[Action, ...]]


@dataclass(frozen=True)
class Stop:
    """Where a line cannot be played: the best situation for it, and what is missing.

    kind: "states" (the situation is that after the line's segment), "departs", "arrives", "event" or "numbers".
    end: the one concerned; event: the one that does not happen.
    """

    situation: Situation
    kind: str
    end: int
    event: str = ""

    @property
    def reached(self) -> int:
        """How far the line was played."""
        return {"event": 0, "numbers": 0, "departs": 1, "arrives": 1, "states": 2}[self.kind]


def searched(
    situations: Iterable[Situation],
    good: Callable[[Situation], bool],
    onwards: Callable[[Situation], Iterable[Situation]],
    depth: int,
) -> list[Situation]:
    """Return the nearest situations that are good, breadth-first; none further than `depth` or beyond a crowd."""
    level = list(situations)
    seen = {each.key() for each in level}
    for _ in range(depth + 1):
        found = [each for each in level if good(each)]
        if found or len(seen) > CROWD:
            return found
        following = []
        for each in level:
            for after in onwards(each):
                if after.key() not in seen:
                    seen.add(after.key())
                    following.append(after)
        level = following
    return []


class Inference:
    """Plays the lines of one script on a board. copies: the lines in which a copy of what arrives stays behind."""

    def __init__(self, board: Board, script: Script, copies: frozenset[int]) -> None:
        self.board, self.script, self.copies = board, script, copies
        events = [event for event in board.relation.events if event.spontaneous]
        self.spontaneous = [event.name for event in events if event.kind in ("internal", "timeout", "idle")]

    # --- one line ---------------------------------------------------------------------------------------------

    def line(self, situations: list[Situation], place: int) -> tuple[list[Situation], Stop | None]:
        """Return the situations after a line, or none and what stops it."""
        row = self.script.rows[place]
        level: list[Node] = [(each, row.actions) for each in situations]
        seen = {(each.key(), rest) for each, rest in level}
        stops: list[Stop] = []
        noisy: list[Situation] = []
        last = FIRST if place == 0 else LATER
        for depth in range(last + 1):
            level = [*self._acted(level, place, stops), *level]
            found = _distinct(t for each, rest in level if not rest for t in self._finished(each, place, stops))
            quiet = found if place else [each for each in found if each.quiet(but_last=row.segment is not None)]
            if quiet or (noisy and depth == last):
                return quiet or noisy, None
            if found and not noisy:
                noisy, last = found, min(last, depth + QUIETER)
            following: list[Node] = []
            for each, rest in level:
                for after in self._inferred(each, place):
                    if (after.key(), rest) not in seen:
                        seen.add((after.key(), rest))
                        following.append((after, rest))
            if not following or len(seen) > CROWD or (depth == 0 and place and self._hopeless(row, stops)):
                break
            level = following
        return (noisy, None) if noisy else ([], max(stops, key=lambda stop: (stop.reached, -stop.situation.inferred)))

    def _hopeless(self, row: Row, stops: list[Stop]) -> bool:
        """Return whether nothing that may be inferred could bring an arrival about: its segment was never sent."""
        missing = row.segment is not None and not row.departs
        return missing and all(stop.kind == "arrives" for stop in stops)

    def _acted(self, level: list[Node], place: int, stops: list[Stop]) -> list[Node]:
        """Return what the next actions of a line lead to, one after the other."""
        found: list[Node] = []
        for each, rest in level:
            for i, action in enumerate(rest):
                event = (action.event, (action.octets, action.active, True))
                after = list(self.board.own(each, action.end, event, place, inferred=False))
                if not after:
                    stops.append(Stop(each, "event", action.end, action.event))
                found += [(one, (*rest[:i], *rest[i + 1 :])) for one in after]
        return [*self._acted(found, place, stops), *found] if found else []

    def _finished(self, now: Situation, place: int, stops: list[Stop]) -> Iterator[Situation]:
        """Yield the situations after what a line shows of its segment, if the states are then those shown."""
        row = self.script.rows[place]
        for after in [now] if row.segment is None else self._moved(now, place, stops):
            wrong = [end for end in (0, 1) if row.states[end] not in (None, after.state(end))]
            if wrong:
                to = 1 - row.sender if row.arrives else row.sender
                stops.append(Stop(after, "states", to if to in wrong else wrong[0]))
            elif unsaid := [end for end in (0, 1) if not self._numbered(after, end, row.numbers[end])]:
                stops.append(Stop(after, "numbers", unsaid[0]))
            else:
                yield after

    def _numbered(self, now: Situation, end: int, numbers: tuple[int, int] | None) -> bool:
        """Return whether an end thinks the connection open and would send and receive these numbers next."""
        here = tuple(self.board.value(now, end, name) for name in ("STATE", "SND.NXT", "RCV.NXT"))
        return numbers is None or here == ("ESTABLISHED", *numbers)

    def _moved(self, now: Situation, place: int, stops: list[Stop]) -> Iterator[Situation]:
        """Yield the situations after a line's segment has departed, arrived or got lost."""
        row, board = self.script.rows[place], self.board
        where = (PENDING,) if row.departs else (NETWORK, OLD, PENDING)
        fitting = [
            each
            for one in where
            for each in now.flying
            if each.place == one and each.sender == row.sender and row.segment and board.fits(each.fields, row.segment)
        ]
        alike = {each[1:4]: each.number for each in reversed(fitting)}
        if not alike:
            stops.append(Stop(now, "departs" if row.departs else "arrives", row.sender))
        for number in alike.values():
            if row.lost:
                yield board.lose(now, number, place)
            elif row.arrives:
                yield from board.deliver(now, number, place, inferred=False, copy=place in self.copies)
            else:
                yield now.placed(number, NETWORK)

    # --- what a line does not show ----------------------------------------------------------------------------

    def _inferred(self, now: Situation, place: int) -> Iterator[Situation]:
        """Yield what may happen before a line without being shown."""
        row = self.script.rows[place]
        for end in (0, 1):
            for event in self._own_events(row, end):
                for after in self.board.own(now, end, event, place, inferred=True):
                    if _new(now, after) and self._plausible(now, after, place, end, event[0]):
                        yield after
        needed = self._needed(now, place)
        for each in now.flying:
            if each.place in (PENDING, NETWORK) and each.number not in needed:
                for after in self.board.deliver(now, each.number, place, inferred=True):
                    if place == 0 or row.segment is None or after.state(1 - each.sender) == now.state(1 - each.sender):
                        yield after

    def _own_events(self, row: Row, end: int) -> Iterator[Event]:
        yield OPEN.name, (0, True, True)
        yield OPEN.name, (0, False, True)
        sends = row.departs and row.sender == end
        octets = self.script.octets(row)
        if sends and octets:
            yield SEND.name, (octets, False, True)
        yield CLOSE.name, NOTHING
        if sends:
            yield ABORT.name, NOTHING
        for name in self.spontaneous:
            yield name, NOTHING

    def _plausible(self, now: Situation, after: Situation, place: int, end: int, event: str) -> bool:
        """Return whether what an end does by itself may be inferred for a line."""
        row = self.script.rows[place]
        new = [each for each in after.flying if each.number >= now.sent]
        shown = row.segment
        if shown is None or place == 0:
            usual = (OPEN.name, SEND.name, CLOSE.name, SEGMENTIZE.name, TIME_WAIT_TIMEOUT.name)
            if event in usual or (not new and after.state(end) == now.state(end)):
                return True
        elif not new and event != TIME_WAIT_TIMEOUT.name:
            return after.state(end) in (now.state(end), "LISTEN")
        again = event != RETRANSMISSION_TIMEOUT.name or all((each.sender, each.fields) in now.known for each in new)
        departs = shown is not None and row.departs and end == row.sender
        departs = departs and (event != ABORT.name or row.states[end] is not None)
        return departs and again and any(shown is not None and self.board.fits(each.fields, shown) for each in new)

    def _needed(self, now: Situation, place: int) -> set[int]:
        """Return the segments in the network that this and later lines show arriving, and do not show departing."""
        kept: set[int] = set()
        used: set[int] = set()
        rows = self.script.rows
        for later in range(place, len(rows)):
            row = rows[later]
            if row.segment is None or row.departs or not row.arrives:
                continue
            departures = [r for r in rows[place:later] if r.departs and not (r.arrives or r.lost) and r.segment]
            fitting = [
                f for f in now.flying
                if f.sender == row.sender and f.number not in kept and self.board.fits(f.fields, row.segment)
            ]  # fmt: skip
            again = [
                i for i, r in enumerate(departures)
                if i not in used and r.sender == row.sender and fitting and r.segment
                and self.board.fits(fitting[0].fields, r.segment)
            ]  # fmt: skip
            if again:
                used.add(again[0])
            elif fitting:
                kept.add(fitting[0].number)
        return kept

    # --- before and after the figure --------------------------------------------------------------------------

    def numbers(self) -> tuple[list[int], list[int]]:
        """Return the ISNs that each end may choose in the figure: those of its SYNs, or that fit what it shows."""
        found: tuple[list[int], list[int]] = ([], [])
        for end in (0, 1):
            shown = [(row, row.segment) for row in self.script.rows if row.segment is not None]
            own = [
                (row, s) for row, s in shown if row.sender == end and s.controls is not None and "RST" not in s.controls
            ]
            departing = [s for row, s in own if row.departs]
            wanted: list[object] = [_before(s.seq) for s in departing[:1] if not _opens(s.controls)]
            for e in (0, 1):
                wanted += [_before(n[e != end]) for row in self.script.rows if (n := row.numbers[e]) is not None]
            wanted += [s.seq for s in departing if _opens(s.controls)]
            if not departing:
                wanted += [_before(s.ack) for row, s in shown if row.sender != end and s.acknowledges()][:1]
            wanted += [s.seq for row, s in own if not row.departs and _opens(s.controls)]
            found[end].extend(dict.fromkeys(number for number in wanted if isinstance(number, int)))
            if not found[end]:
                found[end].append(FIRST_ISN[end])
        return found

    def earlier(self, situations: list[Situation], old: Row) -> list[Situation]:
        """Return a situation in which an old duplicate is in the network and both ends have no connection any more."""
        shown, sender = old.segment, old.sender
        if shown is None:
            return []
        wanted = ([], []) if shown.seq is None else _offers(shown.seq, shown.ack, sender, opens=_opens(shown.controls))
        offer, self.board.offer = self.board.offer, (wanted[0] or FIRST_ISN[:1], wanted[1] or FIRST_ISN[1:])
        opener = sender if _opens(shown.controls) else 0
        sending: Event = (SEND.name, (max(self.script.octets(old), 1), False, True))
        opening = [((OPEN.name, (0, end == opener, True)), sending) for end in (0, 1)]
        ending: tuple[Event, ...] = ((CLOSE.name, NOTHING), (ABORT.name, NOTHING), (TIME_WAIT_TIMEOUT.name, NOTHING))

        def there(now: Situation) -> list[int]:
            return [
                f.number for f in now.flying
                if f.place == PENDING and f.sender == sender and self.board.fits(f.fields, shown)
            ]  # fmt: skip

        sent = searched(
            situations, lambda now: bool(there(now)), lambda now: self._freely(now, (opening[0], opening[1])), BEFORE
        )
        marked = [each.placed(there(each)[0], OLD) for each in sent[:1]]
        gone = searched(
            marked,
            lambda now: all(now.state(end) in NO_CONNECTION for end in (0, 1)),
            lambda now: self._freely(now, (ending, ending)),
            BEFORE,
        )
        self.board.offer = offer
        return [_left_behind(each) for each in gone[:1]]

    def onwards(self, now: Situation, *, calls: bool) -> Iterator[Situation]:
        """Yield what may follow a refusal: arrivals and what is queued leaving; with `calls` users and timeouts too."""
        events: list[Event] = [(SEGMENTIZE.name, NOTHING)]
        if calls:
            events += [(OPEN.name, (0, True, True)), (OPEN.name, (0, False, True)), (CLOSE.name, NOTHING)]
            events += [(name, NOTHING) for name in (RETRANSMISSION_TIMEOUT.name, TIME_WAIT_TIMEOUT.name)]
        yield from self._freely(now, (events, events))

    def _freely(self, now: Situation, events: tuple[Sequence[Event], Sequence[Event]]) -> Iterator[Situation]:
        """Yield what arrivals, and these events of A and of B, lead to."""
        for each in now.flying:
            if each.place in (PENDING, NETWORK):
                yield from self.board.deliver(now, each.number, None, inferred=True)
        for end in (0, 1):
            for event in events[end]:
                if event[0] == SEND.name and now.state(end) in NO_CONNECTION:
                    continue  # it would open actively
                for after in self.board.own(now, end, event, None, inferred=True):
                    if _new(now, after):
                        yield after


def _new(now: Situation, after: Situation) -> bool:
    """Return whether a move did anything."""
    return after.tcbs != now.tcbs or after.sent != now.sent


def _opens(controls: frozenset[str] | None) -> bool:
    return controls is not None and SYN.bits <= controls


def _before(number: object) -> int | None:
    """Return the ISN after whose SYN a number comes next."""
    return (number - 1) % (1 << 32) if isinstance(number, int) else None


def _offers(seq: object, ack: object, sender: int, *, opens: bool) -> tuple[list[int], list[int]]:
    """Return ISNs with which an old segment can have been sent: right after both SYNs, or after one octet of text."""
    own = [seq if opens else _before(seq)]
    peers = [] if ack is None else [_before(ack), _before(_before(ack))]
    pair = [[number for number in side if isinstance(number, int)] for side in (own, peers)]
    return (pair[0], pair[1]) if sender == 0 else (pair[1], pair[0])


def _left_behind(now: Situation) -> Situation:
    """Return the situation in which what still flies, but for old duplicates, is none of the figure's business."""
    for each in now.flying:
        if each.place != OLD:
            now = now.placed(each.number, STALE)
    return now


def _distinct(situations: Iterable[Situation]) -> list[Situation]:
    """Return the situations without those that are like an earlier one."""
    found: dict[object, Situation] = {}
    for each in situations:
        found.setdefault(each.key(), each)
    return list(found.values())
