"""TCP Fast Open (V-22, RFC 7413): text on the SYN, delivered and acknowledged before the handshake is complete.

Ids U-2t and L-3t, L-3tb. The Fast Open cookie is taken for granted: client and server have met before.
"""

from __future__ import annotations

from spec.language import Relation, Update, negated, smaller
from spec.tcp import TCP
from spec.timeouts import OUTSTANDING
from spec.variants.variant import Variant, variant
from spec.vocabulary import (
    ACK,
    ACTIVE,
    IRS,
    ISN,
    ISS,
    LISTEN_STEPS,
    OCTETS,
    OPEN,
    ORIGIN,
    RCV,
    RECEIVE_QUEUED,
    REMOTE,
    SEG,
    SND,
    SYN,
    State,
    TcpRule,
    has,
    segment,
)

_SYN_OCTETS = smaller(SEG.DATA, RCV.WND)
"""How many octets of the SYN's text fit the window."""


_SYNCHRONIZE: tuple[Update, ...] = (
    RCV.NXT.becomes(SEG.SEQ + 1 + _SYN_OCTETS),
    IRS.becomes(SEG.SEQ),
    ISS.becomes(ISN),
    SND.NXT.becomes(ISN + 1),
    SND.UNA.becomes(ISN),
)
_SYN_ACK = segment(SEQ=ISS, ACK=RCV.NXT, CTL=SYN | ACK)
_AT_ONCE = 'RFC 7413, Abstract ("consumed by the receiving end during the initial connection handshake")'

RULES: tuple[TcpRule, ...] = (
    TcpRule(
        id="U-2t",
        title="An active OPEN with text selects an ISS and sends the text on the SYN.",
        cite='RFC 7413, Abstract ("data to be carried in the SYN"); RFC 9293 §3.10.1, CLOSED',
        on=OPEN,
        state=("CLOSED",),
        when=(ACTIVE, REMOTE, OCTETS > 0),
        then=(
            ISS.becomes(ISN),
            SND.UNA.becomes(ISN),
            SND.NXT.becomes(ISN + 1 + OCTETS),
            ORIGIN.becomes("active"),
        ),
        send=segment(SEQ=ISS, CTL=SYN, DATA=OCTETS),
        goto="SYN-SENT",
    ),
    TcpRule(
        id="L-3t",
        title="The text of a SYN in LISTEN is delivered at once; the SYN,ACK acknowledges it.",
        cite=_AT_ONCE,
        on=LISTEN_STEPS.SYN,
        state=("LISTEN",),
        when=(has(SYN), SEG.DATA > 0, RECEIVE_QUEUED),
        then=_SYNCHRONIZE,
        send=_SYN_ACK,
        goto="SYN-RECEIVED",
        signal="octets delivered",
    ),
    TcpRule(
        id="L-3tb",
        title="The text of a SYN in LISTEN is buffered until the user asks for it; the SYN,ACK acknowledges it.",
        cite=_AT_ONCE,
        on=LISTEN_STEPS.SYN,
        state=("LISTEN",),
        when=(has(SYN), SEG.DATA > 0, negated(RECEIVE_QUEUED)),
        then=(*_SYNCHRONIZE, RCV.USER.becomes(RCV.USER + _SYN_OCTETS), RCV.WND.becomes(RCV.WND - _SYN_OCTETS)),
        send=_SYN_ACK,
        goto="SYN-RECEIVED",
    ),
)


def tfo(relation: Relation[State]) -> Relation[State]:
    """Return the relation in which an active OPEN sends its octets on the SYN and a listener takes them at once."""
    again = segment(SEQ=ISS, CTL=SYN, DATA=OUTSTANDING - 1)
    return (
        relation.replace("U-2", when=(*relation.rule("U-2").when, OCTETS == 0))
        .replace("L-3", when=(*relation.rule("L-3").when, SEG.DATA == 0))
        .replace("T-2a", title="The SYN is sent again with its text.", send=again)
        .add(*RULES)
    )


VARIANTS: tuple[Variant, ...] = (
    variant(
        "tfo",
        "An OPEN's text leaves on the SYN; a listener delivers it at once and acknowledges it with its SYN,ACK.",
        "RFC 7413, Abstract",
        tfo(TCP),
    ),
)
