"""The words of RFC 9293: states, control bits, TCB variables, segments, events, and the RFC's named conditions.

Names are spelled as the RFC spells them, so that `SND.UNA`, `SEG.SEQ` and `RCV.NXT` in a rule are those of
§3.3.1 and §3.10.
"""

from __future__ import annotations

from typing import Literal

from spec.language import (
    BOOL,
    NAT,
    SEQ,
    BoolExpr,
    Event,
    Message,
    NatExpr,
    Rule,
    SeqExpr,
    Spelling,
    Step,
    Variable,
    all_of,
    any_of,
    bool_var,
    count,
    enum,
    enum_var,
    leq,
    lt,
    named,
    nat_var,
    negated,
    seq,
    seq_var,
    smaller,
)
from spec.language import (
    CALL as CALL_OWNER,
)
from spec.language import (
    SEG as SEG_OWNER,
)
from spec.language.errors import SpecError
from spec.language.expressions import BoolExpr as _Bool
from spec.language.expressions import lift

State = Literal[
    "CLOSED", "LISTEN", "SYN-SENT", "SYN-RECEIVED", "ESTABLISHED", "FIN-WAIT-1", "FIN-WAIT-2",
    "CLOSE-WAIT", "CLOSING", "LAST-ACK", "TIME-WAIT",
]  # fmt: skip
STATES: tuple[State, ...] = (
    "CLOSED", "LISTEN", "SYN-SENT", "SYN-RECEIVED", "ESTABLISHED", "FIN-WAIT-1", "FIN-WAIT-2",
    "CLOSE-WAIT", "CLOSING", "LAST-ACK", "TIME-WAIT",
)  # fmt: skip
SYNCHRONIZED: tuple[State, ...] = STATES[4:]
"""The synchronized states of RFC 9293 §3.5.2, group 3."""
NO_CONNECTION: tuple[State, ...] = STATES[:2]
"""The states in which nothing of a connection is left or begun: CLOSED and LISTEN."""
OTHER: tuple[State, ...] = STATES[3:]
"""The states of RFC 9293 §3.10.7.4, "Other States"."""

TcpRule = Rule[State]

# --- what an endpoint remembers -------------------------------------------------------------------------------

STATE = enum_var("STATE", enum("TCP state", *STATES))
ORIGIN = enum_var("ORIGIN", enum("origin", "none", "passive", "active"))
ISS = seq_var("ISS")
IRS = seq_var("IRS")


class SND(metaclass=Spelling):
    """Send sequence variables (RFC 9293 §3.3.1)."""

    UNA = seq_var("SND.UNA")
    NXT = seq_var("SND.NXT")
    QUEUED = nat_var("SND.QUEUED")


class RCV(metaclass=Spelling):
    """Receive sequence variables (RFC 9293 §3.3.1; RCV.USER is §3.8.6.2.2's)."""

    NXT = seq_var("RCV.NXT")
    WND = nat_var("RCV.WND")
    USER = nat_var("RCV.USER")


CLOSE_QUEUED = bool_var("CLOSE.QUEUED")
RECEIVE_QUEUED = bool_var("RECEIVE.QUEUED")

WINDOW = 4
"""The receive buffer, in octets, unless a world says otherwise."""

TCB_VARIABLES: tuple[Variable, ...] = (
    Variable(STATE, "CLOSED", "The connection's state (§3.3.2). CLOSED means that there is no TCB."),
    Variable(ORIGIN, "none", "Whether the connection came from a passive or an active OPEN (§3.5, MUST-11)."),
    Variable(ISS, 0, "Initial send sequence number (§3.3.1)."),
    Variable(IRS, 0, "Initial receive sequence number (§3.3.1)."),
    Variable(SND.UNA, 0, "Oldest unacknowledged sequence number (§3.3.1)."),
    Variable(SND.NXT, 0, "Next sequence number to be sent (§3.3.1)."),
    Variable(RCV.NXT, 0, "Next sequence number expected (§3.3.1)."),
    Variable(RCV.WND, WINDOW, "Receive window (§3.3.1): the receive buffer less RCV.USER."),
    Variable(RCV.USER, 0, "Octets received but not yet consumed by the user (§3.8.6.2.2)."),
    Variable(SND.QUEUED, 0, "Octets of SENDs not yet segmentized (§3.10.2)."),
    Variable(CLOSE_QUEUED, False, "A CLOSE is queued, its FIN not yet sent (§3.10.4)."),
    Variable(RECEIVE_QUEUED, True, "RECEIVEs wait for text; the user renews each at once (§3.10.3)."),
)
DELETE_TCB: tuple[str, ...] = tuple(variable.name for variable in TCB_VARIABLES[1:])
"""What CLOSED forgets: "delete the TCB"."""
OUR_NUMBERS: tuple[str, ...] = ("ISS", "SND.UNA", "SND.NXT")
PEER_NUMBERS: tuple[str, ...] = ("IRS", "RCV.NXT")
"""Which sequence numbers of a TCB belong to which end's space."""
BACK_TO_LISTEN: tuple[str, ...] = tuple(name for name in DELETE_TCB if name != "ORIGIN")
"""What LISTEN forgets: everything but that the OPEN was passive."""

