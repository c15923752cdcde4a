"""The claims of tutorial 3: flags and numbers segment by segment, the states, an own account of CLOSING."""

from __future__ import annotations

from fractions import Fraction

from spec.claims.claim import Catalogue, Claim, Condition, Not, Question, Seen, Sum
from spec.claims.s2_closing import RESENDS_LOST_ACK, TAKES_THE_FIN, WALKED
from spec.claims.s2_opening import ANSWERS_SYN, ANY_NUMBER_DOES, FRESH, SENDS_SYN, moves
from spec.claims.s2_worlds import NO_WAIT, NO_WAIT_LOSSY, ONE_SIDED, TWO_MSL, TWO_MSL_LOSSY
from spec.claims.worlds import PLAIN, TALK, TWICE
from spec.ghosts import FIN_OUT, INC, MET, OCTETS_SENT, PEER_FIN, PINC, SENDS_FIN, SENT
from spec.language import all_of, any_of, negated, seq
from spec.language.beside import (
    after,
    always,
    always_step,
    arrived,
    event_is,
    every_sent,
    sent_count,
    some_sent,
    sometimes,
    sometimes_step,
)
from spec.properties import PROPERTIES
from spec.tcp import TCP
from spec.vocabulary import (
    ACK,
    CLOSE,
    CLOSE_QUEUED,
    FIN,
    IRS,
    ISS,
    OPEN,
    ORIGIN,
    RCV,
    RST,
    SEG,
    SND,
    STATE,
    STATES,
    SYN,
    TIME_WAIT_TIMEOUT,
)

_THIRD = moves("SYN-SENT", "ESTABLISHED")
_FOURTH = (STATE.isin(("FIN-WAIT-1", "FIN-WAIT-2", "CLOSING")), after(STATE) == "TIME-WAIT")
_BY_RST = all_of(arrived(), SEG.has(RST))
_ENDS = {state: moves(state, "CLOSED") for state in ("LAST-ACK", "TIME-WAIT")}
_ENDED_BY_ACK = all_of(arrived(), SEG.has(ACK), SND.NXT == SEG.ACK)
_CLEAN, _DRAINED = PROPERTIES["P-34"].parts[0], PROPERTIES["P-35"].parts[0]
_CROSSED = (FIN_OUT, SND.UNA != SND.NXT, PEER_FIN)
_NOTHING_ACKNOWLEDGED = ISS == SND.UNA
MEANINGS: tuple[Question, ...] = (
    Seen(
        always_step(SEG.has(SYN), given=(STATE == "LISTEN", arrived(), after(STATE) != "LISTEN")),
        TALK,
    ),
    Seen(always(SND.NXT == ISS + 1, _NOTHING_ACKNOWLEDGED, given=(STATE == "SYN-SENT",)), TALK),
    Seen(always(MET.has(INC, PINC), _NOTHING_ACKNOWLEDGED, given=(STATE == "SYN-RECEIVED",)), TALK),
    *(Seen(part, TALK) for part in PROPERTIES["P-07"].parts),
    Seen(always(ORIGIN == "none", given=(STATE == "CLOSED",)), TALK),
)
"""What RFC 9293 §3.3.2 says that each state waits for, told by what was sent, taken and acknowledged."""

