"""What may be supposed beyond the capture: where a run stands when it begins in the middle, what was never captured.

A segment that was never captured is supposed only where numbers say so: an end acknowledges or steps over what no
frame shows; or the other end was never seen at all.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from checker.conform.endpoint import Entry, Now, Seen, ahead, refilled
from checker.conform.machine import (
    ACK,
    ACK_BIT,
    ARRIVES,
    DATA,
    FIN_BIT,
    MASK,
    PLAIN_CALL,
    RST_BIT,
    SEQ,
    SYN_BIT,
    WND,
    Machine,
)
from spec.freedoms import LETTER

Values = tuple[Any, ...]
Guess = tuple[int, Now]
"""What supposing costs, and where the run then stands."""

IN_THE_MIDDLE: tuple[tuple[str, int], ...] = (
    ("ESTABLISHED", 4), ("CLOSE-WAIT", 5), ("FIN-WAIT-2", 6), ("FIN-WAIT-1", 7), ("LAST-ACK", 8), ("CLOSING", 8),
    ("TIME-WAIT", 8), ("SYN-RECEIVED", 9),
)  # fmt: skip
"""The states in which an end may be when the capture begins, with what it costs to suppose so."""
GAP, UNSEEN_PEER = 6, 3


def beginnings(machine: Machine, now: Now, segment: Seen, *, middle: bool) -> Iterator[Guess]:
    """Yield where an end may stand before its first segment that was captured."""
    yield 0, now._replace(tcb=machine.reader.initial)
    if not middle or (segment.fields[SYN_BIT] and not segment.fields[ACK_BIT]):
        return
    for una, nxt, rcv in _numbers(now, segment.fields):
        for state, cost in IN_THE_MIDDLE:
            named = {
                "STATE": state, "ORIGIN": "passive" if segment.fields[SYN_BIT] else "none",
                "ISS": una if state == "SYN-RECEIVED" else (una - 2) & MASK, "IRS": (rcv - 1) & MASK,
                "SND.UNA": una, "SND.NXT": nxt, "RCV.NXT": rcv, "RCV.WND": segment.fields[WND],
            }  # fmt: skip
            tcb = tuple(
                named.get(name, value) for name, value in zip(machine.index, machine.reader.initial, strict=True)
            )
            yield cost, now._replace(tcb=tcb)


def _numbers(now: Now, sent: Values) -> Iterator[tuple[int, int, int]]:
    """Yield SND.UNA, SND.NXT and RCV.NXT that fit the first segments of both ends."""
    acked = [each.fields[ACK] for each in now.pending if each.fields[ACK_BIT]]
    arrived = [each.fields[SEQ] for each in now.pending if not each.fields[RST_BIT]]
    length = sent[DATA] + sent[FIN_BIT] + sent[SYN_BIT]
    first = sent[SEQ] if not acked or ahead(acked[0], sent[SEQ]) > 0 else acked[0]
    received = [sent[ACK]] if sent[ACK_BIT] else []
    received = [*arrived[:1], *received] if not received or not arrived else [
        arrived[0] if ahead(arrived[0], received[0]) <= 0 else received[0], *received
    ]  # fmt: skip
    seen = set()
    ends = [sent[SEQ], (sent[SEQ] + length) & MASK, *acked]
    for rcv in received or [0]:
        for nxt in ends:
            for una in (first, nxt):
                if (una, nxt, rcv) not in seen and ahead(nxt, una) >= 0:
                    seen.add((una, nxt, rcv))
                    yield una, nxt, rcv


def gaps(machine: Machine, now: Now, segment: Seen, context: Any, *, owed: bool) -> Iterator[Guess]:
    """Yield where a run stands after an event that was never captured but must have been before this segment.

    owed   what the other end's run owes, and no frame shows, may have arrived.
    """
    if now.tcb is None:
        return
    yield from _unseen_arrivals(machine, now, segment, context, owed=owed)
    yield from _unseen_sent(machine, now, segment, context)


def _unseen_arrivals(machine: Machine, now: Now, segment: Seen, context: Any, *, owed: bool) -> Iterator[Guess]:
    """Yield where a run stands after a segment of the other end that no frame shows."""
    tcb, fields = now.tcb or (), segment.fields
    rcv = tcb[machine.index["RCV.NXT"]]
    alone = context.peer_end is None
    upto = context.uncaptured(rcv, fields[ACK]) if fields[ACK_BIT] and ahead(fields[ACK], rcv) > 0 else None
    if tcb[0] in ("LISTEN", "SYN-SENT") and fields[ACK_BIT]:
        missing = context.uncaptured((fields[ACK] - 1) & MASK, fields[ACK])
        upto = None if missing is None else fields[ACK]
    before = context.middle and upto is not None and not alone and ahead(context.peer_first, upto) >= 0
    cost = UNSEEN_PEER if alone or before else GAP
    why = "the other end was never captured" if alone else "sent before the capture began" if before else (
        "acknowledged, and never captured"
    )  # fmt: skip
    supposed = list(_supposed(machine, tcb, fields, upto, alone=alone))
    supposed += list(context.peer_owes()) if owed and not alone else []
    for arrived in supposed:
        numbered = arrived[DATA] + arrived[SYN_BIT] + arrived[FIN_BIT]
        if numbered and not alone and not before and not context.peer_could(arrived):
            continue
        call = (fields[SEQ] if fields[SYN_BIT] else PLAIN_CALL[0], *PLAIN_CALL[1:])
        done = machine.run(tcb, ARRIVES, arrived, call)
        if done is None or (done[0] == tcb and not done[2]):
            continue
        entry = Entry(
            ARRIVES, segment._replace(arrives=True, fields=arrived), segment.frame, segment.time, call, tcb,
            done[0], done[1], done[2], (None,) * len(done[2]), done[3], gap=why,
        )  # fmt: skip
        yield cost + arrived[FIN_BIT], refilled(machine, now.after(entry), segment.time)


def _supposed(machine: Machine, tcb: Values, fields: Values, upto: int | None, *, alone: bool) -> Iterator[Values]:
    """Yield segments that the other end may have sent, one of which explains this segment's numbers."""
    una, nxt, rcv = (tcb[machine.index[name]] for name in ("SND.UNA", "SND.NXT", "RCV.NXT"))
    window = 65_535
    ack = fields[ACK]
    if upto is not None and tcb[0] in ("LISTEN", "SYN-SENT"):
        syn = ((ack - 1) & MASK, 0, 0, window, True, False, False, False)
        yield syn
        yield (*syn[:1], nxt, 0, window, True, True, False, False)
    needed = 0 if upto is None else ahead(upto, rcv)
    if needed > 0 and tcb[0] not in ("CLOSED", "LISTEN", "SYN-SENT"):
        yield (rcv, una, needed, window, False, True, False, False)
        yield (rcv, nxt, needed, window, False, True, False, False)
        yield (rcv, nxt, needed - 1, window, False, True, True, False)
    if alone:
        yield (rcv, nxt, 0, window, False, True, False, False)
        if fields[RST_BIT]:
            yield (rcv, fields[SEQ], 0, window, False, True, False, False)
        if fields[RST_BIT] and fields[ACK_BIT]:
            yield ((ack - 1) & MASK, 0, 0, window, True, False, False, False)


