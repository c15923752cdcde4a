"""What may be supposed beyond the capture: where a run stands when it begins in the middle, and what was never captured.

A segment that was never captured is supposed only where numbers say so: an end acknowledges or steps over what no
frame shows; or the other end was never seen at all.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from checker.conform.endpoint import Entry, Now, Seen, ahead
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
GAP, UNSEEN_PEER = 30, 3


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


def gaps(machine: Machine, now: Now, segment: Seen, context: Any) -> Iterator[Guess]:
    """Yield where a run stands after an event that was never captured but must have been before this segment."""
    if now.tcb is None:
        return
    yield from _unseen_arrivals(machine, now, segment, context)
    yield from _unseen_sent(machine, now, segment)


def _unseen_arrivals(machine: Machine, now: Now, segment: Seen, context: Any) -> Iterator[Guess]:
    tcb, fields = now.tcb or (), segment.fields
    needed = ahead(fields[ACK], tcb[machine.index["RCV.NXT"]])
    beyond = fields[ACK_BIT] and (context.peer_end is None or ahead(fields[ACK], context.peer_end) > 0)
    alone = context.peer_end is None
    if not beyond and not alone:
        return
    cost = UNSEEN_PEER if alone else GAP
    for arrived in _supposed(machine, tcb, fields, needed, alone=alone):
        octets = arrived[DATA] + arrived[SYN_BIT] + arrived[FIN_BIT]
        if not alone and not context.peer_could(arrived):
            continue
        isn = fields[SEQ] if fields[SYN_BIT] else PLAIN_CALL[0]
        call = (isn, *PLAIN_CALL[1:])
        done = machine.run(tcb, ARRIVES, arrived, call)
        if done is None or (octets == 0 and not alone):
            continue
        entry = Entry(
            ARRIVES, Seen(arrives=True, fields=arrived, frame=0, time=segment.time), None, segment.time, call, tcb,
            done[0], done[1], done[2], (None,) * len(done[2]), done[3],
            gap="the other end was never captured" if alone else "acknowledged, and never captured",
        )  # fmt: skip
        yield cost + arrived[FIN_BIT], now.after(entry._replace(gap=""))._replace(log=[entry, now.log])


def _supposed(machine: Machine, tcb: Values, fields: Values, needed: int, *, alone: bool) -> Iterator[Values]:
    """Yield segments that the other end may have sent, one of which explains this segment's numbers."""
    una, nxt, rcv = (tcb[machine.index[name]] for name in ("SND.UNA", "SND.NXT", "RCV.NXT"))
    window = 65_535
    ack = fields[ACK]
    if fields[ACK_BIT] and tcb[0] in ("LISTEN", "SYN-SENT"):
        syn = ((ack - 1) & MASK, 0, 0, window, True, False, False, False)
        yield syn
        yield (*syn[:1], nxt, 0, window, True, True, False, False)
    if fields[ACK_BIT] and needed > 0 and tcb[0] not in ("CLOSED", "LISTEN", "SYN-SENT"):
        yield (rcv, una, needed, window, False, True, False, False)
        yield (rcv, nxt, needed, window, False, True, False, False)
        yield (rcv, nxt, needed - 1, window, False, True, True, False)
    if alone:
        yield (rcv, nxt, 0, window, False, True, False, False)
        if fields[RST_BIT]:
            yield (rcv, fields[SEQ], 0, window, False, True, False, False)
        if fields[RST_BIT] and fields[ACK_BIT]:
            yield ((ack - 1) & MASK, 0, 0, window, True, False, False, False)


def _unseen_sent(machine: Machine, now: Now, segment: Seen) -> Iterator[Guess]:
    """Yield what this end must have sent before: its numbers go on beyond what was captured."""
    tcb, fields = now.tcb or (), segment.fields
    if tcb[0] == "CLOSED":
        isns = [(each.fields[ACK] - 1) & MASK for each in now.pending if each.fields[ACK_BIT]][:1]
        for isn in [*isns, *([(fields[SEQ] - 1) & MASK] if not fields[SYN_BIT] else [])]:
            yield from _own(machine, now, segment, "OPEN", (isn, 0, True, True, 0, 0, LETTER), GAP - 10)
        return
    missing = ahead(fields[SEQ], tcb[machine.index["SND.NXT"]])
    if not 0 < missing < 1 << 30 or (fields[RST_BIT] and not fields[ACK_BIT]):
        return
    yield from _own(machine, now, segment, "SEND", (0, missing, False, True, 0, 0, LETTER), GAP)
    yield from _own(machine, now, segment, "CLOSE", (0, 0, False, True, 0, 0, LETTER), GAP + 1)


def _own(machine: Machine, now: Now, segment: Seen, event: str, call: Values, cost: int) -> Iterator[Guess]:
    done = machine.run(now.tcb or (), event, None, call)
    if done is not None and done[2]:
        entry = Entry(
            event, None, None, segment.time, call, now.tcb or (), done[0], done[1], done[2], (None,) * len(done[2]),
            done[3], gap="its numbers go on beyond it, and it was not captured before",
        )  # fmt: skip
        yield cost, now.after(entry._replace(gap=""))._replace(log=[entry, now.log])