# --- segments -------------------------------------------------------------------------------------------------

MESSAGE = {
    "SEQ": SEQ, "ACK": SEQ, "DATA": NAT, "WND": NAT,
    "SYN bit": BOOL, "ACK bit": BOOL, "FIN bit": BOOL, "RST bit": BOOL,
}  # fmt: skip
"""The fields of a segment (§3.1). DATA is the number of octets of text; LEN is derived."""


class Control:
    """A set of control bits; `SYN | ACK` is both."""

    def __init__(self, *bits: str) -> None:
        self.bits = frozenset(bits)

    def __or__(self, other: Control) -> Control:
        return Control(*self.bits, *other.bits)


SYN, ACK, FIN, RST = (Control(bit) for bit in ("SYN", "ACK", "FIN", "RST"))


class Fields:
    """The fields of a segment as a rule or property reads them: those of `SEG` arrive, those of `SENT` leave."""

    def __init__(self, owner: str) -> None:
        self.SEQ: SeqExpr = seq_var("SEQ", owner)
        self.ACK: SeqExpr = seq_var("ACK", owner)
        self.DATA: NatExpr = nat_var("DATA", owner)
        self.WND: NatExpr = nat_var("WND", owner)
        self.bits: dict[str, BoolExpr] = {bit: bool_var(f"{bit} bit", owner) for bit in ("SYN", "ACK", "FIN", "RST")}
        controls = count(self.bits["SYN"]) + count(self.bits["FIN"])
        self.LEN: NatExpr = named(f"{owner}.LEN", self.DATA + controls)
        """Octets plus the SYN and FIN bits (§3.3.1)."""

    def has(self, *controls: Control) -> BoolExpr:
        """Return the condition that all these control bits are set."""
        bits = [self.bits[bit] for control in controls for bit in sorted(control.bits)]
        return bits[0] if len(bits) == 1 else all_of(*bits)

    def lacks(self, control: Control) -> BoolExpr:
        """Return the condition that none of these control bits is set."""
        bits = [negated(self.bits[bit]) for bit in sorted(control.bits)]
        return bits[0] if len(bits) == 1 else all_of(*bits)


SEG = Fields(SEG_OWNER)
"""The arriving segment."""
has = SEG.has
lacks = SEG.lacks


def segment(
    *, SEQ: SeqExpr, ACK: SeqExpr | None = None, CTL: Control, DATA: NatExpr | int = 0, WND: NatExpr | None = None
) -> tuple[Message, ...]:
    """Return one segment to send, in the RFC's notation; WND is RCV.WND, or 0 in a reset (§3.10.7).

    Two segments of one rule are written segment(...) + segment(...).
    Raise SpecError when ACK= and the ACK bit do not go together.
    """
    if (ACK is not None) != ("ACK" in CTL.bits):
        raise SpecError("segment(): ACK= and CTL=ACK go together: give both or neither.")
    fields = {
        "SEQ": lift(SEQ, SEQ_SORT),
        "ACK": lift(seq(0) if ACK is None else ACK, SEQ_SORT),
        "DATA": lift(DATA, NAT),
        "WND": lift((0 if "RST" in CTL.bits else RCV.WND) if WND is None else WND, NAT),
        **{f"{bit} bit": lift(bit in CTL.bits, BOOL) for bit in ("SYN", "ACK", "FIN", "RST")},
    }
    return (Message(fields),)


