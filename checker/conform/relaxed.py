"""Whether any TCB that fits the numbers could send a segment at all: if not, no search is needed to say so.

States and numbers are taken apart: every state that an end may be in, whether or not a run leads there, with every
number that what was captured allows. So a no is certain; a yes means that a search is worth while.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from checker.conform.endpoint import Now, Seen, ahead
from checker.conform.guesses import most_missing
from checker.conform.machine import (
    ACK,
    ACK_BIT,
    ARRIVES,
    DATA,
    FIN_BIT,
    MASK,
    NO_ISN,
    PLAIN_CALL,
    SEQ,
    SYN_BIT,
    Machine,
    key_of,
)
from spec.freedoms import LETTER
from spec.vocabulary import NO_CONNECTION, STATES

Values = tuple[Any, ...]
AFTER_FIN = ("FIN-WAIT-1", "FIN-WAIT-2", "CLOSING", "LAST-ACK", "TIME-WAIT")
"""The states that an end which has sent a FIN may be in, beside those without a connection."""


def impossible(
    machine: Machine, trail: Sequence[tuple[Now, Seen]], now: Now, segment: Seen, context: Any, *, fin_sent: bool
) -> bool:
    """Return whether no TCB that fits the numbers sends this segment, by itself or in answer to what arrived lately."""
    if now.tcb is None or now.tcb[0] in NO_CONNECTION or context.peer_end is None:
        return False
    if any(each.fields[SYN_BIT] for each in now.pending) or segment.fields[SYN_BIT]:
        return False
    if context.middle and any(before.tcb is None for before, _ in trail):
        return False
    wanted = key_of(segment.fields)
    candidates = list(_tcbs(machine, trail, now, segment.fields, context, fin_sent=fin_sent))
    if any(next(machine.explain(tcb, segment.fields), None) is not None for tcb in candidates):
        return False
    if segment.fields[DATA] or segment.fields[FIN_BIT]:
        return True
    arrivals = {each.fields: each for _, each in trail if each.arrives} | {each.fields: each for each in now.pending}
    fields = segment.fields
    isns = (fields[SEQ], (fields[SEQ] - 1) & MASK, NO_ISN)
    choices = (LETTER, *machine.arrival_choices)
    for tcb in candidates:
        for arrived in arrivals:
            for choice in choices:
                done = machine.run(tcb, ARRIVES, arrived, (isns[0], *PLAIN_CALL[1:6], choice))
                if done is not None and any(key_of(sent) == wanted for sent in done[2]):
                    return False
    return True


def _tcbs(
    machine: Machine, trail: Sequence[tuple[Now, Seen]], now: Now, fields: Values, context: Any, *, fin_sent: bool
) -> Iterator[Values]:
    index, initial = machine.index, machine.reader.initial
    yield initial
    opened = machine.run(initial, "OPEN", None, PLAIN_CALL)
    if opened is not None:
        yield opened[0]
    last = now.tcb or initial
    same = [
        before.tcb for before, _ in trail if before.tcb is not None and before.tcb[index["ISS"]] == last[index["ISS"]]
    ]
    first = same[0] if same else last
    nxt = index["SND.NXT"]
    states = AFTER_FIN if fin_sent else tuple(s for s in STATES if s not in (*AFTER_FIN, *NO_CONNECTION))
    gap = 0 < ahead(fields[SEQ], last[nxt]) <= most_missing(machine, last, context)
    if gap:
        states = STATES[2:]
    received = {last[index["RCV.NXT"]]} | ({fields[ACK]} if _received(first, last, fields, context, index) else set())
    sent = {last[nxt]} | ({fields[SEQ]} if gap else set())
    sent |= {(number + 1) & MASK for number in sent}
    acked = {fields[SEQ], first[index["SND.UNA"]], last[index["SND.UNA"]], last[index["ISS"]]}
    for state in states:
        for origin in ("active", "passive"):
            for rcv in received:
                for end in sent:
                    for una in acked | {end}:
                        values = {
                            "STATE": state, "ORIGIN": origin, "RCV.NXT": rcv, "SND.NXT": end, "SND.UNA": una,
                        }  # fmt: skip
                        yield tuple(values.get(name, last[place]) for name, place in index.items())


def _proved(first: Values, context: Any, index: Any) -> int:
    """Return up to which number an end has received for certain: what it acknowledged, if a run supposes more."""
    number: int = first[index["RCV.NXT"]]
    acked = context.told.acked if context.told is not None else None
    return number if acked is None or ahead(number, acked) <= 0 else int(acked)


def supposed(machine: Machine, trail: Sequence[tuple[Now, Seen]], now: Now, segment: Seen, context: Any) -> bool:
    """Return whether a segment acknowledges less than the run supposed to have arrived, further back than can be seen.

    Then another run may explain it, of which the search knew nothing.
    """
    index, fields, last = machine.index, segment.fields, now.tcb
    if last is None or not fields[ACK_BIT] or last[0] in NO_CONNECTION:
        return False
    first = next((before.tcb for before, _ in trail if before.tcb is not None), last)
    if first[0] in ("SYN-SENT", *NO_CONNECTION) or first[index["IRS"]] != last[index["IRS"]]:
        return False
    proved = _proved(first, context, index)
    return proved != first[index["RCV.NXT"]] and 0 <= ahead(fields[ACK], proved) < ahead(
        first[index["RCV.NXT"]], proved
    )


def _received(first: Values, last: Values, fields: Values, context: Any, index: Any) -> bool:
    """Return whether the other end may have sent everything that a segment acknowledges."""
    if not fields[ACK_BIT]:
        return False
    if last[0] != "SYN-SENT" and ahead(fields[ACK], last[index["IRS"]]) <= 0:
        return False
    if first[0] != "SYN-SENT" and ahead(fields[ACK], _proved(first, context, index)) < 0:
        return False
    beyond = ahead(fields[ACK], context.peer_end)
    if beyond <= 0:
        return True
    text = (context.peer_end, 0, beyond, 0, False, True, False, False)
    fin = (context.peer_end, 0, beyond - 1, 0, False, True, True, False)
    return bool(context.peer_could(text) or context.peer_could(fin) or last[0] == "SYN-SENT")
