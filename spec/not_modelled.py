"""What RFC 9293 §3.10 says and the relation leaves out on purpose, each with its reason."""

from __future__ import annotations

from spec.language import BoolExpr, negated
from spec.vocabulary import ACTIVE, OPEN

UNANSWERED: tuple[tuple[str, str, BoolExpr], ...] = ((OPEN.event.name, "LISTEN", negated(ACTIVE)),)
"""Calls for which the text gives no action: (event, state, condition), so that no rule need answer."""

NOT_MODELLED: tuple[tuple[str, str, str], ...] = (
    (
        "§3.10.1",
        "Diffserv, security/compartment, access rights, insufficient resources",
        "answers of the local system, with no effect on a TCB that exists",
    ),
    (
        "§3.10.1 LISTEN",
        "a passive OPEN in LISTEN",
        "the text gives no action for it",
    ),
    (
        "§3.10.2",
        "URGENT flag, SND.UP",
        "URG is left out as a whole",
    ),
    (
        "§3.10.2",
        "data on a SYN sent by us",
        '"may be sent with SYN segment or queued": queued; an arriving SYN with text is handled (variant tfo sends it)',
    ),
    (
        "§3.10.3",
        "PUSH, RCV.UP, segment reassembly in the user's buffer",
        "no effect on the state of a connection",
    ),
    (
        "§3.10.6",
        "STATUS",
        "returns information and changes nothing",
    ),
    (
        "§3.10.7.2 third, §3.10.7.3 third, §3.10.7.4 third",
        "security/compartment",
        "no compartments are modelled, so the check always passes",
    ),
    (
        "§3.10.7.2 third, §3.10.7.3 fourth",
        "text and FIN of a SYN are queued for later",
        "dropped: their sender sends them again, as after a loss (variant tfo takes the text)",
    ),
    (
        "§3.10.7.3 second",
        "the RFC 5961 check against RCV.NXT in SYN-SENT",
        "RCV.NXT is not set there (erratum 8167)",
    ),
    (
        "§3.10.7.4 first",
        "holding segments beyond RCV.NXT (SHLD-31)",
        "dropped, as if lost (docs/decisions/0007); variant hold holds one block",
    ),
    (
        "§3.10.7.4 first",
        "timestamps for a SYN in TIME-WAIT (RFC 6191)",
        "no options are modelled; variant time-wait-reuse-timestamps has them",
    ),
    (
        "§3.10.7.4 fifth",
        "SND.WND, SND.WL1, SND.WL2",
        "no rule asks whether the peer's window allows a segment; a sender may always send, which covers every window",
    ),
    (
        "§3.10.7.4 fifth",
        "user's SENDs returned with 'ok'",
        "no effect on the state of a connection",
    ),
    (
        "§3.10.7.4 sixth",
        "URG, RCV.UP",
        "no effect on the state of a connection",
    ),
    (
        "§3.10.7.4 seventh",
        "delayed and piggybacked acknowledgments",
        "an ACK leaves at once; variants merge-fin and delayed-ack delay it",
    ),
    (
        "§3.10.8",
        "durations of timers",
        "a timer may fire at any moment, which covers every duration; a world may measure TIME-WAIT by a clock",
    ),
    (
        "§3.6.1 MAY-2 (1) and (2)",
        "reuse of TIME-WAIT, and the way back after an old duplicate SYN",
        "a MAY: variants time-wait-reuse and time-wait-reuse-back",
    ),
    (
        "§3.7, §3.8.2, §3.8.6",
        "segmentation, congestion control, window management beyond acceptability",
        "they decide when to send, and sending is possible at any moment",
    ),
    (
        "§3.8.4",
        "keep-alives (MAY-5)",
        "off by default in the RFC; variants keep-alive and keep-alive-1",
    ),
    (
        "§3.9.1.8, RFC 5461",
        "asynchronous reports, ICMP",
        "no ICMP is modelled",
    ),
)
"""(section, what, reason)."""