SEQ_SORT = SEQ
PURE_ACK = segment(SEQ=SND.NXT, ACK=RCV.NXT, CTL=Control("ACK"))
"""<SEQ=SND.NXT><ACK=RCV.NXT><CTL=ACK>: the acknowledgment that §3.10.7.4 sends again and again."""
RST_FOR_ACK = segment(SEQ=SEG.ACK, CTL=Control("RST"))
"""<SEQ=SEG.ACK><CTL=RST>: the reset for a segment with an ACK field (§3.5.2)."""
RST_FOR_NO_ACK = segment(SEQ=seq(0), ACK=SEG.SEQ + SEG.LEN, CTL=Control("RST", "ACK"))
"""<SEQ=0><ACK=SEG.SEQ+SEG.LEN><CTL=RST,ACK>: the reset for a segment without one (§3.5.2)."""
SEND_FIN = segment(SEQ=SND.NXT - 1, ACK=RCV.NXT, CTL=Control("FIN", "ACK"))
"""The FIN just numbered: SND.NXT has already stepped over it."""

# --- what comes with an event ---------------------------------------------------------------------------------

ISN = seq_var("ISN", CALL_OWNER)
"""The initial sequence number that the generator of §3.4.1 would yield now."""
OCTETS = nat_var("OCTETS", CALL_OWNER)
"""The length of a SEND."""
ACTIVE = bool_var("ACTIVE", CALL_OWNER)
"""The OPEN is active."""
REMOTE = bool_var("REMOTE", CALL_OWNER)
"""The remote socket is specified."""
CALL_FIELDS = {"ISN": SEQ, "OCTETS": NAT, "ACTIVE": BOOL, "REMOTE": BOOL}


def _call(name: str, cite: str, kind: str = "call") -> Step:
    event = Event(name, kind, cite)
    return Step(event, name, name, cite)


OPEN = _call("OPEN", "§3.10.1")
SEND = _call("SEND", "§3.10.2")
RECEIVE = _call("RECEIVE", "§3.10.3")
CLOSE = _call("CLOSE", "§3.10.4")
ABORT = _call("ABORT", "§3.10.5")
SEGMENTIZE = _call("SEGMENTIZE", "§3.10.2, §3.10.4", "internal")
USER_TIMEOUT = _call("USER TIMEOUT", "§3.10.8", "timeout")
RETRANSMISSION_TIMEOUT = _call("RETRANSMISSION TIMEOUT", "§3.10.8", "timeout")
R2_REACHED = _call("R2 REACHED", "§3.8.3", "timeout")
TIME_WAIT_TIMEOUT = _call("TIME-WAIT TIMEOUT", "§3.10.8", "timeout")

# --- SEGMENT ARRIVES: the steps of §3.10.7, in its order ------------------------------------------------------

SEGMENT_ARRIVES = Event("SEGMENT ARRIVES", "segment", "§3.10.7")


def _step(section: str, ordinal: str, title: str) -> Step:
    return Step(SEGMENT_ARRIVES, f"§{section} {ordinal}".strip(), title, f"§{section}, {ordinal}".rstrip(", "))


class CLOSED_STEPS(metaclass=Spelling):
    """§3.10.7.1."""

    ANY = _step("3.10.7.1", "", "the TCB does not exist")


class LISTEN_STEPS(metaclass=Spelling):
    """§3.10.7.2."""

    RST = _step("3.10.7.2", "first", "check for a RST")
    ACK = _step("3.10.7.2", "second", "check for an ACK")
    SYN = _step("3.10.7.2", "third", "check for a SYN")
    OTHER = _step("3.10.7.2", "fourth", "other data or control")


class SYN_SENT_STEPS(metaclass=Spelling):
    """§3.10.7.3; the third step, security, is not modelled."""

    ACK = _step("3.10.7.3", "first", "check the ACK bit")
    RST = _step("3.10.7.3", "second", "check the RST bit")
    SYN = _step("3.10.7.3", "fourth", "check the SYN bit")
    OTHER = _step("3.10.7.3", "fifth", "neither SYN nor RST")


