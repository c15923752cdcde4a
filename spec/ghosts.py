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
    named,
    nat_var,
    negated,
    pairs_var,
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
    ISS,
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

INC = nat_var("INC", GHOST)
PINC = nat_var("PINC", GHOST)
MET = pairs_var("MET")
HIST = pairs_var("HIST")
OCTETS_SENT = nat_var("OCTETS.SENT", GHOST)
OCTETS_TAKEN = nat_var("OCTETS.TAKEN", GHOST)
TAKEN = pairs_var("TAKEN")
PEER_FIN = bool_var("PEER.FIN", GHOST)
FIN_OUT = bool_var("FIN.OUT", GHOST)
FIN_SEQ = seq_var("FIN.SEQ", GHOST)
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
MESSAGE_GHOSTS: dict[str, Expr] = {
    "INC": after(INC),
    "INDEX": choose(SENT.DATA > 0, SENT.SEQ - after(ISS) - 1, _ZERO),
}
"""The ghosts of a segment, computed when it is sent."""

NEW_INCARNATION = assigned(ISS)
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
TAKES_TEXT = fired("D-1", "D-1f", "D-1b", "D-1bf")
TAKES_FIN = fired("F-1", "F-2", "F-3", "F-4", "F-5")
USER_CLOSES = fired("U-15", "U-16", "U-17", "U-17q", "U-18", "U-18q")
"""The user CLOSEs a connection: a FIN follows, or is sent at once."""
TOLD_OF_RESET = fired("SS-3", "R-3", "R-4", "Y-3", "Y-3a", "D-3")
"""What arrives makes the end say "connection refused" or "connection reset"."""
NEW_OCTETS_TAKEN = after(RCV.NXT) - RCV.NXT - count(TAKES_FIN)
"""How many octets of text the step took."""
FIRST_INDEX = SEG_INDEX + (RCV.NXT - TEXT_START)
"""Which octet of its sender's incarnation the first one taken is."""
SENDS_FIN = some_sent(SENT.has(FIN))


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
            (negated(arrived()), _ended("close")),
            (SEG.has(RST), _ended("rst")),
            (any_of(SEG.has(SYN), after(STATE) == "LISTEN"), _ended("abort")),
            (arrived(), _ended("ack")),
        ),
        "How this incarnation's TCB was deleted.",
    ),
    Ghost(INC, 0, ((NEW_INCARNATION, INC + 1),), "How many ISSs this end has chosen."),
    Ghost(
        PINC,
        0,
        ((assigned(IRS), SEG_INC), (NEW_INCARNATION, _ZERO)),
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
        OCTETS_SENT,
        0,
        (
            (NEW_INCARNATION, _ZERO),
            (fired("U-8"), OCTETS_SENT + OCTETS),
            (fired("O-1"), OCTETS_SENT + SND.QUEUED),
        ),
        "How many octets this incarnation has numbered.",
    ),
    Ghost(
        TAKEN,
        (),
        ((TAKES_TEXT, TAKEN.with_run(SEG_INC, FIRST_INDEX, NEW_OCTETS_TAKEN)),),
        "(peer's incarnation, index) of every octet this end ever took.",
    ),
    Ghost(
        OCTETS_TAKEN,
        0,
        ((NEW_INCARNATION, _ZERO), (TAKES_TEXT, OCTETS_TAKEN + NEW_OCTETS_TAKEN)),
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
        ((all_of(SENDS_FIN, negated(FIN_OUT)), after(SND.NXT) - 1),),
        "The number of this incarnation's FIN.",
    ),
    Ghost(
        FIN_OUT,
        False,
        ((NEW_INCARNATION, _FALSE), (SENDS_FIN, _TRUE)),
        "This incarnation has sent a FIN.",
    ),
    Ghost(
        PEER_FIN,
        False,
        ((NEW_INCARNATION, _FALSE), (TAKES_FIN, _TRUE)),
        "This incarnation has taken the peer's FIN.",
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
