"""One end of a captured connection, followed segment by segment along the run that is most likely.

The quick path: what arrives is processed at once; what is sent is an answer that is owed, or an event of the end's
own. Where that does not explain what was seen, checker/conform/search.py looks for another run, a little further back
each time.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from checker.conform.machine import (
    ARRIVES,
    DATA,
    FIN_BIT,
    HALF,
    MASK,
    NO_ISN,
    PLAIN_CALL,
    RST_BIT,
    SEQ,
    WND,
    Machine,
    call_of,
    key_of,
)
from spec.freedoms import LETTER
from spec.freedoms.answering import HELD, NOT_NOW, OUT_OF_ORDER
from spec.vocabulary import NO_CONNECTION

Values = tuple[Any, ...]
OWED = 24
"""So many answers may be on their way from the end to the capture point; more are taken for lost or withheld."""
HOLD = 128
"""So many segments beyond RCV.NXT may be held by an end."""
PENDING = 256
"""So many segments may be on their way from the capture point to the end, or be held by it."""


class Seen(NamedTuple):
    """A captured segment, as one end takes it: sent by it or arriving there."""

    arrives: bool
    fields: Values
    frame: int
    time: int


class Entry(NamedTuple):
    """One event of a run. `seen` holds the frames of what it sent, None where a segment was not seen (yet)."""

    event: str
    arrived: Seen | None
    frame: int | None
    time: int
    call: Values
    before: Values
    after: Values
    chain: tuple[str, ...]
    sent: tuple[Values, ...]
    seen: tuple[int | None, ...]
    signals: tuple[str, ...]
    gap: str = ""
    """Not "": the event or its segment is missing from the capture, and why it must have been."""


class Match(NamedTuple):
    """An answer that was owed has been seen: the entry that sent it, which of its segments, and the frame."""

    entry: Entry
    which: int
    frame: int
    time: int


_HELD = frozenset(HELD)
_new = tuple.__new__
"""Makes a named tuple of values in their order: three times as quick as naming them, for what is made so often."""
Log = Any
"""A list [Entry or Match, Log] or None: the run so far, latest first."""


class Now(NamedTuple):
    """Where a run stands. tcb None: nothing is known yet.

    pending   captured, and on the way to the end.
    owed      sent by the run, and not captured yet: what is compared, the entry, which of its segments.
    held      arrived beyond RCV.NXT, waiting for the gap to be filled.
    """

    tcb: Values | None
    pending: tuple[Seen, ...] = ()
    owed: tuple[tuple[Values, Entry, int], ...] = ()
    log: Log = None
    held: tuple[Seen, ...] = ()

    def after(self, entry: Entry) -> Now:
        """Return where the run stands after an event; what it sent and was not seen is owed."""
        owed = self.owed
        if entry.sent:
            for which, fields in enumerate(entry.sent):
                if entry.seen[which] is None:
                    owed = (*owed, (key_of(fields), entry, which))
            owed = owed[-OWED:]
        held = self.held if self.held and entry.after[0] not in NO_CONNECTION else ()
        return _new(Now, (entry.after, self.pending, owed, [entry, self.log], held))


def deliver(machine: Machine, now: Now, segment: Seen, isn: int = NO_ISN, choice: str = LETTER) -> Now | None:
    """Return where a run stands after a segment has arrived; None if the choice makes no rule fire.

    A segment that begins beyond RCV.NXT is held (SHLD-31) and arrives again when the gap before it is filled.
    """
    tcb = now.tcb or ()
    call = PLAIN_CALL if isn == NO_ISN and choice == LETTER else (isn, *PLAIN_CALL[1:6], choice)
    done = machine.run(tcb, ARRIVES, segment.fields, call)
    if done is None:
        return now if choice == LETTER else None
    if choice == LETTER and done[1][-1] == NOT_NOW:
        call = (isn, *PLAIN_CALL[1:6], OUT_OF_ORDER)
        done = machine.run(tcb, ARRIVES, segment.fields, call) or done
    after, chain, sent, signals = done
    seen = (None,) * len(sent)
    entry = _new(Entry, (ARRIVES, segment, segment[2], segment[3], call, tcb, after, chain, sent, seen, signals, ""))
    then = now.after(entry)
    if not _HELD.isdisjoint(chain) and (segment.fields[DATA] or segment.fields[FIN_BIT]):
        return then._replace(held=(*then.held, segment)[-HOLD:])
    return (
        refilled(machine, then, segment.time) if then.held and after[machine.rcv_nxt] != tcb[machine.rcv_nxt] else then
    )


def refilled(machine: Machine, now: Now, time: int) -> Now:
    """Return where a run stands after what is held and no longer beyond RCV.NXT has arrived again, at a time."""
    for segment in now.held:
        fields, tcb = segment.fields, now.tcb or ()
        rcv = tcb[machine.rcv_nxt]
        if tcb[0] in NO_CONNECTION:
            return now._replace(held=())
        if ahead(rcv, fields[SEQ]) >= 0:
            now = now._replace(held=tuple(each for each in now.held if each is not segment))
            if ahead((fields[SEQ] + fields[DATA] + fields[FIN_BIT]) & MASK, rcv) > 0:
                return deliver(machine, now, segment._replace(time=time)) or now
    return now


def settle(machine: Machine, now: Now, isn: int = NO_ISN) -> Now:
    """Return where a run stands when all that is pending has arrived, in the order of capture."""
    for segment in now.pending:
        now = deliver(machine, now, segment, isn) or now
    return now._replace(pending=())


def announce(machine: Machine, now: Now, segment: Seen) -> Now:
    """Return where a run stands when the window is the one that a segment of this end announces."""
    tcb, window = now.tcb, segment.fields[WND]
    if tcb is None or tcb[machine.rcv_wnd] == window or segment.fields[RST_BIT] or tcb[0] == "CLOSED":
        return now
    call = call_of(segment.fields, LETTER)
    done = machine.run(tcb, "WINDOW", None, call)
    if done is None:
        return now
    entry = Entry("WINDOW", None, None, segment.time, call, tcb, done[0], done[1], (), (), ())
    return Now(done[0], now.pending, now.owed, [entry, now.log], now.held)


def matched(now: Now, segment: Seen, key: Values, *, exact: bool) -> Now | None:
    """Return where a run stands if the segment is an answer that is owed; None if it is not.

    Older answers were withheld, or lost before the capture point; not so if `exact`, where they are still waited for.
    """
    for place, (owed, entry, which) in enumerate(now.owed):
        if owed == key:
            match = Match(entry, which, segment.frame, segment.time)
            older = now.owed[:place] if exact else ()
            return _new(Now, (now.tcb, now.pending, older + now.owed[place + 1 :], [match, now.log], now.held))
    return None


def sent_by(own: Any, done: Any, call: Values, now: Now, segment: Seen) -> Now:
    """Return where a run stands after an own event whose segment was seen."""
    tcb, chain, sent, signals = done
    frame = segment.frame
    entry = _new(
        Entry, (own.event, None, frame, segment.time, call, now.tcb or (), tcb, chain, sent, (frame,), signals, "")
    )
    return _new(Now, (tcb, now.pending, now.owed, [entry, now.log], now.held if tcb[0] not in NO_CONNECTION else ()))


def emit(machine: Machine, now: Now, segment: Seen, *, exact: bool) -> Now | None:
    """Return where a run stands after a segment that it owes or that an own event sends; None if neither does."""
    tcb = now.tcb
    if tcb is None:
        return None
    fields = segment.fields
    key = fields[:3] + fields[4:]
    if now.owed and (found := matched(now, segment, key, exact=exact)) is not None:
        return found if tcb[machine.rcv_wnd] == fields[3] else announce(machine, found, segment)
    situation = (tcb[0], fields[4:], fields[2] > 0)
    habits = machine.habits.get(situation, ())
    for own in habits:
        event, choice, active, _ = own
        call = (fields[0], fields[2], active, True, fields[0], fields[3], choice)
        done = machine.run(tcb, event, None, call)
        if done is not None and len(sent := done[2]) == 1 and key_of(sent[0]) == key:
            after = sent_by(own, done, call, now, segment)
            return after if tcb[machine.rcv_wnd] == fields[3] else announce(machine, after, segment)
    for own, done, call in machine.explain(tcb, segment.fields):
        if own.choice in machine.tolerances:
            break
        if own not in habits:
            known = machine.habits.setdefault(situation, [])
            known.append(own)
            known.sort(key=lambda each: each.cost)
        return announce(machine, sent_by(own, done, call, now, segment), segment)
    return None


def ahead(left: int, right: int) -> int:
    """Return how far a sequence number is ahead of another; negative if it is behind."""
    distance = (left - right) & MASK
    return distance if distance < HALF else distance - MASK - 1
