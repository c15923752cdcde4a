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
    Machine,
    Own,
    key_of,
)
from checker.conform.unrolled import Done
from spec.freedoms import LETTER
from spec.freedoms.answering import HELD, NOT_NOW, OUT_OF_ORDER
from spec.vocabulary import NO_CONNECTION

Values = tuple[Any, ...]
OWED, STALE = 4096, 8
"""So many answers may be on their way from the end to the capture point, and so many still when a later segment has
come; more are taken for lost or withheld."""
HOLD = 4096
"""So many segments beyond RCV.NXT may be held by an end."""
PENDING = 16_384
"""So many segments may be on their way from the capture point to the end."""


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
    then = _arrived(machine, now, segment, isn, choice)
    if then is None or then is now or not then.held or then.tcb is None or now.tcb is None:
        return then
    moved = then.tcb[machine.rcv_nxt] != now.tcb[machine.rcv_nxt]
    return refilled(machine, then, segment.time) if moved else then


def _arrived(machine: Machine, now: Now, segment: Seen, isn: int = NO_ISN, choice: str = LETTER) -> Now | None:
    """Return as `deliver`, but for what is held, which stays so."""
    tcb, fields = now.tcb or (), segment.fields
    call = PLAIN_CALL if isn == NO_ISN and choice == LETTER else (isn, *PLAIN_CALL[1:6], choice)
    done = machine.run(tcb, ARRIVES, fields, call)
    if done is None:
        return now if choice == LETTER else None
    if done[1][-1] == NOT_NOW and choice == LETTER:
        call = (isn, *PLAIN_CALL[1:6], OUT_OF_ORDER)
        done = machine.run(tcb, ARRIVES, fields, call) or done
    then = heard(now, segment, call, done)
    return then._replace(held=(*then.held, segment)[-HOLD:]) if holds(fields, done) else then


def holds(fields: Values, done: Done) -> bool:
    """Return whether a segment that arrived waits for what comes before it."""
    return bool(fields[DATA] or fields[FIN_BIT]) and not _HELD.isdisjoint(done[1])


def heard(now: Now, segment: Seen, call: Values, done: Done) -> Now:
    """Return where a run stands after a segment that arrived did this: what is sent is owed."""
    before, pending, owed, log, held = now
    after, chain, sent, signals = done
    seen = (None,) * len(sent)
    entry = _new(
        Entry, (ARRIVES, segment, segment[2], segment[3], call, before or (), after, chain, sent, seen, signals, "")
    )
    if sent:
        owed = (*owed, *[(key_of(fields), entry, which) for which, fields in enumerate(sent)])[-OWED:]
    return _new(Now, (after, pending, owed, [entry, log], held if held and after[0] not in NO_CONNECTION else ()))


def refilled(machine: Machine, now: Now, time: int) -> Now:
    """Return where a run stands after what is held and no longer beyond RCV.NXT has arrived again, at a time."""
    while now.held:
        tcb = now.tcb or ()
        if tcb[0] in NO_CONNECTION:
            return now._replace(held=())
        rcv = tcb[machine.rcv_nxt]
        place = next((i for i, each in enumerate(now.held) if ahead(rcv, each.fields[SEQ]) >= 0), None)
        if place is None:
            return now
        segment, fields = now.held[place], now.held[place].fields
        now = now._replace(held=now.held[:place] + now.held[place + 1 :])
        if ahead((fields[SEQ] + fields[DATA] + fields[FIN_BIT]) & MASK, rcv) > 0:
            now = _arrived(machine, now, segment._replace(time=time)) or now
    return now


def settle(machine: Machine, now: Now, isn: int = NO_ISN) -> Now:
    """Return where a run stands when all that is pending has arrived, in the order of capture."""
    for segment in now.pending:
        now = deliver(machine, now, segment, isn) or now
    return now._replace(pending=())


def announce(machine: Machine, now: Now, segment: Seen) -> Now:
    """Return where a run stands when the window is the one that a segment of this end announces."""
    new = now.tcb is not None and window_of(machine, now.tcb, segment.fields)
    return announced(now, segment, *new) if new else now


def window_of(machine: Machine, tcb: Values, fields: Values) -> tuple[Values, Done] | None:
    """Return how an end comes to the window that a segment of its own announces; None if it has it, or none."""
    if tcb[machine.rcv_wnd] == fields[3] or fields[RST_BIT] or tcb[0] == "CLOSED":
        return None
    call = (fields[0], fields[2], False, True, fields[0], fields[3], LETTER)  # call_of, without the call
    done = machine.run(tcb, "WINDOW", None, call)
    return None if done is None else (call, done)


