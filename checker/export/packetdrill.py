"""A run as a packetdrill script: one end is the system under test, the other is what the script injects.

Calls of the user are socket calls, arriving segments are injected (<), segments sent are expected (>), states are asked
of TCP_INFO. A script is one strict order of events, so that it demands more than the relation: a stack that sends the
same a moment later fails it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from checker.export.lifted import Numbers, begins, on_the_wire, selects_iss
from checker.export.wire import LONGEST
from checker.usage import UsageError
from spec import trace as t
from spec import vocabulary as v
from spec.environment import ENDS
from spec.trace import EventRecord, Record, SentSegment, Trace, TraceStep
from spec.variants import VARIANTS
from spec.vocabulary import STATES, State

SOCKET, ACCEPTED = 3, 4
"""Descriptors: of the socket that the script makes, and of the one that accept() returns."""
CONNECTED: tuple[State, ...] = ("ESTABLISHED", "FIN-WAIT-1", "FIN-WAIT-2", "CLOSE-WAIT")
"""The states in which a user can still call for something."""
CLOSING: tuple[State, ...] = ("CLOSING", "LAST-ACK", "TIME-WAIT")

_NEW = ("socket(..., SOCK_STREAM, IPPROTO_TCP) = 3",)
_NO_DELAY, _NO_WAITING = (
    "setsockopt(3, SOL_TCP, TCP_NODELAY, [1], 4) = 0",
    "fcntl(3, F_SETFL, O_RDWR|O_NONBLOCK) = 0",
)
_CONNECT = (
    *_NEW,
    _NO_DELAY,
    _NO_WAITING,
    "connect(3, ..., ...) = -1 EINPROGRESS (Operation now in progress)",
)
_LISTEN = (
    *_NEW,
    _NO_DELAY,
    "setsockopt(3, SOL_SOCKET, SO_REUSEADDR, [1], 4) = 0",
    _NO_WAITING,
    "bind(3, ..., ...) = 0",
    "listen(3, 1) = 0",
)
_ACCEPT = "accept(3, ..., ...) = 4"
_CLOSE = "close({fd}) = 0"
_LINGER = "setsockopt({fd}, SOL_SOCKET, SO_LINGER, {{onoff=1, linger=0}}, 8) = 0"
_READ = "read({fd}, ..., {octets}) = {octets}"
_END_OF_FILE = "read({fd}, ..., 1) = 0"


@dataclass(frozen=True)
class Call:
    """What a user's call in some states is in sockets, `fd` and `octets` left open; `frees`: the descriptor is gone."""

    event: str
    states: tuple[State, ...]
    lines: tuple[str, ...]
    frees: bool = False


