"""What was found about a captured connection: plain data for reports. Nothing here decides anything.

An incarnation has two ends. What is said of an end is a run of the relation that emits what was seen from it: steps,
each one event with the rules that fired. Frames are numbered from 1, as in the file; times are ns since the epoch.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

Values = tuple[Any, ...]
Verdict = Literal["CONFORMS", "CONFORMS WITH", "CAPTURE INCOMPLETE", "DEVIATES", "UNKNOWN"]
WORST_FIRST: tuple[Verdict, ...] = ("DEVIATES", "UNKNOWN", "CAPTURE INCOMPLETE", "CONFORMS WITH", "CONFORMS")
"""UNKNOWN: a bound of the search was reached, so that neither a run was found nor its absence is certain."""
Side = Literal["client", "server"]
Role = Literal["active", "passive", "unknown"]
"""How an end opened: by an active or a passive OPEN; unknown when the capture begins in the middle."""


@dataclass(frozen=True)
class Sent:
    """A segment that a step sent: its fields in the relation's order, and the frame in which it was seen, if it was."""

    fields: Values
    frame: int | None


@dataclass(frozen=True)
class Step:
    """One event at one end.

    frame     the frame that shows it: that of the segment that arrives, or of the first one sent; None: inferred only.
    time      the time of that frame, or of the one that led to inferring the step.
    event     the event's name: "SEGMENT ARRIVES", "CLOSE", "RETRANSMISSION TIMEOUT"...
    arrived   the segment that arrives, and its frame (None when it was never captured).
    inferred  nothing in the capture shows the event itself: a user call, a timeout, an arrival never captured.
    choice    the freedom or tolerance by which a rule fired that is not the letter's; "" for none.
    call      what came with the event, in the order of CALL_FIELDS.
    before, after   the TCB, in the order of the result's `variables`.
    chain     the ids of the rules that fired, in order; empty when nothing handles the event.
    gap       not "": the arrival, or what was sent, is missing from the capture, and why it must have been.
    """

    frame: int | None
    time: int
    event: str
    arrived: Values | None
    arrived_frame: int | None
    inferred: bool
    choice: str
    call: Values
    before: Values
    after: Values
    chain: tuple[str, ...]
    sent: tuple[Sent, ...]
    signals: tuple[str, ...] = ()
    gap: str = ""


@dataclass(frozen=True)
class NearMiss:
    """A rule that sends something like the segment that deviates, and the first thing that stops it.

    condition   the rule's condition that fails, or the field that it would send otherwise, as text.
    numbers     the same with the values at that moment: "SND.NXT = 301, SEG.SEQ = 305".
    change      the smallest change that would make it conform, if one change does: "SEQ=301 instead of 305".
    """

    rule: str
    event: str
    condition: str
    numbers: str
    change: str | None = None


@dataclass(frozen=True)
class Deviation:
    """Where an end first does what no run does.

    sentence   one plain sentence.
    state, tcb the state before, in the run that explains everything up to the frame.
    """

    frame: int
    sentence: str
    state: str
    tcb: Values
    segment: Values
    near: tuple[NearMiss, ...] = ()


@dataclass(frozen=True)
class Gap:
    """What one end must have sent although no frame shows it: `octets` from `seq` on, known by what frame `frame` says.

    what   "SYN", "text", "FIN" or "segment"; `later` is the frame in which it turned up out of order after all.
    """

    seq: int
    octets: int
    what: str
    frame: int
    later: int | None = None


@dataclass(frozen=True)
class EndResult:
    """What was found about one end of an incarnation.

    seen       whether any segment of this end was captured; if not, nothing is said of it but its state is None.
    state      the state at the end if everything captured arrived; None if the capture does not tell.
    possible   the states it may be in if the last segments got lost behind the capture point, `state` first.
    tolerances the named tolerances that the run needed; freedoms the freedoms of RFC 9293 it used.
    steps      the run, if it was kept; the first deviation ends it.
    missing    what this end sent but the capture lacks.
    """

    address: str
    seen: bool
    role: Role
    verdict: Verdict
    frame: int | None
    state: str | None
    possible: tuple[str, ...] = ()
    tcb: Values | None = None
    tolerances: tuple[str, ...] = ()
    freedoms: tuple[str, ...] = ()
    steps: tuple[Step, ...] = ()
    deviation: Deviation | None = None
    missing: tuple[Gap, ...] = ()
    reason: str = ""
    """Why the verdict is UNKNOWN or CAPTURE INCOMPLETE, as a sentence."""


@dataclass(frozen=True)
class Reset:
    """A RST: its frame, who sent it, why (cause), and whether it ended the other end's connection.

    cause   "abort", "reply to a closed port", "reply to a bad segment" or "unexplained": no run of its sender sends
            it, so that it is perhaps injected.
    rule    the rule of its sender that sent it, if there is one.
    effect  what it did at the other end: "ends the connection", "challenged", "ignored"; None if it did not arrive
            there, or that end is not known.
    """

    frame: int
    time: int
    sender: Side
    cause: str
    effective: bool
    rule: str | None = None
    effect: str | None = None


@dataclass(frozen=True)
class Facts:
    """What follows from the frames and the two runs.

    opened_by     the side whose active OPEN began it; both for a simultaneous open; () if the capture does not tell.
    closed_first  the side whose FIN came first; "both" if neither FIN acknowledges the other.
    reset_by      the side whose RST ended the connection.
    conn_state    Zeek's code (SF, S0, REJ, ...); completeness Wireshark's tcp.completeness.
    established   whether both runs passed through ESTABLISHED or beyond.
    """

    opened_by: tuple[Side, ...] = ()
    established: bool = False
    closed_first: Side | Literal["both"] | None = None
    fin_frames: tuple[int | None, int | None] = (None, None)
    resets: tuple[Reset, ...] = ()
    reset_by: Side | None = None
    conn_state: str = "OTH"
    completeness: int = 0
    octets: tuple[int, int] = (0, 0)


class Frame(NamedTuple):
    """A captured segment of an incarnation, as it was checked: fields in the relation's order, window scaled."""

    frame: int
    time: int
    sender: Side
    fields: Values
    ip_id: int = -1
    ttl: int = 0


@dataclass(frozen=True)
class Incarnation:
    """One incarnation of a connection on its 4-tuple, the client first (who sent the first SYN, or what looks like it).

    conversation   the number of its conversation in the capture, from 1.
    number     1, 2, ... among the incarnations on the same 4-tuple and tags.
    verdict    the worse of the two ends'; frame is the first deviation's.
    midstream  the capture begins after the handshake began.
    frames     every captured segment, if they were kept.
    notes      sentences worth telling: mirrored frames, gaps, bounds.
    """

    tags: tuple[int, ...]
    client: EndResult
    server: EndResult
    conversation: int
    number: int
    first_frame: int
    last_frame: int
    first_time: int
    last_time: int
    segments: int
    verdict: Verdict
    frame: int | None
    tolerances: tuple[str, ...]
    midstream: bool
    facts: Facts = field(default_factory=Facts)
    frames: tuple[Frame, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def ends(self) -> tuple[EndResult, EndResult]:
        """The client and the server."""
        return self.client, self.server

    @property
    def final_states(self) -> tuple[str | None, str | None]:
        """The final states of client and server."""
        return self.client.state, self.server.state