def announced(now: Now, segment: Seen, call: Values, done: Done) -> Now:
    """Return where a run stands after its user has made room, or taken it, before a segment was sent."""
    before, pending, owed, log, held = now
    entry = _new(Entry, ("WINDOW", None, None, segment[3], call, before, done[0], done[1], (), (), (), ""))
    return _new(Now, (done[0], pending, owed, [entry, log], held))


def matched(now: Now, segment: Seen, key: Values, *, exact: bool) -> Now | None:
    """Return where a run stands if the segment is an answer that is owed; None if it is not.

    Older answers were withheld, or lost before the capture point; not so if `exact`, where they are still waited for.
    """
    for place, owed in enumerate(now.owed):
        if owed[0] == key:
            return answered(now, segment, place, exact=exact)
    return None


def answered(now: Now, segment: Seen, place: int, *, exact: bool = False) -> Now:
    """Return where a run stands after the segment was seen that stands at a place of what it owes."""
    tcb, pending, owed, log, held = now
    _, entry, which = owed[place]
    match = _new(Match, (entry, which, segment[2], segment[3]))
    left = owed[:place] + owed[place + 1 :] if exact else owed[place + 1 :]
    return _new(Now, (tcb, pending, left, [match, log], held))


def sent_by(own: Own, done: Done, call: Values, now: Now, segment: Seen) -> Now:
    """Return where a run stands after an own event whose segment was seen."""
    before, pending, owed, log, held = now
    tcb, chain, sent, signals = done
    frame = segment[2]
    entry = _new(Entry, (own[0], None, frame, segment[3], call, before or (), tcb, chain, sent, (frame,), signals, ""))
    return _new(Now, (tcb, pending, owed, [entry, log], held if held and tcb[0] not in NO_CONNECTION else ()))


def emit(machine: Machine, now: Now, segment: Seen, *, exact: bool, thoroughly: bool = True) -> Now | None:
    """Return where a run stands after a segment that it owes or that an own event sends; None if neither does.

    thoroughly   whether own events are asked that do not usually send such a segment.
    """
    tcb, fields = now.tcb, segment.fields
    if tcb is None:
        return None
    key = key_of(fields)
    found = matched(now, segment, key, exact=exact) if now.owed else None
    if found is not None:
        return announce(machine, found, segment)
    usual = usual_event(machine, tcb, fields, key) or (_new_habit(machine, tcb, fields) if thoroughly else None)
    if usual is None:
        return None
    if not exact and len(now.owed) > STALE:
        now = now._replace(owed=now.owed[-STALE:])
    return announce(machine, sent_by(*usual, now, segment), segment)


def usual_event(machine: Machine, tcb: Values, fields: Values, key: Values) -> tuple[Own, Done, Values] | None:
    """Return the own event that sent such a segment before and sends this one, what it does, and what comes with it.

    None, too, where the report tells which event it was: then the cheapest of all is looked for, whatever other
    connections did.
    """
    seq, _, data, window = fields[:4]
    for own in machine.habits.get((tcb[0], fields[4:], data > 0), ()):
        call = (seq, data, own[2], True, seq, window, own[1])  # call_of, without the call
        done = machine.run(tcb, own[0], None, call)
        if done is not None and len(sent := done[2]) == 1 and ((one := sent[0]) == fields or key_of(one) == key):
            return None if own[1] != LETTER or fields[RST_BIT] else (own, done, call)
    return None


def _new_habit(machine: Machine, tcb: Values, fields: Values) -> tuple[Own, Done, Values] | None:
    """Return the cheapest own event that sends a segment, unless that takes a tolerance; remember it."""
    for own, done, call in machine.explain(tcb, fields):
        if own.choice in machine.tolerances:
            break
        known = machine.habits.setdefault((tcb[0], fields[4:], fields[DATA] > 0), [])
        if own not in known:
            known.append(own)
            known.sort(key=lambda each: each.cost)
        return own, done, call
    return None


def ahead(left: int, right: int) -> int:
    """Return how far a sequence number is ahead of another; negative if it is behind."""
    distance = (left - right) & MASK
    return distance if distance < HALF else distance - MASK - 1