CALLS = (
    Call("SEND", ("ESTABLISHED", "CLOSE-WAIT"), ("write({fd}, ..., {octets}) = {octets}",)),
    Call("SEND", ("FIN-WAIT-1", "FIN-WAIT-2", *CLOSING), ("write({fd}, ..., 1) = -1 EPIPE (Broken pipe)",)),
    Call("CLOSE", ("LISTEN", "SYN-SENT"), (_CLOSE,), frees=True),
    Call("CLOSE", ("SYN-RECEIVED", "ESTABLISHED", "CLOSE-WAIT"), ("shutdown({fd}, SHUT_WR) = 0",)),
    Call("ABORT", ("LISTEN",), (_CLOSE,), frees=True),
    Call("ABORT", ("SYN-SENT", "SYN-RECEIVED", *CONNECTED, *CLOSING), (_LINGER, _CLOSE), frees=True),
    Call("RECEIVE", ("LISTEN", "SYN-SENT", "SYN-RECEIVED"), ()),
    Call("RECEIVE", CLOSING, (_END_OF_FILE,)),
)
"""The calls of RFC 9293 §3.10 in sockets (POSIX); OPEN, and RECEIVE where text may be on hand, are worked out below.

A CLOSE is shutdown(SHUT_WR): the RFC's user goes on receiving, and TCP_INFO needs the descriptor. What is not here,
such as a SEND in SYN-SENT (EAGAIN) or a second CLOSE, no socket call does.
"""
REFUSED, NO_SOCKET = "error: connection closing", "error: connection does not exist"
"""Signals: one whose counterpart is only what CALLS or the end of file has; one of calls that nobody can make."""
TCP_INFO: dict[State, str] = {
    "CLOSED": "TCP_CLOSE", "LISTEN": "TCP_LISTEN", "SYN-SENT": "TCP_SYN_SENT", "SYN-RECEIVED": "TCP_SYN_RECV",
    "ESTABLISHED": "TCP_ESTABLISHED", "FIN-WAIT-1": "TCP_FIN_WAIT1", "FIN-WAIT-2": "TCP_FIN_WAIT2",
    "CLOSE-WAIT": "TCP_CLOSE_WAIT", "CLOSING": "TCP_CLOSING", "LAST-ACK": "TCP_LAST_ACK",
}  # fmt: skip
"""States by tcpi_state's names. Of TIME-WAIT it says TCP_CLOSE."""
SS: dict[State, str] = {"TIME-WAIT": "time-wait", "SYN-RECEIVED": "syn-recv"}
"""States that only ss(8) shows: TIME-WAIT, and SYN-RECEIVED before accept() gives a descriptor."""
SILENT = (v.TIME_WAIT_TIMEOUT.name, v.SEGMENTIZE.name, v.RETRANSMISSION_TIMEOUT.name)
"""What an end does without being called; what it sends then is expected. Other timeouts no script brings about."""
AT_ONCE, ANSWER, TIMER = "+0", "+0~+.3", "+.1~+4"
"""When: as soon as may be; within a delayed ACK; within a few retransmission timeouts. In seconds."""
_BITS = (("SYN bit", "S"), ("FIN bit", "F"), ("RST bit", "R"))
_SET_UP = "sysctl -q net.ipv4.tcp_invalid_ratelimit=0"
"""Every challenge ACK is sent, however soon after another."""


def packetdrill(trace: Trace, end: str = "A", isn: Numbers = None) -> str:
    """Return the script in which `end`, "A" or "B", is the system under test.

    Numbers are relative to the first of each side, as packetdrill has them; `isn` matters only where numbers wrap.
    Windows are as wide as the header's field.

    Raise UsageError, naming the step, for what no script can say.
    """
    run = on_the_wire(trace, isn, LONGEST)
    return "\n".join(_Script(run, ENDS.index(end)).lines(trace.property)) + "\n"


