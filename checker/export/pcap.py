"""A run as a capture: the segments of a trace as packets, with numbers, checksums and times of the wire."""

from __future__ import annotations

import string
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction

from checker.capture.segment import ACK, FIN, PSH, RST, SYN
from checker.durations import MSL, ONE_WAY, R2, RTO, USER_TIMEOUT
from checker.export import wire
from checker.export.lifted import Numbers, begins, on_the_wire, selects_iss
from checker.usage import UsageError
from spec import trace as t
from spec import vocabulary as v
from spec.environment import ENDS
from spec.trace import ATTACKER, EventRecord, SentSegment, Trace, TraceStep
from spec.variants import VARIANTS

MIDDLE = "middle"
VANTAGES = (*ENDS, MIDDLE)
"""Where the capture is taken: at an end, or where every segment passes that is sent."""
EPOCH = 1_659_312_000
"""When a run begins: August 2022, the month of RFC 9293, in seconds since 1970."""
GAP = Fraction(1, 100)
"""Seconds between two steps, at least: more than a doubled frame of a mirror port takes."""
WAITS: Mapping[str, float] = {
    v.RETRANSMISSION_TIMEOUT.name: RTO,
    v.TIME_WAIT_TIMEOUT.name: 2 * MSL,
    v.USER_TIMEOUT.name: USER_TIMEOUT,
    v.R2_REACHED.name: R2,
}
"""How long after the last thing that happened at an end its timers strike; those of variants as a retransmission's."""
LETTERS = (string.ascii_uppercase, string.ascii_lowercase)
"""Octets of text, in the order of their numbers: those of A, those of B, over again after 26."""
FORGED_TEXT = "!"
CLIENT, SERVER = wire.endpoint("192.0.2.1:49152"), wire.endpoint("192.0.2.2:9")
"""Addresses for documentation (RFC 5737)."""
_BITS = {"SYN bit": SYN, "ACK bit": ACK, "FIN bit": FIN, "RST bit": RST}
_STAMP = "TSVAL"
_WIRED = {"SEQ", "ACK", "DATA", t.UNREAD, _STAMP, *_BITS}
"""The fields of a segment for which a header has a place."""


@dataclass(frozen=True)
class Ends:
    """Addresses of the end that opens first (the client; A, if neither opens actively) and of the other.

    Raise UsageError when they are the same or of two families.
    """

    client: wire.Endpoint = CLIENT
    server: wire.Endpoint = SERVER

    def __post_init__(self) -> None:
        if self.client.address.version != self.server.address.version:
            raise UsageError(f"{self.client} and {self.server}: give both ends IPv4 addresses or both IPv6.")
        if self.client == self.server:
            raise UsageError(f"{self.client}: give the ends different addresses or ports.")

    def of(self, trace: Trace) -> tuple[wire.Endpoint, wire.Endpoint]:
        """Return the addresses of A and B in a run."""
        opens = (s.end for s in trace.steps for e in s.events if e.event == v.OPEN.name and e.call["ACTIVE"])
        return (self.server, self.client) if next(opens, 0) else (self.client, self.server)


DEFAULT_ENDS = Ends()


def pcap(trace: Trace, ends: Ends = DEFAULT_ENDS, isn: Numbers = None, vantage: str = MIDDLE) -> bytes:
    """Return the run as a pcap file; a lasso as its steps, once round.

    vantage  "middle": each segment once, when it is sent; "A" or "B": what that end sends and what reaches it, so
             that losses are absent, and what the network repeats is there as often as it arrives.

    Raise UsageError when the run has no counterpart on the wire; the sentence names the step.
    """
    run = on_the_wire(trace, isn)
    texts, addresses = _texts(run), ends.of(run)
    frames = [(moment, wire.packet(_segment(run, addresses, n, texts[n]))) for moment, n in seen(run, vantage)]
    return wire.pcap(frames)


def seen(trace: Trace, vantage: str) -> Iterator[tuple[int, int]]:
    """Yield what is seen of a run, in order: microseconds since 1970, and the segment's number."""
    for moment, step in zip(moments(trace), trace.steps, strict=True):
        numbers = [step.segment] if _arrives(step, vantage) else []
        numbers += [n for event in step.events for n in event.sent if vantage in (MIDDLE, ENDS[step.end])]
        yield from ((moment + position, n) for position, n in enumerate(numbers) if n is not None)


def _arrives(step: TraceStep, vantage: str) -> bool:
    """Return whether the segment that a step concerns passes the vantage point in it."""
    if vantage == MIDDLE:
        return step.kind == t.FORGE
    return step.kind in (t.DELIVER, t.DUPLICATE, t.FORGE) and vantage == ENDS[step.end]


