"""Words that the claims of the first two tutorials share: formulas about a step of one end, and an MSL."""

from __future__ import annotations

from fractions import Fraction

from spec.ghosts import CONNECTED, FIN_OUT, FIN_SEQ, HIST, INC, OCTETS_SENT, PINC, SENT
from spec.language import BoolExpr, all_of, any_of, leq, named, negated
from spec.language.beside import after, arrived, peer, sent_count
from spec.properties.words import PEER_GONE, PEER_WAS_CONNECTED
from spec.tcp import TCP
from spec.vocabulary import ACK, FIN, ORIGIN, RCV, RST, SEG, SND, STATE, SYN

MSL = Fraction(120)
""""For this specification the MSL is taken to be 2 minutes" (RFC 9293 §3.4.2), in seconds."""

# --- a segment that is sent -------------------------------------------------------------------------------------

ONE_SENT = sent_count() == 1
IS_PLAIN_ACK: BoolExpr = named(
    "it is an ACK and nothing else", all_of(SENT.has(ACK), SENT.lacks(SYN | FIN | RST), SENT.DATA == 0)
)
GOES_ON: BoolExpr = named(
    "its number lies between SND.UNA and SND.NXT", all_of(leq(SND.UNA, SENT.SEQ), leq(SENT.SEQ, SND.NXT))
)
"""What was sent and acknowledged before settles its number."""

# --- a segment that arrives -------------------------------------------------------------------------------------

IN_ORDER = all_of(arrived(), SEG.has(ACK), SEG.lacks(SYN | RST), SEG.SEQ == RCV.NXT)
FIN_ARRIVES: BoolExpr = named("a FIN arrives in order", all_of(IN_ORDER, SEG.has(FIN), RCV.WND > SEG.DATA))
ACKS_OUR_FIN: BoolExpr = named("it acknowledges our FIN", all_of(FIN_OUT, SEG.ACK == FIN_SEQ + 1))
ANSWER_ACKS_ALL: BoolExpr = named(
    "what is sent acknowledges all numbers that arrived", all_of(SENT.has(ACK), SENT.ACK == SEG.SEQ + SEG.LEN)
)

# --- ends -------------------------------------------------------------------------------------------------------

NO_MORE_OCTETS: BoolExpr = named("no octet is numbered", after(OCTETS_SENT) == OCTETS_SENT)
GHOST: BoolExpr = named(
    "a server is connected to a client that is gone and never was connected to it",
    all_of(CONNECTED, ORIGIN == "passive", PEER_GONE, negated(PEER_WAS_CONNECTED)),
)
IS_CONNECTED_NOW: BoolExpr = named("the end is connected", after(HIST).has(after(INC), after(PINC)))
BOTH_ESTABLISHED: BoolExpr = named("both are ESTABLISHED", all_of(STATE == "ESTABLISHED", peer(STATE) == "ESTABLISHED"))


def entered(state: str) -> BoolExpr:
    """Return the condition that the step enters a state."""
    return all_of(negated(STATE.isin((state,))), after(STATE) == state)


def told(signal: str) -> tuple[str, ...]:
    """Return the ids of the rules that tell the user so."""
    return tuple(rule.id for rule in TCP.rules if rule.signal == signal)


def implies(condition: BoolExpr, consequence: BoolExpr) -> BoolExpr:
    """Return the implication."""
    return any_of(negated(condition), consequence)
