"""At an end's own vantage point nothing gets lost: what it owes must be seen soon, or it had leave not to send it."""

from __future__ import annotations

from checker.conform.endpoint import Entry, Log, Match, Now, settle
from checker.conform.machine import ARRIVES, Machine

LATENCY = 10_000_000
"""In ns: how long an answer may take from an end to the capture point beside it, and a segment the other way."""


def punctual(machine: Machine, now: Now, time: int, *, tolerant: bool) -> Now | None:
    """Return where a run stands at a time when all that was due has been dealt with; None if an answer is missing.

    A segment still on its way arrives. An answer that was not seen was one that a freedom, or a tolerance if
    `tolerant`, lets the end keep to itself; the run then says so.
    """
    now = arrived(machine, now, time)
    for _, entry, _ in now.owed:
        if entry.time + LATENCY >= time:
            continue
        unseen = {which for _, each, which in now.owed if each is entry}
        kept = _kept(machine, entry, unseen, tolerant=tolerant)
        if kept is None:
            return None
        owed = tuple(each for each in now.owed if each[1] is not entry)
        now = now._replace(owed=owed, log=_put(now.log, entry, kept, unseen))
    return now


def arrived(machine: Machine, now: Now, time: int) -> Now:
    """Return where a run stands at a time when what was on its way has arrived."""
    late = now.tcb is not None and now.pending and now.pending[0].time + LATENCY < time
    return settle(machine, now) if late else now


def overdue(now: Now, time: int) -> Entry | None:
    """Return the oldest event whose answer is missing at a time."""
    return next((entry for _, entry, _ in now.owed if entry.time + LATENCY < time), None)


def waived(now: Now, entry: Entry) -> Now:
    """Return where a run stands if an answer that is missing is no longer waited for."""
    return now._replace(owed=tuple(each for each in now.owed if each[1] is not entry))


def _kept(machine: Machine, entry: Entry, unseen: set[int], *, tolerant: bool) -> Entry | None:
    """Return the event as it goes when the end keeps these answers to itself and all else is the same."""
    if entry.event != ARRIVES or entry.arrived is None:
        return None
    left = tuple(sent for which, sent in enumerate(entry.sent) if which not in unseen)
    for choice in machine.arrival_choices if tolerant else machine.arrival_freedoms:
        call = (*entry.call[:6], choice)
        done = machine.run(entry.before, ARRIVES, entry.arrived.fields, call)
        if done is not None and done[0] == entry.after and done[2] == left:
            return entry._replace(call=call, chain=done[1], sent=left, seen=(None,) * len(left), signals=done[3])
    return None


def _put(log: Log, old: Entry, new: Entry, unseen: set[int]) -> Log:
    """Return the log with one entry instead of another, also where its segments are seen; what is older is shared."""
    newer: list[object] = []
    while log is not None and log[0] is not old:
        each = log[0]
        if isinstance(each, Match) and each.entry is old:
            each = each._replace(entry=new, which=each.which - sum(gone < each.which for gone in unseen))
        newer.append(each)
        log = log[1]
    log = None if log is None else [new, log[1]]
    for each in reversed(newer):
        log = [each, log]
    return log
