"""Ghosts: history kept beside each end, for properties to speak of. No rule reads one.

An incarnation is one choice of an ISS by one end; INC numbers them from 1. A ghost is evaluated after every event
of its end, in the order below, so that `after(INC)` in a later ghost is the value just computed.
"""

from __future__ import annotations

from spec.language import (
    GHOST,
    BoolExpr,
    EnumExpr,
    Event,
    Expr,
    NatExpr,
    all_of,
    any_of,
    bool_var,
    choose,
    count,
    enum,
    enum_var,
    leq,
    named,
    nat_var,
    negated,
    pairs_var,
    seq,
    seq_var,
)
from spec.language import SEG as SEG_OWNER
from spec.language import SENT as SENT_OWNER
from spec.language.beside import Ghost, after, arrived, assigned, event_is, fired, some_sent
from spec.language.sorts import BOOL, NAT
from spec.vocabulary import (
    ABORT,
    FIN,
    IRS,
    ISN,
    ISS,
    NEW_OCTETS,
    NO_CONNECTION,
    OCTETS,
    R2_REACHED,
    RCV,
    RST,
    SEG,
    SND,
    STATE,
    SYN,
    TEXT_START,
    TIME_WAIT_TIMEOUT,
    USER_TIMEOUT,
    Fields,
)

SENT = Fields(SENT_OWNER)
"""A segment sent in the step."""
CRASH = Event("CRASH", "environment", "RFC 9293 §3.5.1")
"""An end loses its memory; the environment's event E-2, no rule of TCP."""

COOKIE_OUT = bool_var("COOKIE.OUT", GHOST)
INCS = nat_var("INCS", GHOST)
FIRST_ISS = seq_var("FIRST.ISS", GHOST)
USED = seq_var("USED", GHOST)
INC = nat_var("INC", GHOST)
PINC = nat_var("PINC", GHOST)
OLD_INC = nat_var("OLD.INC", GHOST)
OLD_PINC = nat_var("OLD.PINC", GHOST)
MET = pairs_var("MET")
HIST = pairs_var("HIST")
LAP = nat_var("LAP", GHOST)
OVERRUN = bool_var("OVERRUN", GHOST)
OCTETS_SENT = nat_var("OCTETS.SENT", GHOST)
OCTETS_TAKEN = nat_var("OCTETS.TAKEN", GHOST)
TAKEN = pairs_var("TAKEN")
PEER_FIN = bool_var("PEER.FIN", GHOST)
FIN_OUT = bool_var("FIN.OUT", GHOST)
FIN_SEQ = seq_var("FIN.SEQ", GHOST)
HELD_INC = nat_var("HELD.INC", GHOST)
HELD_ISS = seq_var("HELD.ISS", GHOST)
ACCEPT_CALLED = bool_var("ACCEPT.CALLED", GHOST)
BOUND = bool_var("BOUND", GHOST)
QUEUE_FULL = bool_var("QUEUE.FULL", GHOST)
GIVEN_UP = bool_var("GIVEN.UP", GHOST)
FIN_FIRST = pairs_var("FIN.FIRST")
CLOSE_FIRST = pairs_var("CLOSE.FIRST")
CLOSED_AFTER = pairs_var("CLOSED.AFTER")
LOST = pairs_var("LOST")
RESET = bool_var("RESET", GHOST)
ENDED = enum_var(
    "ENDED",
    enum("ending", "not yet", "close", "ack", "time-wait timeout", "rst", "abort", "user timeout", "crash"),
    GHOST,
)

_FALSE, _TRUE = BoolExpr("const", BOOL, (), False), BoolExpr("const", BOOL, (), True)
_ZERO = NatExpr("const", NAT, (), 0)

SEG_INC = nat_var("INC", SEG_OWNER)
"""Ghost of a segment: the incarnation of its sender."""
SEG_INDEX = nat_var("INDEX", SEG_OWNER)
"""Ghost of a segment: how many octets its incarnation had numbered before its first one."""
_BEHIND: BoolExpr = after(SND.NXT) - after(ISS) < SENT.SEQ - after(ISS)
"""The segment begins before the numbering last passed the ISS."""
_TO_COME = all_of(SENT.has(SYN), after(STATE == "LISTEN"))
"""A SYN sent by a listener that keeps nothing (variant syn-cookies) is of the incarnation to come."""
MESSAGE_GHOSTS: dict[str, Expr] = {
    "INC": choose(_TO_COME, after(INCS) + 1, after(INC)),
    "INDEX": choose(SENT.DATA > 0, SENT.SEQ + count(SENT.has(SYN)) - after(ISS) - 1, _ZERO),
    "LAP": choose(SENT.DATA > 0, after(LAP) - count(_BEHIND), _ZERO),
}
"""The ghosts of a segment, computed when it is sent. INDEX wraps as sequence numbers do: it counts within a LAP."""
SENT_INC = nat_var("INC", SENT_OWNER)
SENT_INDEX = nat_var("INDEX", SENT_OWNER)
SENT_LAP = nat_var("LAP", SENT_OWNER)

