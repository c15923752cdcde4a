"""The claims of tutorial 0 about its glossary and the handshake, field by field."""

from __future__ import annotations

from spec.claims.claim import Claim, Condition, Not, Seen
from spec.claims.s0_words import GOES_ON, IN_ORDER, IS_CONNECTED_NOW, IS_PLAIN_ACK, ONE_SENT, implies
from spec.claims.worlds import CALM, FAST_OPEN, PLAIN, TALK
from spec.ghosts import NEW_INCARNATION, OCTETS_SENT, SENT, TAKES_TEXT
from spec.language import BoolExpr, all_of, negated
from spec.language.beside import (
    Part,
    after,
    always,
    always_step,
    arrived,
    event_is,
    every_sent,
    peer,
    some_sent,
    sometimes_step,
)
from spec.properties.words import HAS_TCB, NO_TCB
from spec.vocabulary import (
    ACCEPTABLE,
    ACK,
    ACTIVE,
    FIN,
    IRS,
    ISS,
    NEW_ACK,
    OPEN,
    ORIGIN,
    RCV,
    RST,
    SEG,
    SND,
    STATE,
    SYN,
)

_ACK_IS_SEQ_PLUS_ONE = every_sent(implies(SENT.has(ACK), SENT.ACK == SEG.SEQ + 1))
_TAKEN = (arrived(), after(RCV.NXT) != RCV.NXT, some_sent(SENT.has(ACK)))
"""Something that occupies numbers is taken, and an acknowledgment answers."""


def _out_of_the_blue(kind: BoolExpr) -> Part:
    """Return the part that a segment of a kind is numbered regardless of what was sent before."""
    return sometimes_step(some_sent(all_of(kind, negated(GOES_ON))))


SYN_HAS_NO_TEXT = Not(Seen(sometimes_step(arrived(), SEG.has(SYN), SEG.DATA > 0, TAKES_TEXT), FAST_OPEN, "tfo"))
SYN_COUNTS_ONE = Seen(
    always_step(
        every_sent(implies(SENT.DATA > 0, SENT.SEQ == ISS + 1)),
        given=(OCTETS_SENT == 0, some_sent(SENT.DATA > 0), negated(NEW_INCARNATION)),
    ),
    TALK,
)
"""The first octet has the number after the SYN's."""
SYN_ACK_COUNTS_ONE = Seen(
    always_step(after(RCV.NXT) == SEG.SEQ + 1, given=(arrived(), SEG.has(SYN, ACK), STATE == "SYN-SENT")), TALK
)
THIRD_MAY_CARRY_TEXT = Seen(
    sometimes_step(STATE == "SYN-RECEIVED", arrived(), SEG.has(ACK), SEG.DATA > 0, TAKES_TEXT), TALK
)
LISTENER_ANSWERS = (arrived(), STATE == "LISTEN", SEG.has(SYN), SEG.lacks(ACK | RST))
SERVER_ESTABLISHED = Seen(
    always_step(
        after(STATE) == "ESTABLISHED",
        given=(STATE == "SYN-RECEIVED", IN_ORDER, NEW_ACK, SEG.lacks(FIN)),
    ),
    TALK,
)

