"""The fast lane: conversations on which nothing is out of the ordinary, each in a slot, many segments in one call.

What leaves the lane goes on as a Pair that stands where the slot stood. A search looks further back than that: then
the pair is made anew where it stood some segments before (its base), and takes them one by one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from struct import Struct
from typing import Any, NamedTuple, Protocol

from checker.capture.conversations import Conversation
from checker.capture.segment import RST, SYN, Segment
from checker.compiled import native
from checker.compiled.memory import Words
from checker.conform.context import Context
from checker.conform.endpoint import STALE
from checker.conform.facts import ENDING
from checker.conform.fastpath import acting, following, learned, noting, places
from checker.conform.fastpath.assembling import NotAssembled
from checker.conform.fastpath.standing import found, optional, stands, tally_of, written
from checker.conform.fastpath.tables import Tables
from checker.conform.follow import TRAIL
from checker.conform.machine import NO_ISN, Machine
from checker.conform.pair import Pair, Vantage, shift_count
from checker.conform.result import Incarnation
from checker.conform.telling import told

BATCH = 64
"""So many rows are followed at a time, at most."""
PAST = TRAIL + 4 * places.OWED
"""So many segments of a connection, and up to twice as many, are remembered: as many as a pair would."""
LONGEST = 3 * PAST
"""A pair whose past is longer does not go back to the lane before that is forgotten."""
_TURNS = SYN | RST
"""Segments that may end an incarnation, unless it begins with them: that is told at once."""
_row = Struct(f"={places.ROW}Q").pack_into
_ROW_BYTES = 8 * places.ROW
NO_CONTEXTS = Context(), Context()
"""What was heard tells nothing where nothing is missing."""


class Host(Protocol):
    """Whoever follows what is not plain."""

    def stray(self, conversation: Conversation, side: int, segment: Segment) -> None:
        """Take a segment that the lane left."""

    def rests(self, number: int, *, over: bool) -> None:
        """Take note that nothing, or something again, is left to happen in a conversation."""


class Beginning(NamedTuple):
    """What a pair to follow a conversation with is made of."""

    machine: Machine
    names: tuple[str, str]
    tags: tuple[int, ...]
    conversation: int
    vantage: Vantage
    keep: bool
    known: int

    def pair(self) -> Pair:
        """Return a pair that knows nothing yet."""
        return Pair(*self[:5], keep=self.keep, known=self.known)


class Followed:
    """A conversation in the lane.

    begun    what a pair to follow it with is made of.
    pair     what it was before it came to the lane, or None.
    recent   its segments since the base.
    base     where it stood before them: a state, a pair, or None where it begins.
    middle, mark   the state at a later place, if one was taken, and the place; full: where the next is taken.
    """

    __slots__ = ("base", "begun", "conversation", "full", "mark", "middle", "pair", "recent")

    def __init__(self, conversation: Conversation, begun: Beginning, pair: Pair | None = None) -> None:
        self.conversation, self.begun, self.pair = conversation, begun, pair
        self.base: bytes | Pair | None = pair
        self.recent: list[Segment] = []
        self.middle: bytes | None = None
        self.place(0)

    def place(self, mark: int) -> None:
        """Say where the state at a later place was taken."""
        self.mark, self.full = mark, mark + PAST

    def stood(self, tables: Tables, state: bytes) -> Pair:
        """Return a pair that stands where a state says."""
        pair = self.begun.pair() if self.pair is None else self.pair.twin()
        stands(pair, tables, memoryview(state).cast("Q").tolist())
        if self.pair is None:
            pair.isn[0] = pair.contexts[0].isn
        return pair


class Past:
    """What a pair that comes from the lane did before: called, it makes a pair that did it itself."""

    def __init__(self, owner: Followed, done: int, tables: Tables) -> None:
        self.owner, self.done, self.tables = owner, done, tables

    def __call__(self) -> Pair:
        """Return the pair."""
        owner = self.owner
        if isinstance(owner.base, bytes):
            pair = owner.stood(self.tables, owner.base)
        else:
            pair = owner.begun.pair() if owner.base is None else owner.base
        for segment in owner.recent[: self.done]:
            pair.feed(owner.conversation.side(segment), segment)
        return pair


class Lane:
    """Slots, rows that wait to be followed, and the loop.

    slots      the slot of each conversation in the lane, by number.
    opened     whether it is open: nothing may come in before.
    """

    def __init__(self, machine: Machine, host: Host) -> None:
        self.machine, self.tables, self.host = machine, Tables(machine), host
        self.slots: dict[int, int] = {}
        self.opened = False
        self._functions: Mapping[str, Callable[..., int]] | None = None
        self._words, self._rows, self._events = Words(64 * places.SLOT), Words(BATCH * places.ROW), Words(BATCH + 1)
        self._owners: list[Followed] = []
        self._free: list[int] = []
        self._waiting: list[Segment] = []
        self._fresh = _fresh(self.tables)
        self._bind()
        _check(machine)

    def _bind(self) -> None:
        """Have the loop work on the arrays where they lie now."""
        arrays = self._rows, self._words, self.tables.code, self.tables.registers, self._events
        self._moves = Words.moves
        self._numbers, self._packed = self._words.numbers, self._rows.numbers
        self._follow: Callable[..., int] = following.follow
        self._rest: tuple[Any, ...] = tuple(each.numbers for each in arrays)
        if self._functions is not None:
            self._follow = self._functions["follow"]
            self._rest = tuple(native.number(each.address) for each in arrays)

    def open(self, functions: Mapping[str, Callable[..., int]] | None) -> None:
        """Open the lane with its loops, compiled; None: Python runs them."""
        self.opened, self._functions = True, functions
        learned.restore(self.tables)
        self._bind()

    def keep(self) -> None:
        """Keep what was learned of the profile for the next run."""
        if self.opened:
            learned.keep(self.tables)

    # --- coming in ------------------------------------------------------------------------------------------------

    def begin(self, conversation: Conversation, begun: Beginning) -> None:
        """Give a conversation a slot, of which the first segment, yet to come, is a SYN."""
        self._slot(Followed(conversation, begun))

    def enter(self, pair: Pair, conversation: Conversation, begun: Beginning) -> bool:
        """Give the conversation of a pair a slot if all is plain there; return whether it has one now."""
        past, owner = pair.past, Followed(conversation, begun, pair)
        if not pair.plain or any(len(end.now.owed) > places.OWED for end in pair.ends):
            return False
        if isinstance(past, Past):
            owner.base = past.owner.base
            owner.recent = [*past.owner.recent[: past.done], *(segment for _, segment in pair.since)]
            if len(owner.recent) > LONGEST:
                return False
        slot = self._slot(owner)
        begin = slot * places.SLOT
        try:
            written(pair, self.tables, self._numbers, begin + places.NOW)
        except NotAssembled:
            self._drop(slot, conversation.number)
            return False
        pair.past, pair.since = None, []
        owner.place(len(owner.recent))
        self._numbers[begin + places.ROWS] = owner.mark
        self._numbers[begin + places.RESTING] = pair.resting
        owner.middle = self._state(slot) if owner.recent else None
        return True

    def _slot(self, owner: Followed) -> int:
        self.tables.learn()
        if self._free:
            slot = self._free.pop()
            self._owners[slot] = owner
        else:
            slot = len(self._owners)
            self._owners.append(owner)
            self._words.grow((slot + 1) * places.SLOT)
        if self._moves != Words.moves:
            self._bind()
        begin = slot * places.SLOT
        self._numbers[begin : begin + places.SLOT] = self._fresh
        self.slots[owner.conversation.number] = slot
        return slot

    def _state(self, slot: int) -> bytes:
        begin = slot * places.SLOT + places.NOW
        return bytes(self._numbers[begin : begin + places.STATE])

    # --- segments ---------------------------------------------------------------------------------------------------

    def put(self, slot: int, side: int, segment: Segment) -> None:
        """Take a segment of a conversation in the lane."""
        frame, time, _, _, _, _, _, seq, ack, flags, window, data, _, _, _, _ = segment
        owner = self._owners[slot]
        if len(owner.recent) >= owner.full and not self._marked(slot):
            self.host.stray(owner.conversation, side, segment)
            return
        owner.recent.append(segment)
        waiting = self._waiting
        at = len(waiting)
        waiting.append(segment)
        scale = optional(shift_count(segment)) if flags & SYN else 0
        _row(self._packed, at * _ROW_BYTES, slot, side, frame, time, seq, ack, flags, window, data, scale)
        if at == BATCH - 1 or (flags & _TURNS and not (flags & SYN and len(owner.recent) <= 2)):
            self.flush()

    def _marked(self, slot: int) -> bool:
        """Remember where a conversation stands, and forget what came before the last place that was remembered.

        Return False if it is not in the lane any more.
        """
        self.flush()
        owner = self._owners[slot]
        if self.slots.get(owner.conversation.number) != slot:
            return False
        if owner.middle is not None:
            owner.base = owner.middle
            del owner.recent[: owner.mark]
        owner.middle = self._state(slot)
        owner.place(len(owner.recent))
        self._numbers[slot * places.SLOT + places.ROWS] = owner.mark
        return True

    def flush(self) -> None:
        """Follow the rows that wait; hand out those that are not plain."""
        waiting, events, at = self._waiting, self._events, 0
        if not waiting:
            return
        self._waiting = []
        while True:
            at = self._follow(*self._rest, at, len(waiting))
            if events[0]:
                for event in events.numbers[1 : 1 + events[0]]:
                    self.host.rests(self._owners[event >> 1].conversation.number, over=bool(event & 1))
                events[0] = 0
            if at >= len(waiting):
                return
            slot, side = self._packed[at * places.ROW : at * places.ROW + 2]
            self.host.stray(self._owners[slot].conversation, side, waiting[at])
            at += 1

    # --- going out --------------------------------------------------------------------------------------------------

    def told(self, number: int) -> Incarnation | None:
        """Take a conversation from the lane that is all told with its state; or return None, and leave it there."""
        slot = self.slots[number]
        owner, begin = self._owners[slot], slot * places.SLOT
        ends = begin + places.NOW + places.ENDS
        waiting = self._numbers[ends + places.PENDING] + self._numbers[ends + places.END + places.PENDING]
        if waiting or owner.pair is not None or not self._numbers[begin + places.ROWS]:
            return None
        begun, words = owner.begun, self._numbers[begin + places.NOW : begin + places.SLOT].tolist()
        self._drop(slot, number)
        return told(
            self.machine, found(self.tables, words, begun.names), NO_CONTEXTS, tally_of(words), (), 0, begun.tags,
            (number, begun.known + 1), middle=False,
        )  # fmt: skip

    def out(self, number: int) -> Pair:
        """Take a conversation from the lane; return the pair that goes on with it."""
        slot = self.slots[number]
        owner = self._owners[slot]
        done: int = self._numbers[slot * places.SLOT + places.ROWS]
        state = self._state(slot)
        past = Past(owner, done, self.tables)
        self._drop(slot, number)
        if owner.base is None and done <= 1:  # a SYN is on its way
            return past()
        pair = owner.stood(self.tables, state)
        pair.past = past
        for end in pair.ends:
            end.provisional = True
        return pair

    def _drop(self, slot: int, number: int) -> None:
        del self.slots[number]
        self._numbers[slot * places.SLOT + places.OPEN] = 0
        self._free.append(slot)


def _fresh(tables: Tables) -> memoryview[int]:
    """Return a slot as it is when nothing has happened."""
    words = memoryview(bytearray(8 * places.SLOT)).cast("Q")
    words[places.OPEN] = 1
    for side in (0, 1):
        begin = places.NOW + places.ENDS + side * places.END + places.TCB
        for place, number in enumerate(tables.initial, begin):
            words[place] = number
    return words


def _check(machine: Machine) -> None:
    """Raise AssertionError where the loop's numbers are not those of the modules that they stand for."""
    ours = places.STALE, acting.NO_ISN, acting.RCV_WND, acting.ISS, noting.SAID_FIN
    if ours != (STALE, NO_ISN, machine.rcv_wnd, machine.index["ISS"], ENDING):
        raise AssertionError("the fast lane numbers something otherwise than the followers do")
