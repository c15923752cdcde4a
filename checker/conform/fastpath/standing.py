"""Where the two ends of a pair stand, as numbers of a slot, and back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from checker.compiled.subset import U64
from checker.conform.endpoint import Entry, Now
from checker.conform.facts import Tally
from checker.conform.fastpath import places as p
from checker.conform.fastpath.tables import Tables
from checker.conform.follow import Follower
from checker.conform.machine import ARRIVES, PLAIN_CALL, key_of
from checker.conform.pair import Pair
from checker.conform.story import Story
from checker.conform.telling import EndFound

Values = tuple[Any, ...]


def written(pair: Pair, tables: Tables, slots: U64, now: int) -> None:
    """Write where a pair stands; nothing may be on its way to an end, nothing held. Raise NotAssembled."""
    tally = pair.tally
    slots[now + p.TOTAL], slots[now + p.BITS] = tally.total, tally.bits
    slots[now + p.FIRST_FRAME], slots[now + p.FIRST_TIME] = tally.first
    slots[now + p.LAST_FRAME], slots[now + p.LAST_TIME] = tally.last
    slots[now + p.PASSED] = 0
    for side, end in enumerate(pair.ends):
        at, context = now + p.ENDS + side * p.END, pair.contexts[side]
        scale, fin = pair.scale[side], tally.fin[side]
        slots[now + p.SCALES + side] = optional(scale)
        slots[at + p.PART], numbers = tables.numbers_of(end.tcb or ())
        _fill(slots, at + p.TCB, numbers)
        slots[at + p.PENDING] = 0
        slots[at + p.PEER_FIRST], slots[at + p.PEER_END] = optional(context.peer_first), optional(context.peer_end)
        slots[at + p.PEER_WINDOW], slots[at + p.ACKED] = context.peer_window, optional(context.acked)
        slots[at + p.ISN], slots[at + p.FIN_SENT] = optional(context.isn), end.fin_sent
        slots[at + p.SEGMENTS], slots[at + p.OCTETS] = tally.segments[side], tally.octets[side]
        slots[at + p.SYNS], slots[at + p.SYN_ACKS] = tally.syn[side], tally.syn_ack[side]
        slots[at + p.FINS], slots[at + p.FIN_FRAME] = tally.fins[side], 0 if fin is None else fin[0]
        _fill(slots, at + p.FIN_FIELDS, () if fin is None else fin[1])
        owed = end.now.owed
        slots[at + p.OWES] = len(owed)
        for place, (_, entry, which) in enumerate(owed):
            _fill(slots, at + p.OWES + 1 + p.FIELDS * place, entry.sent[which])


def _fill(slots: U64, at: int, numbers: Sequence[int]) -> None:
    for place, number in enumerate(numbers):
        slots[at + place] = number


def optional(number: int | None) -> int:
    """Return a number that may be missing as a slot holds it."""
    return 0 if number is None else number + 1


def stands(pair: Pair, tables: Tables, words: list[int]) -> None:
    """Have a pair that begins, or goes on, stand where a state says."""
    pair.begun = True
    for side, end in enumerate(pair.ends):
        at, context = p.ENDS + side * p.END, pair.contexts[side]
        pair.scale[side] = _none_or(words[p.SCALES + side])
        context.peer_first, context.peer_end = _none_or(words[at + p.PEER_FIRST]), _none_or(words[at + p.PEER_END])
        context.peer_window, context.acked = words[at + p.PEER_WINDOW], _none_or(words[at + p.ACKED])
        context.isn = _none_or(words[at + p.ISN])
        end.fin_sent = bool(words[at + p.FIN_SENT])
        _end_stands(end, tables, words, at)
    pair.rescale()
    pair.tally = tally_of(words)
    _tell(pair.stories, tables, words)


def _tell(stories: tuple[Story, Story], tables: Tables, words: list[int]) -> None:
    """Tell what both ends passed through."""
    for place in range(words[p.PASSED]):
        part, side = divmod(words[p.PASSED + 1 + place], 2)
        stories[side].passes(tables.passed[part])


def _tcb(tables: Tables, words: list[int], at: int) -> Values:
    return tables.tcb_of(words[at + p.PART], words[at + p.TCB : at + p.TCB + p.TCB_SIZE])


def _end_stands(end: Follower, tables: Tables, words: list[int], at: int) -> None:
    tcb = _tcb(tables, words, at)
    owed = []
    for place in range(words[at + p.OWES]):
        fields = _fields(words, at + p.OWES + 1 + p.FIELDS * place)
        entry = Entry(ARRIVES, None, None, 0, PLAIN_CALL, tcb, tcb, (), (fields,), (None,), ())
        owed.append((key_of(fields), entry, 0))
    end.now = Now(tcb, (), tuple(owed), [None, None])


def _fields(words: list[int], at: int) -> Values:
    return (*words[at : at + 4], *map(bool, words[at + 4 : at + p.FIELDS]))


def _none_or(number: int) -> int | None:
    return number - 1 if number else None


def found(tables: Tables, words: list[int], names: tuple[str, str]) -> tuple[EndFound, EndFound]:
    """Return what is found of two ends of which nothing is to be told but the states that they came to."""
    stories = Story(tables.origin), Story(tables.origin)
    _tell(stories, tables, words)
    ends = []
    for at, name, story in zip((p.ENDS, p.ENDS + p.END), names, stories, strict=True):
        tcb = _tcb(tables, words, at)
        ends.append(EndFound(name, words[at + p.SEGMENTS] > 0, tcb, tcb, story, (), ()))
    return ends[0], ends[1]


def tally_of(words: list[int]) -> Tally:
    """Return the counts that a state holds."""
    tally = Tally(bits=words[p.BITS])
    tally.first = words[p.FIRST_FRAME], words[p.FIRST_TIME]
    tally.last = words[p.LAST_FRAME], words[p.LAST_TIME]
    for side in (0, 1):
        at = p.ENDS + side * p.END
        tally.segments[side], tally.octets[side] = words[at + p.SEGMENTS], words[at + p.OCTETS]
        tally.syn[side], tally.syn_ack[side] = words[at + p.SYNS], words[at + p.SYN_ACKS]
        tally.fins[side] = words[at + p.FINS]
        if words[at + p.FIN_FRAME]:
            tally.fin[side] = words[at + p.FIN_FRAME], _fields(words, at + p.FIN_FIELDS)
    return tally