CLAIMS: tuple[Claim, ...] = (
    Claim(
        id="S0-1",
        sentence="The sequence number of a segment is generated at random.",
        true_if=(
            Seen(_out_of_the_blue(SENT.DATA > 0), TALK),
            Seen(_out_of_the_blue(SENT.has(FIN)), TALK),
            Seen(_out_of_the_blue(IS_PLAIN_ACK), TALK),
        ),
        only_if=Condition(
            "it is the initial one, that of a SYN; all others follow from it",
            (
                Seen(
                    always_step(
                        every_sent(implies(SENT.has(SYN), after(ISS) == SENT.SEQ)), given=(some_sent(SENT.has(SYN)),)
                    ),
                    TALK,
                ),
            ),
        ),
        note="Nor is the ISN simply random: a clock of 4 microseconds plus a pseudorandom function of the sockets and "
        "a secret (RFC 9293 §3.4.1, MUST-8, SHLD-1).",
    ),
    Claim(
        id="S0-2",
        sentence="The acknowledgment number of a segment is the sequence number received, plus one.",
        true_if=(Seen(always_step(_ACK_IS_SEQ_PLUS_ONE, given=_TAKEN), TALK),),
        only_if=Condition(
            "the segment received occupies exactly one number: a SYN or a FIN without text, or one octet",
            (Seen(always_step(_ACK_IS_SEQ_PLUS_ONE, given=(*_TAKEN, SEG.LEN == 1)), TALK),),
        ),
        note='SEG.ACK is "the next sequence number the sender of the segment is expecting to receive" (RFC 9293 §3.1), '
        "whatever came last.",
    ),
    Claim(
        id="S0-3",
        sentence="The ACK flag confirms that the sequence number is valid.",
        true_if=(Seen(always_step(ACCEPTABLE, given=(arrived(), SEG.has(ACK), SEG.lacks(RST), HAS_TCB)), TALK),),
        only_if=Condition(
            "the number meant is that of the acknowledgment field, which counts if the flag is set and only then",
            (
                Seen(sometimes_step(arrived(), SEG.has(ACK), HAS_TCB, after(SND.UNA) != SND.UNA), TALK),
                Seen(
                    always_step(
                        after(SND.UNA) == SND.UNA, given=(arrived(), SEG.lacks(ACK | RST), HAS_TCB, after(HAS_TCB))
                    ),
                    TALK,
                ),
                Seen(
                    always_step(
                        every_sent(implies(SENT.has(ACK), after(RCV.NXT) == SENT.ACK)),
                        given=(some_sent(SENT.has(ACK)), every_sent(SENT.lacks(RST))),
                    ),
                    TALK,
                ),
            ),
        ),
        note='"Acknowledgment field is significant" (RFC 9293 §3.1). Whether a sequence number is valid, the window '
        "says (§3.10.7.4, first).",
    ),
    Claim(
        id="S0-4",
        sentence="A segment with SYN set asks for a new connection.",
        true_if=(
            Seen(always_step(NEW_INCARNATION, given=(arrived(), SEG.has(SYN), negated(STATE == "CLOSED"))), CALM),
        ),
        only_if=Condition(
            "it has no ACK and meets a listener; to others it is an answer, a repetition or an error",
            (Seen(always_step(NEW_INCARNATION, after(STATE) == "SYN-RECEIVED", given=LISTENER_ANSWERS), TALK),),
        ),
        note='"Synchronize sequence numbers" (RFC 9293 §3.1): a SYN,ACK has it too, and a synchronized end answers a '
        "SYN by a challenge ACK (§3.10.7.4, fourth).",
    ),
    Claim(
        id="S0-5",
        sentence="The server creates its TCB and listens (LISTEN); the client, too, creates its TCB before its SYN.",
        true_if=(
            Seen(
                always_step(
                    after(STATE) == "LISTEN",
                    after(ORIGIN) == "passive",
                    given=(event_is(OPEN), STATE == "CLOSED", negated(ACTIVE)),
                ),
                TALK,
            ),
            Seen(
                always_step(
                    after(ORIGIN) == "active", negated(after(STATE) == "CLOSED"), given=(event_is(OPEN), ACTIVE)
                ),
                PLAIN,
            ),
            Seen(always((STATE == "CLOSED") == (ORIGIN == "none")), TALK),
            Seen(always_step(after(ORIGIN) != "none", given=(some_sent(SENT.has(SYN)),)), TALK),
        ),
        note="RFC 9293 §3.10.1; CLOSED is no state of a TCB but that there is none (§3.3.2).",
    ),
    Claim(
        id="S0-6",
        sentence="The client's first segment is a SYN with sequence number x; then the client is in SYN-SENT.",
        true_if=(
            Seen(
                always_step(
                    after(STATE) == "SYN-SENT",
                    after(SND.UNA) == after(ISS),
                    after(SND.NXT) == after(ISS) + 1,
                    ONE_SENT,
                    every_sent(all_of(SENT.has(SYN), SENT.lacks(ACK | FIN | RST), after(ISS) == SENT.SEQ)),
                    given=(event_is(OPEN), ACTIVE, STATE == "CLOSED"),
                ),
                PLAIN,
            ),
        ),
        note="RFC 9293 §3.10.1, CLOSED STATE.",
    ),
    Claim(
        id="S0-7",
        sentence="A SYN cannot carry data, nor can a SYN,ACK.",
        true_if=(SYN_HAS_NO_TEXT,),
        note='It is "legal to send and receive application data on SYN segments" (RFC 9293 §3.10.7.3, fourth); TCP '
        "Fast Open does, the variant of the run. The relation three-way itself never puts text there.",
    ),
    Claim(
        id="S0-8",
        sentence="A SYN consumes one sequence number.",
        true_if=(SYN_COUNTS_ONE,),
        note='It is "considered to occur before the first actual data octet" (RFC 9293 §3.4).',
    ),
    Claim(
        id="S0-9",
        sentence="The server answers the SYN with SYN and ACK set, acknowledgment number x+1 and a sequence number y "
        "of its own, and is in SYN-RCVD.",
        true_if=(
            Seen(
                always_step(
                    after(STATE) == "SYN-RECEIVED",
                    ONE_SENT,
                    every_sent(
                        all_of(
                            SENT.has(SYN, ACK),
                            SENT.lacks(FIN | RST),
                            SENT.ACK == SEG.SEQ + 1,
                            after(ISS) == SENT.SEQ,
                        )
                    ),
                    after(IRS) == SEG.SEQ,
                    given=LISTENER_ANSWERS,
                ),
                TALK,
            ),
        ),
        note="RFC 9293 §3.10.7.2, third.",
    ),
    Claim(
        id="S0-10",
        sentence="The third message is an ACK with sequence number x+1 and acknowledgment number y+1; the client is "
        "then ESTABLISHED.",
        true_if=(
            Seen(
                always_step(
                    after(STATE) == "ESTABLISHED",
                    ONE_SENT,
                    every_sent(all_of(IS_PLAIN_ACK, SENT.SEQ == ISS + 1, SENT.ACK == SEG.SEQ + 1)),
                    given=(arrived(), STATE == "SYN-SENT", SEG.has(SYN, ACK), SEG.lacks(RST), SEG.ACK == ISS + 1),
                ),
                TALK,
            ),
        ),
        note="RFC 9293 §3.10.7.3, fourth, when the SYNs carried no text. A third message with SYN set is the variant "
        "third-syn.",
    ),
    Claim(
        id="S0-11",
        sentence="The third message, an ACK, may carry data; if it carries none it consumes no sequence number.",
        true_if=(
            THIRD_MAY_CARRY_TEXT,
            Seen(
                always_step(
                    after(SND.NXT) == SND.NXT,
                    given=(negated(NO_TCB), some_sent(IS_PLAIN_ACK), every_sent(IS_PLAIN_ACK)),
                ),
                TALK,
            ),
        ),
        note='An ACK "does not occupy sequence number space (if it did, we would wind up ACKing ACKs!)" (RFC 9293 '
        "§3.5, Figure 6); text may go with it (§3.10.7.3, fourth).",
    ),
    Claim(
        id="S0-12",
        sentence="When the third message arrives the server is ESTABLISHED; only from then on can the two communicate.",
        true_if=(
            SERVER_ESTABLISHED,
            Seen(
                always(negated(peer(STATE) == "SYN-RECEIVED"), given=(OCTETS_SENT > 0, ORIGIN == "active")),
                TALK,
            ),
        ),
        only_if=Condition(
            "to communicate is to be handed text: the client may send as soon as it is ESTABLISHED itself",
            (
                SERVER_ESTABLISHED,
                Seen(always_step(IS_CONNECTED_NOW, given=(TAKES_TEXT,)), TALK),
                Seen(
                    always_step(
                        negated(STATE.isin(("LISTEN", "SYN-SENT", "SYN-RECEIVED"))), given=(some_sent(SENT.DATA > 0),)
                    ),
                    TALK,
                ),
            ),
        ),
        note="Text may come sooner, \"so long as the receiving TCP endpoint doesn't deliver the data to the user until "
        'it is clear the data is valid" (RFC 9293 §3.5).',
    ),
)