NEW_INCARNATION = assigned(ISS)
SAVES = assigned(seq_var("OLD.ISS"))
"""The end begins a connection in TIME-WAIT and may return there (variant time-wait-reuse-back)."""
RETURNS = all_of(NEW_INCARNATION, after(STATE) == "TIME-WAIT")
"""It gives that connection up and is again what it was."""
CONNECTED = named(
    "this end is connected",
    all_of(
        ENDED == "not yet",
        any_of(
            STATE.isin(("ESTABLISHED", "FIN-WAIT-2", "CLOSE-WAIT", "LAST-ACK", "TIME-WAIT")),
            all_of(STATE.isin(("FIN-WAIT-1", "CLOSING")), SND.UNA != ISS),
        ),
    ),
)
"""What a user would call connected: synchronized and not aborted, but not after a CLOSE in SYN-RECEIVED whose SYN
is still unacknowledged."""
_TAKES_HELD = ("H-3", "H-3b")
TAKES_TEXT = fired("D-1", "D-1f", "D-1b", "D-1bf", "D-1h", "D-1bh", "L-3t", "L-3tb", *_TAKES_HELD)
TAKES_HELD = fired(*_TAKES_HELD)
"""Behind the arriving segment's text the step took text that was held (variant hold)."""
TAKES_FIN = fired("F-1", "F-2", "F-3", "F-4", "F-5", "F-1h", "F-2h", "F-3h")
SYNCHRONIZES = assigned(IRS)
_NXT_BEFORE_FIN = after(RCV.NXT) - count(TAKES_FIN)
USER_CLOSES = fired("U-15", "U-16", "U-17", "U-17q", "U-18", "U-18q")
"""The user CLOSEs a connection: a FIN follows, or is sent at once."""
TOLD_OF_RESET = fired("SS-3", "R-3", "R-4", "Y-3", "Y-3a", "D-3")
"""What arrives makes the end say "connection refused" or "connection reset"."""
NEW_OCTETS_TAKEN = choose(SYNCHRONIZES, _NXT_BEFORE_FIN - after(IRS) - 1, _NXT_BEFORE_FIN - RCV.NXT)
"""How many octets of text the step took."""
SEGMENT_OCTETS = choose(TAKES_HELD, NEW_OCTETS, NEW_OCTETS_TAKEN)
"""How many of them the arriving segment brought."""
FIRST_INDEX = SEG_INDEX + choose(SYNCHRONIZES, after(IRS) + 1 - TEXT_START, RCV.NXT - TEXT_START)
"""Which octet of its sender's incarnation the first one that the segment brought is."""
HELD_OCTETS = NEW_OCTETS_TAKEN - SEGMENT_OCTETS
"""How many of them were held."""
HELD_INDEX = _NXT_BEFORE_FIN - HELD_OCTETS - HELD_ISS - 1
"""Which octet of its sender's incarnation the first one that was held is."""
OCTETS_BEFORE = choose(NEW_INCARNATION, _ZERO, OCTETS_TAKEN)
"""How many octets this incarnation had taken before the step."""
SENDS_FIN = some_sent(SENT.has(FIN))


_TAKEN = TAKEN.with_run(SEG_INC, FIRST_INDEX, SEGMENT_OCTETS)
_LETS_GO = any_of(assigned(seq_var("HELD.SEQ")), after(STATE.isin(NO_CONNECTION)))


def _ended(how: str) -> EnumExpr:
    return EnumExpr("const", ENDED.sort, (), how)


_TCB_GONE = all_of(negated(STATE.isin(NO_CONNECTION)), after(STATE.isin(NO_CONNECTION)))

