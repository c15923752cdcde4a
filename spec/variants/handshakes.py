"""Other ways to shake hands (V-1), each a patch on L-3 and SS-5."""

from __future__ import annotations

from spec.tcp import TCP
from spec.variants.variant import Variant, variant
from spec.vocabulary import ACK, IRS, ISN, ISS, RCV, SEG, SND, SYN, segment

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
)
