"""What the kernel looks up, as flat arrays: rows by local state and segment, networks, flags. Filled as asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Protocol

from checker.compiled.memory import Words
from checker.explore.core import places
from checker.explore.core.looking import mixed
from checker.explore.graph import DELIVER, DELIVER_KEEP, LOSE, OWN, TICK, Row, RowCounts
from checker.explore.networks import BLOCKED, Channel

if (OWN, DELIVER, DELIVER_KEEP, LOSE, TICK) != (places.OWN, places.DELIVER, places.KEEP, places.LOSE, places.TICK):
    raise AssertionError("the kernel numbers the kinds of action otherwise than the graph does")


class TablesFull(Exception):
    """The machine's tables hold no more local states or segments; the search ends there, undecided."""


class Machine(Protocol):
    """What the kernel explores: two ends as tables, filled as they are asked for."""

    destination: list[int]

    def initial(self) -> tuple[int, int]:
        """Return the local states of both ends at the start."""

    def own(self, end: int, local: int) -> tuple[Row, ...]:
        """Return the rows of an end's own events: user calls, timeouts."""

    def arrivals(self, end: int, local: int, segment: int) -> tuple[Row, ...]:
        """Return the rows for a segment arriving: one for each way to take it, none if it has to wait."""

    def joint(self, a: int, b: int) -> int:
        """Return the flags of a pair of local states."""

    def cost(self, end: int, local: int) -> int:
        """Return how many faults the local state has used: retransmissions, crashes, timeouts."""


Tick = Callable[[int, int], int]
"""For an end and its local state: the local state one tick later, or -1 when something must happen before that."""
_SENT = 3
"""How many segments one row of a sorted network sends at most."""


class Hashed:
    """A table with open addressing, `wide` numbers an entry, the first not 0; it doubles when a quarter is taken.

    The bits of an entry's first number from `low` on are its key; its place follows from it.
    """

    def __init__(self, p: Words, places: tuple[int, int], *, wide: int = 1, low: int = 0) -> None:
        self.p, self.places, self.wide, self.low = p, places, wide, low
        self.count = 0
        self.array = Words(0)
        self._make(256)

    def _make(self, size: int) -> None:
        old, many, self.array, self.count = self.array, self.count, Words(size * self.wide), 0
        self.p[self.places[0]], self.p[self.places[1]] = 64 - (size.bit_length() - 1), size - 1
        for at in range(0, len(old) if many else 0, self.wide):
            if old[at]:
                self._put(*old.numbers[at : at + self.wide])

    def _put(self, *entry: int) -> None:
        at, mask = mixed(entry[0] >> self.low) >> self.p[self.places[0]], self.p[self.places[1]]
        while self.array[at * self.wide]:
            at = at + 1 & mask
        for i, number in enumerate(entry):
            self.array[at * self.wide + i] = number
        self.count += 1

    def add(self, *entry: int) -> None:
        """Write an entry down that is not there yet."""
        if 4 * self.count > self.p[self.places[1]]:
            self._make(2 * (self.p[self.places[1]] + 1))
        self._put(*entry)

    def __iter__(self) -> Iterator[int]:
        """Yield the first number of every entry, in no order that means anything."""
        return (self.array[at] for at in range(0, len(self.array), self.wide) if self.array[at])