GHOSTS: tuple[Ghost, ...] = (
    Ghost(
        ENDED,
        "not yet",
        (
            (NEW_INCARNATION, _ended("not yet")),
            (event_is(CRASH), _ended("crash")),
            (all_of(event_is(ABORT), STATE != "CLOSED"), _ended("abort")),
            (negated(all_of(_TCB_GONE, ENDED == "not yet")), ENDED),
            (event_is(USER_TIMEOUT, R2_REACHED), _ended("user timeout")),
            (event_is(TIME_WAIT_TIMEOUT), _ended("time-wait timeout")),
            (fired("B-3"), _ended("abort")),
            (negated(arrived()), _ended("close")),
            (SEG.has(RST), _ended("rst")),
            (any_of(SEG.has(SYN), after(STATE) == "LISTEN"), _ended("abort")),
            (arrived(), _ended("ack")),
        ),
        "How this incarnation's TCB was deleted.",
    ),
    Ghost(
        INCS,
        0,
        (
            (RETURNS, INCS),
            (NEW_INCARNATION, INCS + 1 + count(all_of(COOKIE_OUT, negated(fired("L-5", "L-5f"))))),
        ),
        "How many ISSs this end has chosen.",
    ),
    Ghost(
        FIRST_ISS,
        0,
        ((all_of(NEW_INCARNATION, INCS == 0), after(ISS)),),
        "The first ISS that this end chose: where its numbers begin.",
    ),
    Ghost(
        USED,
        0,
        ((all_of(assigned(SND.NXT), negated(after(STATE.isin(NO_CONNECTION)))), after(SND.NXT)),),
        "The SND.NXT that this end had last: where its numbers end, also when the TCB is gone.",
    ),
    Ghost(
        OLD_INC,
        0,
        ((SAVES, INC), (after(STATE) != "SYN-RECEIVED", _ZERO)),
        "The incarnation that was in TIME-WAIT before this one; 0 when none.",
    ),
    Ghost(
        OLD_PINC,
        0,
        ((SAVES, PINC), (after(STATE) != "SYN-RECEIVED", _ZERO)),
        "The peer's incarnation of that one.",
    ),
    Ghost(INC, 0, ((RETURNS, OLD_INC), (NEW_INCARNATION, after(INCS))), "Which of its ISSs this end is using."),
    Ghost(
        COOKIE_OUT,
        False,
        ((NEW_INCARNATION, _FALSE), (some_sent(all_of(_TO_COME, SENT.SEQ != ISN)), _TRUE)),
        "This listener has sent cookies that only an ACK of one can make its ISS (variant syn-cookies).",
    ),
    Ghost(
        PINC,
        0,
        ((RETURNS, OLD_PINC), (assigned(IRS), SEG_INC), (NEW_INCARNATION, _ZERO)),
        "The peer's incarnation whose SYN this end took; 0 when none.",
    ),
    Ghost(
        MET,
        (),
        ((assigned(IRS), MET.with_pair(after(INC), after(PINC))),),
        "(own, peer's) incarnations in which this end took the peer's SYN.",
    ),
    Ghost(
        HIST,
        (),
        ((after(CONNECTED), HIST.with_pair(after(INC), after(PINC))),),
        "(own, peer's) incarnations in which this end was connected.",
    ),
    Ghost(
        LAP,
        0,
        (
            (NEW_INCARNATION, _ZERO),
            (all_of(assigned(SND.NXT), after(SND.NXT) - ISS < SND.NXT - ISS), LAP + 1),
        ),
        "How often the numbers of this incarnation have come round to its ISS.",
    ),
    Ghost(
        OVERRUN,
        False,
        (
            (NEW_INCARNATION, _FALSE),
            (all_of(assigned(SND.NXT), negated(leq(after(SND.UNA), after(SND.NXT)))), _TRUE),
        ),
        "This incarnation has had more than half of all numbers outstanding at once.",
    ),
    Ghost(
        OCTETS_SENT,
        0,
        (
            (RETURNS, after(SND.NXT) - after(ISS) - 2),
            (fired("U-2t"), OCTETS),
            (NEW_INCARNATION, _ZERO),
            (fired("U-8"), OCTETS_SENT + OCTETS),
            (fired("O-1", "O-2", "O-4"), OCTETS_SENT + SND.QUEUED),
        ),
        "How many octets this incarnation has numbered.",
    ),
    Ghost(
        TAKEN,
        (),
        (
            (TAKES_HELD, _TAKEN.with_run(HELD_INC, HELD_INDEX, HELD_OCTETS)),
            (TAKES_TEXT, _TAKEN),
        ),
        "(peer's incarnation, index) of every octet this end ever took.",
    ),
    Ghost(
        OCTETS_TAKEN,
        0,
        (
            (RETURNS, after(RCV.NXT) - after(IRS) - 2),
            (TAKES_TEXT, OCTETS_BEFORE + NEW_OCTETS_TAKEN),
            (NEW_INCARNATION, _ZERO),
        ),
        "How many octets this incarnation has taken.",
    ),
    Ghost(
        FIN_FIRST,
        (),
        (
            (
                all_of(SENDS_FIN, negated(PEER_FIN), negated(FIN_OUT)),
                FIN_FIRST.with_pair(after(INC), after(PINC)),
            ),
        ),
        "(own, peer's) incarnations in which this end sent its FIN before it took the peer's.",
    ),
    Ghost(
        CLOSE_FIRST,
        (),
        ((after(STATE == "FIN-WAIT-1"), CLOSE_FIRST.with_pair(after(INC), after(PINC))),),
        "(own, peer's) incarnations in which this end's user closed before it took the peer's FIN.",
    ),
    Ghost(
        FIN_SEQ,
        0,
        ((RETURNS, after(SND.NXT) - 1), (all_of(SENDS_FIN, negated(FIN_OUT)), after(SND.NXT) - 1)),
        "The number of this incarnation's FIN.",
    ),
    Ghost(
        FIN_OUT,
        False,
        ((RETURNS, _TRUE), (NEW_INCARNATION, _FALSE), (SENDS_FIN, _TRUE)),
        "This incarnation has sent a FIN.",
    ),
    Ghost(
        PEER_FIN,
        False,
        ((RETURNS, _TRUE), (TAKES_FIN, _TRUE), (NEW_INCARNATION, _FALSE)),
        "This incarnation has taken the peer's FIN.",
    ),
    Ghost(
        HELD_INC,
        0,
        ((fired("H-1"), SEG_INC), (_LETS_GO, _ZERO)),
        "The peer's incarnation that sent what is held (variant hold).",
    ),
    Ghost(
        HELD_ISS,
        0,
        ((fired("H-1"), SEG.SEQ - SEG_INDEX - 1), (_LETS_GO, seq(0))),
        "The ISS of the incarnation that sent the text held (variant hold).",
    ),
    Ghost(
        ACCEPT_CALLED,
        False,
        ((fired("K-1", "K-3", "K-8"), _TRUE),),
        "This end's user has called accept() (variants sockets, socket-calls and accept-gate).",
    ),
    Ghost(
        BOUND,
        False,
        (
            (fired("K-5", "K-7"), _TRUE),
            (any_of(fired("K-4", "K-10u"), all_of(STATE != "CLOSED", after(STATE == "CLOSED"))), _FALSE),
        ),
        "This end's socket has been given an address (variant socket-calls).",
    ),
    Ghost(
        QUEUE_FULL,
        False,
        ((fired("K-13"), _TRUE), (any_of(fired("K-12"), after(STATE == "CLOSED")), _FALSE)),
        "Another client's connection waits in this end's accept queue (variant socket-calls).",
    ),
    Ghost(
        GIVEN_UP,
        False,
        ((after(STATE == "CLOSED"), _FALSE), (fired("K-10", "K-10s"), _TRUE)),
        "This end's user has called close() on its connection (variant socket-calls).",
    ),
    Ghost(
        CLOSED_AFTER,
        (),
        ((USER_CLOSES, CLOSED_AFTER.with_pair(INC, OCTETS_SENT + SND.QUEUED)),),
        "(incarnation, octets): its user closed it after so many octets.",
    ),
    Ghost(
        RESET,
        False,
        ((NEW_INCARNATION, _FALSE), (TOLD_OF_RESET, _TRUE)),
        "This incarnation's user was told, unasked, that the connection is refused or reset.",
    ),
    Ghost(
        LOST,
        (),
        (
            (
                all_of(
                    any_of(after(RESET), after(ENDED).isin(("abort", "user timeout", "crash"))), HIST.has(INC, PINC)
                ),
                LOST.with_pair(INC, PINC),
            ),
        ),
        "(own, peer's) incarnations in which this end was connected, then aborted, gave up, crashed or was told of a "
        "reset.",
    ),
)