def moments(trace: Trace) -> tuple[int, ...]:
    """Return the time of each step in microseconds since 1970: the earliest that its order and durations allow.

    A tick of a world with a clock lasts MSL / lifetime. No duration is an upper bound: where the order of a run lets
    a segment outlive its MSL, it does.
    """
    now, ticks, last, passed = Fraction(EPOCH), 0, [Fraction(EPOCH), Fraction(EPOCH)], list[Fraction]()
    lifetime = trace.world.network.lifetime
    timers = {event.name for event in VARIANTS[trace.variant].relation.events if event.kind == "timeout"}
    for step in trace.steps:
        now += GAP
        if step.kind == t.TICK and lifetime is not None:
            ticks += 1
            now = max(now, EPOCH + Fraction(ticks * MSL, lifetime))
        if step.segment is not None and step.kind in (t.DELIVER, t.DUPLICATE):
            now = max(now, passed[trace.segments[step.segment].step - 1] + ONE_WAY)
        for event in step.events[:1]:
            if event.event in timers:
                measured = lifetime is not None and event.event == v.TIME_WAIT_TIMEOUT.name
                wait = 0 if measured else WAITS.get(event.event, RTO)
                now = max(now, last[step.end] + Fraction(wait))
        if step.events:
            last[step.end] = now
        passed.append(now)
    return tuple(int(moment * 1_000_000) for moment in passed)


def _texts(trace: Trace) -> list[bytes]:
    """Return the octets of text of each segment: they tell which they are, whoever sends them again."""
    selecting = selects_iss(VARIANTS[trace.variant].relation)
    earlier, reach = [0, 0], [0, 0]  # octets of an end's earlier incarnations, and of this one as far as sent
    texts = [FORGED_TEXT.encode() * s.fields["DATA"] if s.sender == ATTACKER else b"" for s in trace.segments]
    for step in trace.steps:
        for event in step.events:
            if begins(event, selecting):
                earlier[step.end], reach[step.end] = earlier[step.end] + reach[step.end], 0
            for number in event.sent:
                segment = trace.segments[number]
                first, octets = _offset(segment, event), segment.fields["DATA"]
                letters = LETTERS[step.end]
                texts[number] = "".join(
                    letters[(earlier[step.end] + first + i) % len(letters)] for i in range(octets)
                ).encode()
                reach[step.end] = max(reach[step.end], first + octets)
    return texts


def _offset(segment: SentSegment, event: EventRecord) -> int:
    """Return which octet of its sender's text a segment begins with, from 0; -1 for the octet of a keep-alive."""
    if not segment.fields["DATA"]:
        return 0
    distance = (segment.fields["SEQ"] + segment.fields["SYN bit"] - event.tcb["ISS"] - 1) & 0xFFFFFFFF
    return int(distance - (distance >> 31 << 32))


def _segment(trace: Trace, addresses: tuple[wire.Endpoint, wire.Endpoint], number: int, text: bytes) -> wire.Segment:
    segment = trace.segments[number]
    fields, forged = segment.fields, segment.sender == ATTACKER
    end = 1 - trace.steps[segment.step - 1].end if forged else segment.sender
    _check(trace, segment)
    flags = sum(bit for name, bit in _BITS.items() if fields[name]) | (PSH if text else 0)  # PSH: MUST-61
    stamp = None
    if _STAMP in fields and not forged:
        echo = trace.tcb(end, segment.step)["TS.RECENT"] if fields["ACK bit"] else 0
        stamp = (fields[_STAMP], echo)
    return wire.Segment(
        addresses[end], addresses[1 - end], fields["SEQ"], fields["ACK"], flags, fields[t.UNREAD], text, stamp,
        number + 1, wire.FORGED_HOPS if forged else wire.HOPS,
    )  # fmt: skip


def _check(trace: Trace, segment: SentSegment) -> None:
    """Raise UsageError for a segment for which a header has no place."""
    unknown = sorted(segment.fields.keys() - _WIRED)
    if unknown:
        raise UsageError(f"step {segment.step}: a header has no place for {', '.join(unknown)} of {trace.variant}.")
    for name, most in ((t.UNREAD, wire.LONGEST), ("DATA", wire.LONGEST - 60)):
        if segment.fields[name] > most:
            raise UsageError(
                f"step {segment.step}: {name} is {segment.fields[name]:,}, and a header has room to {most:,}."
            )