def _unseen_sent(machine: Machine, now: Now, segment: Seen, context: Any) -> Iterator[Guess]:
    """Yield what this end must have sent before: its numbers go on beyond what was captured."""
    tcb, fields = now.tcb or (), segment.fields
    if tcb[0] == "CLOSED":
        isns = [(each.fields[ACK] - 1) & MASK for each in now.pending if each.fields[ACK_BIT]][:1]
        if context.middle and now.log is None and not fields[SYN_BIT]:
            isns.append((fields[SEQ] - 1) & MASK)
        for isn in (each for each in isns if each != context.isn):
            yield from _own(machine, now, segment, "OPEN", (isn, 0, True, True, 0, 0, LETTER), GAP - 3)
        return
    if context.exact and fields[RST_BIT] and not fields[ACK_BIT]:
        return  # the number of such a RST may be anybody's: it proves nothing
    missing = ahead(fields[SEQ], tcb[machine.index["SND.NXT"]])
    if not 0 < missing <= most_missing(machine, tcb, context):
        return
    yield from _own(machine, now, segment, "SEND", (0, missing, False, True, 0, 0, LETTER), GAP)
    yield from _own(machine, now, segment, "CLOSE", (0, 0, False, True, 0, 0, LETTER), GAP + 1)


def most_missing(machine: Machine, tcb: Values, context: Any) -> int:
    """Return how many octets an end may have sent that no frame shows.

    Before anything but its SYN is acknowledged no more than the window of its peer.
    """
    young = tcb[machine.index["SND.UNA"]] == (tcb[machine.index["ISS"]] + 1) & MASK
    return int(context.peer_window) if young and context.peer_end is not None else 1 << 30


def _own(machine: Machine, now: Now, segment: Seen, event: str, call: Values, cost: int) -> Iterator[Guess]:
    done = machine.run(now.tcb or (), event, None, call)
    if done is not None and done[2]:
        entry = Entry(
            event, None, segment.frame, segment.time, call, now.tcb or (), done[0], done[1], done[2],
            (None,) * len(done[2]), done[3], gap="its numbers go on beyond it, and it was not captured before",
        )  # fmt: skip
        yield cost, now.after(entry)