class Tables:
    """The tables of one machine and one network; `p` are the numbers that the kernel reads besides."""

    def __init__(self, machine: Machine, network: Channel, p: Words, watched: int) -> None:
        self.machine, self.network, self.p = machine, network, p
        self.interned, self.twins = not network.is_sorted, False
        self.own, self.cost, self.later = Words(2048, 4), Words(2048, 4), Words(2048, 4)
        self.destination, self.alike = Words(1024, 4), Words(1024, 4)
        self.rows, self.firsts = Words(4 * 1024), Words(1024)
        self.many_rows, self.widest_own, self.widest_arrival = places.FIRST_ROW, 1, 1
        self.arrivals = Hashed(p, (places.ARRIVAL_SHIFT, places.ARRIVAL_MASK), low=places.ROW)
        self.arrived: set[int] = set()
        self.sends = Hashed(p, (places.SEND_SHIFT, places.SEND_MASK), wide=2)
        self.pairs = Hashed(p, (places.PAIR_SHIFT, places.PAIR_MASK), wide=2)
        self.nets, self.ways, self.many_ways, self.most_ways = Words(3 * 1024), Words(1024), 1, 1
        self.contents: list[int] = []
        self.net_ids: dict[int, int] = {}
        self.sent_ids: dict[tuple[tuple[int, ...], bool], int] = {}
        self.sent: list[tuple[tuple[int, ...], bool]] = []
        self.flags: list[int] = [0]
        self.flag_ids: dict[tuple[int, bool], int] = {}
        self.live, self.best = Words(1024, 4), Words(3 * 1024)
        self.settled = ~watched
        self.locals, self.segments, self.states = [0, 0], 0, 0
        self.net(0)

    def used_again(self, watched: int) -> Tables:
        """Return these tables for another search: nothing counted, nothing met yet."""
        for place in places.COUNTS:
            self.p[place] = 0
        self.rows.numbers[3 : 4 * self.many_rows : 4] = memoryview(bytes(8 * self.many_rows)).cast("Q")
        for number in range(len(self.flags)):
            self.best[3 * number] = 0
        self.settled = ~watched
        self.settle(0)
        return self

    def row_counts(self) -> Callable[[], RowCounts]:
        """Return what tells how often rows were taken in the search that has ended, even after another one."""
        begin, end = places.FIRST_ROW, self.many_rows
        return partial(
            _counted, self.rows.numbers[4 * begin : 4 * end].tobytes(), self.firsts.numbers[begin:end].tobytes()
        )

    # --- what is asked for ----------------------------------------------------------------------------------

    def fill_own(self, end: int, local: int) -> None:
        """Write down the rows of an end's own events."""
        rows = self.machine.own(end, local)
        self.own[2 * local + end] = self._span(end, rows)
        self.widest_own = max(self.widest_own, len(rows))

    def fill_arrival(self, end: int, local: int, segment: int) -> None:
        """Write down the rows for a segment that arrives."""
        rows = self.machine.arrivals(end, local, segment)
        key = segment << places.ID | local
        self.arrived.add(key)
        self.arrivals.add(key << places.ROW | self._span(end, rows))
        self.widest_arrival = max(self.widest_arrival, len(rows))

    def fill_all(self, ends: tuple[int, int], flying: Sequence[int]) -> None:
        """Write down every row that a state asks for and that is not there yet, in the order in which it asks."""
        for end, local in enumerate(ends):
            if not self.own[2 * local + end]:
                self.fill_own(end, local)
        for segment in flying:
            end = self.machine.destination[segment]
            if segment << places.ID | ends[end] not in self.arrived:
                self.fill_arrival(end, ends[end], segment)

    def fill_send(self, net: int, number: int) -> None:
        """Write down what becomes of an interned network when segments are sent."""
        segments, once = self.sent[number - 1]
        content = self.contents[net]
        if once and self.network.holds(content, segments):
            answer = places.HELD
        else:
            after = self.network.send(content, segments)
            answer = places.BLOCKED if after == BLOCKED else self.net(after)
        self.sends.add(net << 21 | number, answer)

    def fill_net(self, net: int) -> None:
        """Write down what may arrive from an interned network and be lost in it, and what a tick makes of it."""
        content = self.contents[net]
        spans = [self._ways(self.network.choices(content)), self._ways(self.network.losses(content))]
        after, dead = self.network.aged(content)
        aged = self.net(after) << places.DEAD | dead
        for i, number in enumerate((*spans, aged)):
            self.nets[3 * net + i] = number

    def fill_tick(self, end: int, local: int, tick: Tick) -> None:
        """Write down what a tick makes of a local state."""
        after = tick(end, local)
        self.later[2 * local + end] = 1 if after < 0 else self.local(end, after) + 2

    def fill_pair(self, a: int, b: int, look_flag: int) -> None:
        """Write down the flags of a pair of local states."""
        flags = self.machine.joint(a, b)
        self.pairs.add((b << places.ID | a) + 1, self.flags_id(flags) | (places.LOOK if flags & look_flag else 0))

    # --- interning ------------------------------------------------------------------------------------------

    def net(self, content: int) -> int:
        """Return the number of an interned network."""
        known = self.net_ids.get(content)
        if known is None:
            known = self.net_ids[content] = len(self.contents)
            self.contents.append(content)
            self.nets.grow(3 * len(self.contents))
        return known

    def _ways(self, ways: Sequence[tuple[int, int]]) -> int:
        begin = self.many_ways
        self.many_ways += 1 + len(ways)
        self.most_ways = max(self.most_ways, len(ways))
        self.ways.grow(self.many_ways)
        self.ways[begin] = len(ways)
        for i, (segment, without) in enumerate(ways, begin + 1):
            self._segments()
            self.ways[i] = segment << 32 | self.net(without)
        return begin

    def local(self, end: int, local: int) -> int:
        """Note that a local state exists; return it."""
        if local >= self.locals[end]:
            for number in range(self.locals[end], local + 1):
                for array in (self.own, self.cost, self.later):
                    array.grow(2 * number + 2)
                for each in (0, 1) if self.twins else (end,):
                    self.cost[2 * number + each] = self.machine.cost(each, number)
            self.locals[end] = local + 1
            if self.twins:
                self.locals[1 - end] = local + 1
        return local

    def _segments(self) -> None:
        """Note the segments that the machine has come to know."""
        for segment in range(self.segments, len(self.machine.destination)):
            self.destination.grow(segment + 1)
            self.alike.grow(segment + 1)
            self.destination[segment] = self.machine.destination[segment]
            self.alike[segment] = self.network.alike[segment] if self.network.alike else segment
        self.segments = max(self.segments, len(self.machine.destination))

    def _span(self, end: int, rows: Sequence[Row]) -> int:
        """Write rows down side by side; return the number of the first."""
        if not rows:
            return places.NO_ROWS
        begin = self.many_rows
        self.many_rows += len(rows)
        if self.many_rows >= places.NO_ROWS:
            raise TablesFull(f"limit of {places.NO_ROWS:,} rows of the tables")
        self._segments()
        for array, wide in ((self.rows, 4), (self.firsts, 1)):
            array.grow(wide * self.many_rows)
        for number, row in enumerate(rows, begin):
            head = places.LAST if number == self.many_rows - 1 else 0
            head |= places.ONCE if row.once and row.target >= 0 else 0
            head |= places.CUT if row.target < 0 else self.local(end, row.target)
            self.rows[4 * number] = head | self.flags_id(row.flags, row=True) << places.FLAGS
            self.rows[4 * number + 1] = self._sent(row)
            self.rows[4 * number + 2] = row.label << places.KIND
        return begin

    def _sent(self, row: Row) -> int:
        """Return what a row sends: up to three segments, or for interned networks the number of a list of them."""
        if not row.sent:
            return 0
        if self.interned:
            key = (row.sent, row.once)
            if key not in self.sent_ids:
                self.sent.append(key)
                self.sent_ids[key] = len(self.sent)
            return self.sent_ids[key]
        if len(row.sent) > _SENT:
            raise TablesFull(f"limit of {_SENT} segments sent in one step (this one sends {len(row.sent)})")
        return sum(segment + 1 << places.ID * i for i, segment in enumerate(row.sent))

    # --- flags ----------------------------------------------------------------------------------------------

    def flags_id(self, flags: int, *, row: bool = False) -> int:
        """Return the number of a set of flags; what rows raise is numbered apart from what states raise."""
        flags &= ~self.settled
        if not flags:
            return 0
        known = self.flag_ids.get((flags, row))
        if known is None:
            known = self.flag_ids[flags, row] = len(self.flags)
            if known > places.ID_MASK:
                raise TablesFull(f"limit of {places.ID_MASK:,} sets of flags")
            self.flags.append(flags)
            self.live.grow(known + 1)
            self.best.grow(3 * known + 3)
            self.live[known] = 1
        return known

    def settle(self, flags: int) -> None:
        """Forget flags whose first place is known: nothing later can be shorter."""
        self.settled |= flags
        for number, raised in enumerate(self.flags):
            self.live[number] = int(raised & ~self.settled != 0)

    def widest(self, capacity: int) -> int:
        """Return how many successors a state can have, at most, by the rows there are."""
        arriving = self.most_ways if self.interned else capacity
        return 2 * self.widest_own + arriving * (2 * self.widest_arrival + 1) + 1


def _counted(rows: bytes, firsts: bytes) -> RowCounts:
    """Return how often rows were taken and where first, by label, out of a copy of theirs; some may share a label."""
    numbers = memoryview(rows).cast("Q").tolist()
    many = (max(numbers[2::4], default=-1) >> places.KIND) + 1
    counts = RowCounts([0] * many, [0] * many, {})
    uses = memoryview(firsts).cast("Q").tolist()
    for head, above, times, use in zip(numbers[::4], numbers[2::4], numbers[3::4], uses, strict=True):
        label = above >> places.KIND
        if times and head & places.CUT:
            counts.cut[label] = counts.cut.get(label, 0) + times
        elif times:
            if not counts.taken[label]:
                counts.uses[label] = use
            counts.taken[label] += times
    return counts