CLAIMS: tuple[Claim, ...] = (
    Claim(
        id="S3-1",
        sentence="Three flags matter for opening and closing a connection: ACK, SYN and FIN.",
        true_if=(
            Seen(
                always_step(any_of(SEG.has(ACK), SEG.has(SYN), SEG.has(FIN)), given=(arrived(), after(STATE) != STATE)),
                TWICE,
            ),
            Catalogue("P-29", "silent-closed"),
        ),
        note="The fourth is RST (RFC 9293 §3.5.2, §3.5.3): a bare RST returns a listener that a stale SYN has fooled "
        "to LISTEN, and without resets a half-open connection is never resolved.",
    ),
    Claim(
        id="S3-2",
        sentence="The first segment is a SYN with a random number x; the second has SYN set, acknowledges x + 1 and "
        "has a number y of its own.",
        true_if=(SENDS_SYN, ANSWERS_SYN, ANY_NUMBER_DOES),
        only_if=Condition(FRESH.sentence, (*FRESH.questions, ANSWERS_SYN)),
        note="The fields are as claimed (RFC 9293 §3.5, Figure 6); for 'random' see S2-5 (§3.4.1, MUST-8 and SHLD-1).",
    ),
    Claim(
        id="S3-3",
        sentence="The 'plus one' in the acknowledgment says with whom the connection is made.",
        true_if=(
            Seen(
                always_step(
                    STATE.isin(("LISTEN", "SYN-SENT")),
                    given=(arrived(), some_sent(all_of(SENT.has(ACK), SENT.lacks(RST), SEG.SEQ + 1 == SENT.ACK))),
                ),
                PLAIN,
            ),
        ),
        note="A SYN occupies one sequence number, and so does a FIN (RFC 9293 §3.4), which is acknowledged by plus one "
        "where no connection is made. With whom one is made, the pair of sockets says (§3.4.1).",
    ),
    Claim(
        id="S3-4",
        sentence="The third segment has SYN set, acknowledges y + 1 and has the number x + 1.",
        true_if=(
            Seen(
                always_step(
                    sent_count() == 1,
                    every_sent(all_of(SENT.has(ACK), after(IRS) + 1 == SENT.ACK, ISS + 1 == SENT.SEQ)),
                    given=_THIRD,
                ),
                PLAIN,
            ),
            Seen(always_step(every_sent(SENT.has(SYN)), given=_THIRD), PLAIN),
        ),
        note="The numbers are right, but it is a plain ACK (RFC 9293 §3.10.7.3, fourth). With SYN set (variant "
        "third-syn) it would return the server to LISTEN.",
    ),
    Claim(
        id="S3-5",
        sentence="A FIN carries a random sequence number.",
        true_if=(
            Seen(
                sometimes_step(
                    negated(FIN_OUT), some_sent(all_of(SENT.has(FIN), SND.NXT != SENT.SEQ + SENT.DATA)), says="a FIN"
                ),
                TALK,
            ),
        ),
        note="It has the next number, SND.NXT (RFC 9293 §3.4: the FIN occurs after the last octet of data). With a "
        "random one (variant rand-fin) no connection is ever closed in order.",
    ),
    Claim(
        id="S3-6",
        sentence="The second segment of the close, which acknowledges the first, has FIN set.",
        true_if=(Seen(always_step(some_sent(SENT.has(FIN)), given=TAKES_THE_FIN), PLAIN),),
        note="It is an ACK; the server's FIN follows when its user has CLOSED (RFC 9293 §3.6, case 1, Figure 12). "
        "Variant fin-in-ack2 sends two FINs from one side.",
    ),
    Claim(
        id="S3-7",
        sentence="The second, third and fourth segment of the close have random sequence numbers.",
        true_if=(
            Seen(
                sometimes_step(
                    any_of(PEER_FIN, FIN_OUT, after(PEER_FIN)),
                    some_sent(all_of(SENT.lacks(RST), after(SND.NXT) != SENT.SEQ + SENT.LEN)),
                ),
                TALK,
            ),
        ),
        note="Each begins where the one before it ended: <SEQ=SND.NXT> (RFC 9293 §3.10.7.4, §3.6, Figure 12).",
    ),
    Claim(
        id="S3-8",
        sentence="The fourth segment of the close has FIN set.",
        true_if=(Seen(always_step(some_sent(SENT.has(FIN)), given=_FOURTH), PLAIN),),
        note="It is an ACK (RFC 9293 §3.6, Figure 12); its side has sent its FIN already. Variant fin-in-ack4 sends a "
        "second one, with another number.",
    ),
    Claim(
        id="S3-9",
        sentence="Before its FIN the server sends whatever data it still has.",
        true_if=(
            Seen(always_step(after(SND.QUEUED) == 0, given=(SENDS_FIN, negated(FIN_OUT))), TALK),
            Seen(
                sometimes_step(STATE == "CLOSE-WAIT", event_is(CLOSE), SND.QUEUED > 0, negated(SENDS_FIN)),
                TALK,
            ),
            Seen(always_step(after(OCTETS_SENT) == OCTETS_SENT, given=(FIN_OUT, STATE != "CLOSED")), TALK),
        ),
        note='"The TCP endpoint can send a FIN ... after sending any remaining data" (RFC 9293 §3.6, case 2).',
    ),
    Claim(
        id="S3-10",
        sentence="From CLOSED the client goes through SYN-SENT, ESTABLISHED, FIN-WAIT-1, FIN-WAIT-2 and TIME-WAIT back "
        "to CLOSED, the server through LISTEN, SYN-RECEIVED, ESTABLISHED, CLOSE-WAIT and LAST-ACK.",
        true_if=WALKED,
        note="RFC 9293, Figures 6 and 12, in the circumstances of S2-23.",
    ),
    Claim(
        id="S3-11",
        sentence="FIN-WAIT-2 is a half-closed connection: the server may go on sending.",
        true_if=(
            Seen(always(FIN_OUT, negated(PEER_FIN), given=(STATE == "FIN-WAIT-2",)), TALK),
            Seen(
                sometimes_step(STATE == "CLOSE-WAIT", some_sent(SENT.DATA > 0)),
                TALK,
            ),
            Catalogue("P-18"),
        ),
        note='"A host is permitted to continue sending data in the open direction" (RFC 9293 §3.6.1).',
    ),
    Claim(
        id="S3-12",
        sentence="Both ends begin in CLOSED; the server is in LISTEN once its user listens.",
        true_if=(
            Seen(always_step(STATE == "CLOSED", given=(event_is(OPEN),)), PLAIN),
            Seen(always_step(event_is(OPEN), given=moves("CLOSED", "LISTEN")), PLAIN),
            Seen(always_step(after(STATE) == "SYN-SENT", given=(event_is(OPEN), after(ORIGIN) == "active")), PLAIN),
        ),
        note="CLOSED means that there is no TCB; a passive OPEN creates one and enters LISTEN (RFC 9293 §3.10.1).",
    ),
    Claim(
        id="S3-13",
        sentence="LAST-ACK ends with the ACK, TIME-WAIT after 2 MSL; both lead to CLOSED.",
        true_if=(
            Seen(always_step(_ENDED_BY_ACK, given=_ENDS["LAST-ACK"]), TALK),
            Seen(always_step(event_is(TIME_WAIT_TIMEOUT), given=_ENDS["TIME-WAIT"]), TALK),
        ),
        only_if=Condition(
            "no reset arrives, and nobody aborts or gives up",
            (
                Seen(always_step(_ENDED_BY_ACK, given=(*_ENDS["LAST-ACK"], negated(_BY_RST))), TALK),
                Seen(always_step(event_is(TIME_WAIT_TIMEOUT), given=(*_ENDS["TIME-WAIT"], negated(_BY_RST))), TALK),
            ),
        ),
        note="In CLOSING, LAST-ACK and TIME-WAIT a RST leads to CLOSED (RFC 9293 §3.10.7.4, second): RFC 1337 calls it "
        "TIME-WAIT assassination, which reordering alone can bring about.",
    ),
    Claim(
        id="S3-14",
        sentence="An end in CLOSING has sent its FIN, has no ACK of it yet, and has received the other's FIN.",
        true_if=(Seen(always(*_CROSSED, given=(STATE == "CLOSING",)), TALK),),
        only_if=Condition(
            "its FIN does not wait behind text that is still to be sent",
            (Seen(always(*_CROSSED, given=(STATE == "CLOSING", negated(CLOSE_QUEUED))), TALK),),
        ),
        note="So it is meant (RFC 9293 §3.3.2; §3.6, case 3). But a CLOSE enters FIN-WAIT-1 'in any case', also when "
        "its FIN has to wait for text (§3.10.4, ESTABLISHED), and the other's FIN may come first.",
    ),
    Claim(
        id="S3-15",
        sentence="CLOSING comes about when the server's ACK of the client's FIN is lost.",
        true_if=(Seen(sometimes(STATE == "CLOSING"), ONE_SIDED),),
        note="The server's FIN acknowledges the client's too, and leads to TIME-WAIT (RFC 9293 §3.10.7.4, eighth, "
        "FIN-WAIT-1). CLOSING takes FINs that cross (§3.6, case 3, Figure 13; P-17), whatever is lost.",
    ),
    Claim(
        id="S3-16",
        sentence="Each state says what its end waits for: a request, its own SYN or FIN being acknowledged, the "
        "other's FIN, or its user's CLOSE.",
        true_if=MEANINGS,
        note="RFC 9293 §3.3.2: the tutorial's glossary is a translation of it.",
    ),
    Claim(
        id="S3-17",
        sentence="TIME-WAIT has two reasons: both directions are to be closed reliably, and old segments are to die "
        "out.",
        true_if=(
            *RESENDS_LOST_ACK,
            Not(Seen(_CLEAN, NO_WAIT, "rfc1337")),
            Seen(_CLEAN, TWO_MSL, "rfc1337"),
            Not(Seen(_DRAINED, NO_WAIT_LOSSY)),
            Seen(_DRAINED, TWO_MSL_LOSSY),
        ),
        note="RFC 9293 §3.3.2 names both. Without TIME-WAIT both fail; with 2 MSL both hold, if nothing is lost and no "
        "RST ends it (RFC 1337), and if whatever TIME-WAIT sends starts it anew.",
    ),
    Claim(
        id="S3-18",
        sentence="CLOSED is no real state: it stands for there being no connection.",
        true_if=(
            Seen(
                always(
                    ORIGIN == "none",
                    seq(0) == ISS,
                    seq(0) == IRS,
                    seq(0) == SND.NXT,
                    seq(0) == RCV.NXT,
                    SND.QUEUED == 0,
                    negated(CLOSE_QUEUED),
                    given=(STATE == "CLOSED",),
                ),
                TALK,
            ),
            Seen(always(ORIGIN != "none", given=(STATE != "CLOSED",)), TALK),
        ),
        note='"CLOSED is fictional because it represents the state when there is no TCB" (RFC 9293 §3.3.2).',
    ),
    Claim(
        id="S3-19",
        sentence="There are eleven states.",
        true_if=(
            Sum("the states of the relation", Fraction(len(TCP.states)), "=", Fraction(11)),
            *(Seen(sometimes(STATE.isin((state,))), TALK) for state in STATES),
        ),
        note="RFC 9293 §3.3.2 names ten and the fictional CLOSED; an end can be in each of them.",
    ),
)
