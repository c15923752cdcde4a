"""What tutorials get wrong, taken at their word (V-25): each is a patch that some property must notice."""

from __future__ import annotations

from spec.environment import IsnPolicy
from spec.language import SeqExpr
from spec.tcp import TCP
from spec.variants.variant import Variant, variant
from spec.vocabulary import ACK, FIN, ISN, OTHER_STEPS, RCV, SEND_FIN, SND, SYN, State, TcpRule, segment

_RECEIVE_RULES = ("D-1", "D-1f", "D-1b", "D-1bf")
_FIN_RULES = ("U-15", "U-17", "U-18", "O-2", "O-4", "T-2d")


def _fin(number: SeqExpr) -> dict[str, object]:
    return {"send": segment(SEQ=number, ACK=RCV.NXT, CTL=FIN | ACK)}


_RANDOM_FIN = TCP
for _rule in _FIN_RULES:
    _RANDOM_FIN = _RANDOM_FIN.replace(_rule, **_fin(ISN))

_DEAF = TCP
for _rule in _RECEIVE_RULES:
    _DEAF = _DEAF.replace(_rule, state=("ESTABLISHED", "FIN-WAIT-1"))

_NOT_TIME_WAIT: tuple[State, ...] = tuple(state for state in TCP.rule("Q-2").state if state != "TIME-WAIT")

VARIANTS: tuple[Variant, ...] = (
    variant(
        "third-syn",
        'The third segment of the handshake has SYN set ("SYN=1, ACK=1").',
        "mutant of RFC 9293 §3.10.7.3, fourth",
        TCP.replace("SS-5", send=segment(SEQ=SND.NXT, ACK=RCV.NXT, CTL=SYN | ACK)),
    ),
    variant(
        "rand-fin",
        "A FIN carries a random sequence number.",
        "mutant of RFC 9293 §3.10.4",
        _RANDOM_FIN,
    ),
    variant(
        "fin-in-ack2",
        "The second segment of the close, the ACK of the FIN, has FIN set too.",
        "mutant of RFC 9293 §3.10.7.4, eighth",
        TCP.replace("F-1", **_fin(SND.NXT)),
    ),
    variant(
        "fin-in-ack4",
        "The fourth segment of the close, the last ACK, has FIN set too.",
        "mutant of RFC 9293 §3.10.7.4, eighth",
        TCP.replace("F-3", **_fin(SND.NXT)),
    ),
    variant(
        "fw2-deaf",
        "FIN-WAIT-2 no longer takes text.",
        "mutant of RFC 9293 §3.10.7.4, seventh",
        _DEAF,
    ),
    variant(
        "auto-fin",
        "A FIN is answered by a FIN as soon as nothing is queued, without waiting for the user's CLOSE.",
        "mutant of RFC 9293 §3.6, case 1",
        TCP.replace(
            "F-1",
            then=(RCV.NXT.becomes(RCV.NXT + 1), SND.NXT.becomes(SND.NXT + 1)),
            send=segment(SEQ=SND.NXT - 1, ACK=RCV.NXT, CTL=ACK) + SEND_FIN,
            goto="LAST-ACK",
        ),
    ),
    variant(
        "tw-drop-all",
        "TIME-WAIT drops every segment without an answer.",
        "mutant of RFC 9293 §3.10.7.4, first and fifth",
        TCP.replace("Q-1", state=_NOT_TIME_WAIT)
        .replace("Q-2", state=_NOT_TIME_WAIT)
        .replace("Q-5", state=_NOT_TIME_WAIT)
        .add(
            TcpRule(
                id="Q-6",
                title="In TIME-WAIT every segment is dropped.",
                cite="mutant of RFC 9293 §3.10.7.4, first",
                on=OTHER_STEPS.SEQUENCE,
                state=("TIME-WAIT",),
            )
        ),
    ),
    variant(
        "isn-4ms",
        "The ISN clock ticks every 4 milliseconds instead of microseconds: one step between two incarnations.",
        "mutant of RFC 9293 §3.4.1",
        TCP,
        IsnPolicy("clock", 1),
    ),
)
