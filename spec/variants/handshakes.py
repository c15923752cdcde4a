"""Other ways to shake hands (V-1), each a patch on L-3 and SS-5."""

from __future__ import annotations

from spec.language import RETURN, Relation, any_of, continue_at, named, negated
from spec.tcp import TCP
from spec.variants.listening import SELECT_COOKIE, bound_cookie, syn_cookies
from spec.variants.variant import Variant, variant
from spec.vocabulary import (
    ACK,
    FIN,
    IRS,
    ISN,
    ISS,
    LISTEN_STEPS,
    OTHER_STEPS,
    PURE_ACK,
    RCV,
    SEG,
    SND,
    SYN,
    TEXT_START,
    State,
    TcpRule,
    has,
    lacks,
    segment,
)

_TWO_WAY_STRICT = TCP.replace(
    "L-3",
    title="A SYN in LISTEN is answered by SYN,ACK and establishes the connection at once.",
    cite="variant of RFC 9293 §3.10.7.2, third: no third segment is awaited",
    then=(
        RCV.NXT.becomes(SEG.SEQ + 1),
        IRS.becomes(SEG.SEQ),
        ISS.becomes(ISN),
        SND.NXT.becomes(ISN + 1),
        SND.UNA.becomes(ISN + 1),
    ),
    goto="ESTABLISHED",
)
_SEPARATE_ACK = segment(SEQ=ISS, ACK=RCV.NXT, CTL=ACK)


_ECHO = named("SEG echoes a cookie", bound_cookie(TEXT_START - 1) + 1 == SEG.ACK)
_MADE = (RCV.NXT.becomes(TEXT_START), IRS.becomes(TEXT_START - 1), *SELECT_COOKIE)
_ECHO_WITH_MORE = TcpRule(
    id="L-5f",
    title="A cookie echoed with text or FIN creates the connection; the ACK of these acknowledges all.",
    cite="RFC 9260 §5.1, D)",
    on=LISTEN_STEPS.ACK,
    state=("LISTEN",),
    when=(has(ACK), _ECHO, any_of(SEG.DATA > 0, has(FIN))),
    then=_MADE,
    goto="ESTABLISHED",
    flow=continue_at(OTHER_STEPS.TEXT),
)


def cookie_echo(relation: Relation[State]) -> Relation[State]:
    """Return the relation that opens as SCTP does: INIT, INIT ACK with a cookie, COOKIE ECHO, COOKIE ACK.

    They are SYN, SYN,ACK, SYN,ACK and ACK; SYN-RECEIVED after an active OPEN stands for COOKIE-ECHOED.
    """
    return (
        syn_cookies(relation)
        .replace("L-2", when=(*relation.rule("L-2").when, negated(_ECHO)))
        .replace(
            "L-5",
            title="A cookie echoed in LISTEN creates the connection, ESTABLISHED, and is acknowledged (COOKIE ACK).",
            cite="RFC 9260 §5.1, D)",
            when=(has(ACK), _ECHO, SEG.DATA == 0, lacks(FIN)),
            then=_MADE,
            send=PURE_ACK,
            note="Whatever acknowledges the cookie echoes it: the client's ACK of a repeated SYN,ACK too.",
        )
        .replace(
            "SS-5",
            title="A SYN,ACK of our SYN is answered by SYN,ACK (COOKIE ECHO); its ACK will establish the connection.",
            cite="RFC 9260 §5.1, C)",
            then=(RCV.NXT.becomes(SEG.SEQ + 1), IRS.becomes(SEG.SEQ)),
            send=segment(SEQ=ISS, ACK=RCV.NXT, CTL=SYN | ACK),
            goto="SYN-RECEIVED",
            flow=RETURN,
            note="T-2b sends it again (the T1-cookie timer); Q-2 acknowledges it again, as RFC 9260 §5.2.4 does.",
        )
        .add(_ECHO_WITH_MORE)
    )


VARIANTS: tuple[Variant, ...] = (
    variant("three-way", TCP.title, "RFC 9293 §3.10; RFC 5961", TCP),
    variant(
        "two-way",
        "Two segments: the server is ESTABLISHED when it answers the SYN; the client does not acknowledge.",
        "the handshake that RFC 9293 §3.4.1 argues against",
        _TWO_WAY_STRICT.replace("SS-5", title="A SYN,ACK of our SYN establishes the connection.", send=()),
    ),
    variant(
        "two-way-strict",
        "As two-way, but the client still acknowledges the SYN,ACK; the server does not wait for it.",
        "the handshake that RFC 9293 §3.4.1 argues against",
        _TWO_WAY_STRICT,
    ),
    variant(
        "four-way-split",
        "The server answers with an ACK and, separately, a SYN (RFC 9293 §3.4.1, steps 2 and 3 not combined).",
        "RFC 9293 §3.4.1; Beardsley and Qian, The TCP Split Handshake (2010)",
        TCP.replace(
            "L-3",
            title="A SYN in LISTEN is answered by an ACK and, separately, a SYN.",
            send=_SEPARATE_ACK + segment(SEQ=ISS, CTL=SYN),
        ),
    ),
    variant(
        "four-way-ack-then-synack",
        "The server answers with an ACK and then a SYN,ACK.",
        "RFC 9293 §3.4.1, steps 2 and 3 not combined, the ACK repeated with the SYN",
        TCP.replace(
            "L-3",
            title="A SYN in LISTEN is answered by an ACK and then a SYN,ACK.",
            send=_SEPARATE_ACK + segment(SEQ=ISS, ACK=RCV.NXT, CTL=SYN | ACK),
        ),
    ),
    variant(
        "four-way-cookie",
        "As SCTP: the server keeps nothing until its cookie is echoed; the client is ESTABLISHED by the ACK of that.",
        "RFC 9260 §5.1 (INIT, INIT ACK, COOKIE ECHO, COOKIE ACK), said with SYN, SYN,ACK, SYN,ACK and ACK",
        cookie_echo(TCP),
    ),
)