class _Script:
    def __init__(self, run: Trace, end: int) -> None:
        self.run, self.end = run, end
        self.selecting = selects_iss(VARIANTS[run.variant].relation)
        self.fd: int | None = None
        self.made = self.listens = False
        self.iss: int | None = None
        self.first: int | None = None
        self.where = 0

    def lines(self, about: str) -> Iterator[str]:
        """Yield the script's lines."""
        run, end = self.run, ENDS[self.end]
        yield f"// {about or 'run'}: {run.variant} in world {run.world.name}, {len(run.steps)} steps; {end} under test."
        yield "--tolerance_usecs=50000"
        yield f"    0 `{_SET_UP}`"
        self.first = self._first()
        if run.world.users[self.end].listens:
            yield from self._calls(_LISTEN)
            self.fd, self.made, self.listens = SOCKET, True, True
        for self.where, step in enumerate(run.steps, 1):
            if step.end == self.end and step.events:
                yield f"// {self.where}. {_title(step)}"
                for position, event in enumerate(step.events):
                    yield from self._event(step, event, position)

    def _event(self, step: TraceStep, event: EventRecord, position: int) -> Iterator[str]:
        before = step.events[position - 1].tcb if position else self.run.tcb(self.end, self.where - 1)
        if begins(event, self.selecting):
            if self.iss is not None:
                raise self._refusal("a script knows one ISS of the system under test, and this is its second")
            self.iss = event.tcb["ISS"]
        arrived = step.segment is not None and not position
        if arrived:
            yield f"{AT_ONCE:>7} < {self._segment(self.run.segments[step.segment or 0], ours=False)}"
        elif event.event not in SILENT:
            yield from self._call(event, before, again=bool(position))
        for number in event.sent:
            when = ANSWER if arrived else TIMER if event.event == v.RETRANSMISSION_TIMEOUT.name else AT_ONCE
            yield f"{when:>7} > {self._segment(self.run.segments[number], ours=True)}"
        if event.event == v.TIME_WAIT_TIMEOUT.name:
            yield from self._over()
            return
        yield from self._accepted(event)
        if arrived:
            yield from self._read(event, before, self.run.segments[step.segment or 0])
        yield from self._state(event.tcb, before)

    # --- the user ---------------------------------------------------------------------------------------------------

    def _call(self, event: EventRecord, before: Record, *, again: bool) -> Iterator[str]:
        state = before["STATE"]
        if NO_SOCKET in event.signals:
            yield "//    (there is no socket to call)"
            return
        if event.event == v.OPEN.name:
            yield from self._open(event, state, again=again)
            return
        if event.event == v.RECEIVE.name and state in CONNECTED:
            yield from self._receive(event, before)
            return
        call = next((c for c in CALLS if c.event == event.event and state in c.states), None)
        refused = REFUSED in event.signals and "-1" not in "".join(() if call is None else call.lines)
        if call is None or (refused and event.event != v.RECEIVE.name):
            raise self._refusal(f"a script has no call for {event.event} in {state}")
        child = before["ORIGIN"] == "passive" and state not in v.NO_CONNECTION
        if call.lines and (self.fd is None or (child and self.fd == SOCKET)):
            raise self._refusal(f"{event.event} in {state} has no socket: accept() comes after the handshake")
        yield from self._calls(call.lines, event.call["OCTETS"])
        if call.frees:
            self.listens &= self.fd != SOCKET
            self.fd = None

    def _open(self, event: EventRecord, state: State, *, again: bool) -> Iterator[str]:
        if again and self.listens:  # the listening socket listens on
            self.fd = SOCKET
            return
        if state != "CLOSED" or event.tcb["STATE"] == "CLOSED":
            raise self._refusal(f"a script has no call for OPEN in {state}")
        if self.made:
            raise self._refusal("a script has one socket, and this is its second OPEN")
        self.fd, self.made = SOCKET, True
        yield from self._calls(_CONNECT if event.call["ACTIVE"] else _LISTEN)

    def _receive(self, event: EventRecord, before: Record) -> Iterator[str]:
        octets = before["RCV.USER"] - event.tcb["RCV.USER"]
        if octets:
            yield from self._calls((_READ,), octets)
        elif REFUSED in event.signals:
            yield from self._calls((_END_OF_FILE,))

    def _accepted(self, event: EventRecord) -> Iterator[str]:
        tcb = event.tcb
        if tcb["ORIGIN"] == "passive" and tcb["STATE"] in v.SYNCHRONIZED and self.fd == SOCKET:
            yield from self._calls((_ACCEPT,))
            self.fd = ACCEPTED

    def _read(self, event: EventRecord, before: Record, segment: SentSegment) -> Iterator[str]:
        """Yield the read() that takes what has just been delivered to a RECEIVE that waited for it."""
        if "octets delivered" in event.signals:
            took = event.tcb["RCV.NXT"] - (before["RCV.NXT"] or segment.fields["SEQ"] + segment.fields["SYN bit"])
            took -= any(rule.startswith("F-") for rule in event.chain)
            yield from self._calls((_READ,), took % (1 << 32))

    def _calls(self, lines: tuple[str, ...], octets: int = 0) -> Iterator[str]:
        yield from (f"{AT_ONCE:>7} {line.format(fd=self.fd, octets=octets)}" for line in lines)

    # --- the wire ---------------------------------------------------------------------------------------------------

    def _first(self) -> int | None:
        """Return the number from which the script counts the peer's: packetdrill takes that of the first segment.

        Of an end that opens actively it is the first SYN,ACK's.
        """
        arriving = [s for s in self.run.steps if s.end == self.end and s.segment is not None and s.events]
        segments = [self.run.segments[s.segment or 0].fields for s in arriving]
        active = any(s.event == v.OPEN.name and s.call["ACTIVE"] for step in self.run.steps for s in step.events
                     if step.end == self.end)  # fmt: skip
        answers = [fields["SEQ"] for fields in segments if fields["SYN bit"] and fields["ACK bit"]]
        counted = answers if active and answers else [fields["SEQ"] for fields in segments]
        return counted[0] if counted else None

    def _segment(self, segment: SentSegment, *, ours: bool) -> str:
        """Return a segment in packetdrill's notation."""
        fields = segment.fields
        unknown = sorted(fields.keys() - v.MESSAGE.keys())
        if unknown:
            raise self._refusal(f"a script has no place for {', '.join(unknown)} of {self.run.variant}")
        bits = "".join(letter for name, letter in _BITS if fields[name]) + "P" * (ours and fields["DATA"] > 0)
        mine, other = (self._ours, self._theirs) if ours else (self._theirs, self._ours)
        if ours and self.iss is not None and fields["RST bit"] and fields["ACK bit"] and not fields["SEQ"]:
            raise self._refusal("a script cannot expect <SEQ=0>: it counts from an ISS")
        first = mine(fields["SEQ"])
        last = (first + fields["DATA"]) % (1 << 32)
        words = [bits + "." * fields["ACK bit"] or "-", f"{first}:{last}({fields['DATA']})"]
        words += [f"ack {other(fields['ACK'])}"] if fields["ACK bit"] else []
        if not ours:
            forged = segment.sender == t.ATTACKER and not fields["RST bit"]  # its WND is 0: no rule reads it
            words.append(f"win {LONGEST if forged else fields[t.UNREAD]}")
        elif fields["SYN bit"]:
            words.append("<...>")
        return " ".join(words)

    def _ours(self, number: int) -> int:
        return (number - (self.iss or 0)) % (1 << 32)

    def _theirs(self, number: int) -> int:
        return (number - (self.first or 0)) % (1 << 32)

    # --- states -----------------------------------------------------------------------------------------------------

    def _state(self, tcb: Record, before: Record) -> Iterator[str]:
        """Yield the question for a state that is new, if anything in the system can be asked."""
        state = next(name for name in STATES if name == tcb["STATE"])
        if state == before["STATE"] or state == "LISTEN":
            return
        hidden = state == "SYN-RECEIVED" and tcb["ORIGIN"] == "passive"
        if state in SS and (hidden or state not in TCP_INFO):
            yield f"{AT_ONCE:>7} `ss -Htan state {SS[state]} | grep -q .`"
        elif self.fd is not None:
            name = TCP_INFO[state]
            yield f"{AT_ONCE:>7} %{{ assert tcpi_state == {name}, tcpi_state }}%"

    def _over(self) -> Iterator[str]:
        """Yield that TIME-WAIT is over, which is the end: a script does not wait for it."""
        rest = [step for step in self.run.steps[self.where :] if step.end == self.end and step.events]
        if rest:
            raise self._refusal("a script does not wait for the end of TIME-WAIT, and the run goes on after it")
        yield "//    (not waited for)"

    def _refusal(self, why: str) -> UsageError:
        return UsageError(
            f"step {self.where}: {why}; packetdrill cannot play this run with {ENDS[self.end]} under test."
        )


def _title(step: TraceStep) -> str:
    """Return what happens in a step and by which rules."""
    what = step.events[0].event + (" (a copy stays in flight)" if step.kind == t.DUPLICATE else "")
    return f"{what}: {', '.join(rule for event in step.events for rule in event.chain) or 'nothing'}"
