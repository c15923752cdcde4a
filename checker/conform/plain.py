"""An end while nothing is out of the ordinary: what happens is written down, and made a run when somebody asks for it.

Most segments meet an end with a connection, nothing on its way to it, nothing held: what arrives is processed at once,
what it sends is owed or usual. Then the TCB and the answers that are owed are all that the next segment needs; the
entries, the log and the trail of checker/conform/endpoint.py follow from what was written down, if a search, a report
or the other end wants them. The rules are asked once, here; nothing is decided anew later.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from checker.conform.endpoint import (
    OWED,
    STALE,
    Entry,
    Now,
    Seen,
    announced,
    answered,
    heard,
    holds,
    sent_by,
    usual_event,
    window_of,
)
from checker.conform.machine import ARRIVES, DATA, FIN_BIT, NO_ISN, PLAIN_CALL, RST_BIT, Machine, Own, key_of
from checker.conform.story import Story, entries_of
from checker.conform.unrolled import Done
from spec.freedoms.answering import NOT_NOW
from spec.vocabulary import NO_CONNECTION

Values = tuple[Any, ...]
Step = tuple[Values, int, int, Any, Values, Done | None, tuple[Values, Done] | None]
"""The fields of a segment, its frame and time; then None if it arrived, a place among what was owed, or an own event;
what came with the event and what it did; how the window became the one announced."""
_NO_CALL = (PLAIN_CALL[2], PLAIN_CALL[3], PLAIN_CALL[6])
"""What is discrete about PLAIN_CALL."""


class PlainEnd:
    """What is known of one end. `quick` off: every segment takes the long way, for a capture taken at this end.

    now, trail   where the run stands, and the recent segments with where it stood before each.
    tcb          the TCB as it stands.
    plain        whether the next segment may be taken the short way.
    """

    def __init__(self, machine: Machine) -> None:
        self.machine = machine
        self.quick, self.plain = True, False
        self.tcb: Values | None = None
        self._now = Now(None)
        self._trail: list[tuple[Now, Seen]] = []
        self._steps: list[Step] = []
        self._owed: list[Values] = []
        self._passed: list[tuple[int, Values]] = []
        self._special = False
        self._rcv_wnd, self._iss = machine.rcv_wnd, machine.index["ISS"]
        self._functions, self._of_tcb = machine.reader.functions, machine.reader.of_tcb

    # --- the run ----------------------------------------------------------------------------------------------

    @property
    def now(self) -> Now:
        """Where the run stands."""
        if self._steps:
            self._write_out()
        return self._now

    @now.setter
    def now(self, now: Now) -> None:
        self._now, self.tcb = now, now[0]
        self._owed = [owed[0] for owed in now[2]]
        self.plain = (
            self.quick and not now[1] and not now[4] and self.tcb is not None and self.tcb[0] not in NO_CONNECTION
        )

    @property
    def trail(self) -> list[tuple[Now, Seen]]:
        """The recent segments, each with where the run stood before it."""
        if self._steps:
            self._write_out()
        return self._trail

    @property
    def waiting(self) -> bool:
        """Whether a segment is on its way to the end, or nothing is known of it."""
        return self.tcb is None or bool(self._now[1])

    @property
    def unanswered(self) -> int:
        """How many of its answers have not been seen."""
        return len(self._owed)

    def _write_out(self) -> None:
        """Make a run of what was written down."""
        steps, self._steps, self._passed, self._special = self._steps, [], [], False
        for step in steps:
            self._trail.append((self._now, _seen(step)))
            self._now = _after(self._now, step)

    # --- the short way ----------------------------------------------------------------------------------------

    def takes(self, fields: Values, frame: int, time: int) -> bool:
        """Process a segment that arrives, and return True; or leave everything as it is, and return False."""
        tcb = self.tcb or ()
        function = self._functions.get((ARRIVES, self._of_tcb(tcb), fields[4:], _NO_CALL))
        done = (
            function(tcb, fields, PLAIN_CALL)
            if function is not None
            else self.machine.run(tcb, ARRIVES, fields, PLAIN_CALL)
        )
        if done is not None:
            after, chain, sent, _ = done
            if chain[-1] == NOT_NOW or ((fields[DATA] or fields[FIN_BIT]) and holds(fields, done)):
                return False
            if after[0] != tcb[0]:
                if after[self._iss] == NO_ISN:  # its ISN is told by what it sends next
                    return False
                self._passes(after)
            if sent:
                owed = self._owed
                for each in sent:
                    owed.append(each[:3] + each[4:])  # key_of, without the call
                if len(owed) > OWED:
                    del owed[:-OWED]
            self.tcb = after
        if fields[RST_BIT] or (done is not None and sent and sent[0][RST_BIT]):
            self._special = True
        self._steps.append((fields, frame, time, None, PLAIN_CALL, done, None))
        return True

    def sends(self, fields: Values, frame: int, time: int) -> bool:
        """Go on with a segment that the end sends, and return True; or leave everything as it is, and return False."""
        before = tcb = self.tcb or ()
        key, owed = fields[:3] + fields[4:], self._owed
        what: Any
        if owed and key in owed:
            what = owed.index(key)
            del owed[: what + 1]
            call, done = PLAIN_CALL, None
        else:
            found = usual_event(self.machine, tcb, fields, key)
            if found is None:
                return False
            what, done, call = found
            tcb = done[0]
            del owed[:-STALE]
        window = window_of(self.machine, tcb, fields) if tcb[self._rcv_wnd] != fields[3] else None
        if window is not None:
            tcb = window[1][0]
        if tcb[0] != before[0]:
            self._passes(tcb)
        if fields[RST_BIT]:
            self._special = True
        self.tcb = tcb
        self._steps.append((fields, frame, time, what, call, done, window))
        return True

    def _passes(self, tcb: Values) -> None:
        """Take note that the step at hand leads to another state."""
        self.plain = tcb[0] not in NO_CONNECTION
        self._passed.append((len(self._steps), tcb))

    # --- letting go -------------------------------------------------------------------------------------------

    def tells(self, story: Story) -> bool:
        """Add the run to a story without writing it out; return False, with nothing added, if that is not enough."""
        if self._special:
            return False
        self._tell(len(self._steps), story)
        return True

    def let_go(self, count: int, story: Story) -> bool:
        """Add to a story all but the last `count` segments and forget them; return as `tells`."""
        gone, left = self._steps[:-count], self._steps[-count:]
        if len(left) < count or self._special:
            return False
        self._tell(len(gone), story)
        self._passed = [(at - len(gone), tcb) for at, tcb in self._passed if at >= len(gone)]
        self._now, self._steps, self._trail = _gone_by(self._now, gone), left, []
        return True

    def _tell(self, count: int, story: Story) -> None:
        """Add to a story what came before what is written down, and the states that the first steps passed through."""
        story.take(entries_of(self._now.log))
        if self._now.tcb is not None and count:
            story.passes(self._now.tcb)
        for at, tcb in self._passed:
            if at < count:
                story.passes(tcb)


def _gone_by(now: Now, steps: Sequence[Step]) -> Now:
    """Return where a run stands after steps, without its log: only entries that still owe something are made."""
    tcb: Values = now.tcb or ()
    owed: list[tuple[Values, Any, int]] = list(now.owed)
    for at, (_, _, _, what, _, done, window) in enumerate(steps):
        if what is None and done is not None:
            owed = [*owed, *[(key_of(fields), (at, tcb), which) for which, fields in enumerate(done[2])]][-OWED:]
        elif isinstance(what, int):
            del owed[: what + 1]
        elif what is not None:
            del owed[:-STALE]
        tcb = done[0] if done is not None else tcb
        tcb = window[1][0] if window is not None else tcb
    made: dict[int, Entry] = {}
    for place, (key, entry, which) in enumerate(owed):
        if not isinstance(entry, Entry):
            at, before = entry
            if at not in made:
                made[at] = _after(Now(before), steps[at]).log[0]
            owed[place] = key, made[at], which
    return Now(tcb, (), tuple(owed), [None, None])


def _seen(step: Step) -> Seen:
    return Seen(step[3] is None, step[0], step[1], step[2])


def _after(now: Now, step: Step) -> Now:
    """Return where a run stands after a step."""
    segment = _seen(step)
    _, _, _, what, call, done, window = step
    if what is None:
        then = now if done is None else heard(now, segment, call, done)
    elif isinstance(what, Own) and done is not None:
        then = sent_by(what, done, call, now._replace(owed=now.owed[-STALE:]), segment)
    else:
        then = answered(now, segment, what)
    return then if window is None else announced(then, segment, *window)