class OTHER_STEPS(metaclass=Spelling):
    """§3.10.7.4; security (third) and URG (sixth) are not modelled. The ACK field has parts, as in the RFC."""

    SEQUENCE = _step("3.10.7.4", "first", "check sequence number")
    IDEALIZED = _step("3.10.7.4", "first (in sequence)", "process segments in sequence")
    RST = _step("3.10.7.4", "second", "check the RST bit")
    SYN = _step("3.10.7.4", "fourth", "check the SYN bit")
    ACK = _step("3.10.7.4", "fifth", "check the ACK field")
    ACK_SYN_RECEIVED = _step("3.10.7.4", "fifth (SYN-RECEIVED)", "is our SYN acknowledged?")
    ACK_ESTABLISHED = _step("3.10.7.4", "fifth (ESTABLISHED)", "what does it acknowledge?")
    ACK_OF_FIN = _step("3.10.7.4", "fifth (our FIN)", "is our FIN acknowledged?")
    ACK_FIN_WAIT_2 = _step("3.10.7.4", "fifth (FIN-WAIT-2)", "the user's CLOSE is acknowledged")
    TEXT = _step("3.10.7.4", "seventh", "process the segment text")
    FIN = _step("3.10.7.4", "eighth", "check the FIN bit")


def _steps_of(group: type) -> tuple[Step, ...]:
    return tuple(value for value in vars(group).values() if isinstance(value, Step))


STEPS: tuple[Step, ...] = (
    OPEN, SEND, RECEIVE, CLOSE, ABORT, SEGMENTIZE,
    *_steps_of(CLOSED_STEPS), *_steps_of(LISTEN_STEPS), *_steps_of(SYN_SENT_STEPS), *_steps_of(OTHER_STEPS),
    USER_TIMEOUT, RETRANSMISSION_TIMEOUT, R2_REACHED, TIME_WAIT_TIMEOUT,
)  # fmt: skip

# --- the RFC's named conditions -------------------------------------------------------------------------------


def in_window(number: SeqExpr) -> BoolExpr:
    """Return RCV.NXT =< number < RCV.NXT+RCV.WND (§3.4)."""
    return all_of(leq(RCV.NXT, number), lt(number, RCV.NXT + RCV.WND))


_TABLE_6: tuple[_Bool, ...] = (
    all_of(SEG.LEN == 0, RCV.WND == 0, SEG.SEQ == RCV.NXT),
    all_of(SEG.LEN == 0, RCV.WND > 0, in_window(SEG.SEQ)),
    all_of(SEG.LEN > 0, RCV.WND > 0, any_of(in_window(SEG.SEQ), in_window(SEG.SEQ + SEG.LEN - 1))),
)
ACCEPTABLE = named("SEG is acceptable (Table 6)", any_of(*_TABLE_6))
"""The segment acceptability test of §3.10.7.4, Table 6, one alternative per row that can hold."""
ZERO_WINDOW_ALLOWANCE = named(
    "SEG begins at RCV.NXT, the window being 0",
    all_of(SEG.LEN > 0, RCV.WND == 0, SEG.SEQ == RCV.NXT, negated(SEG.bits["SYN"])),
)
""""special allowance should be made to accept valid ACKs, URGs, and RSTs" (§3.10.7.4 first; MUST-66)."""
NEW_ACK = all_of(lt(SND.UNA, SEG.ACK), leq(SEG.ACK, SND.NXT))
"""SND.UNA < SEG.ACK =< SND.NXT (§3.4)."""
FIN_ACKED = named("our FIN is acknowledged", all_of(negated(CLOSE_QUEUED), SND.UNA == SND.NXT))
"""In FIN-WAIT-1, CLOSING and LAST-ACK: our FIN, the last number before SND.NXT, is sent and acknowledged."""
TEXT_START = SEG.SEQ + count(SEG.bits["SYN"])
TEXT_END = TEXT_START + SEG.DATA
NEW_TEXT = named("SEG has text at RCV.NXT", all_of(leq(TEXT_START, RCV.NXT), lt(RCV.NXT, TEXT_END), RCV.WND > 0))
"""After trimming (§3.10.7.4 first), text begins at RCV.NXT and some of it fits the window."""
NEW_OCTETS = named("new octets", smaller(TEXT_END - RCV.NXT, RCV.WND))
"""How many octets of text begin at RCV.NXT and fit the window."""
FIN_NEXT = named("SEG's FIN is at RCV.NXT", all_of(SEG.bits["FIN"], RCV.NXT == SEG.SEQ + SEG.LEN - 1, RCV.WND > 0))
"""The FIN bit is set and, after trimming and the text before it, is the next number expected."""
SYN_IN_WINDOW = named("SYN in the window", all_of(SEG.bits["SYN"], leq(RCV.NXT, SEG.SEQ)))
"""The SYN bit is set and was not trimmed (§3.10.7.4 first and fourth)."""
