"""The claims of tutorial 1 about the states from FIN-WAIT-1 to TIME-WAIT, and about the four messages of the close."""

from __future__ import annotations

from spec.claims.claim import Claim, Condition, Edges, Into, Not, Query, Seen, Sends
from spec.claims.s0_closing import (
    ACK_LEADS_TO_FIN_WAIT_2,
    ACK_OF_FIN,
    ALL_RECEIVED,
    FIN_COUNTS_ONE,
    FIN_IS_COUNTED,
    FIN_IS_NEXT,
    FIN_WAIT_1_AT_ONCE,
    FIN_WAIT_2_TAKES_TEXT,
    NOTHING_AFTER_FIN,
    SECOND_FIN,
    SERVER_IS_DONE,
)
from spec.claims.s0_words import ACKS_OUR_FIN, ANSWER_ACKS_ALL, FIN_ARRIVES, ONE_SENT, entered
from spec.claims.worlds import CALM, CLOCKED, CLOCKED_LOSSY, CLOCKED_NO_WAIT, PLAIN, TALK
from spec.ghosts import ENDED, FIN_FIRST, FIN_OUT, INC, PEER_FIN, PINC, SENDS_FIN, SENT, SENT_INC, TAKES_TEXT
from spec.language import all_of, any_of, negated
from spec.language.beside import (
    after,
    always,
    always_step,
    arrived,
    every_sent,
    in_flight,
    peer,
    some_sent,
    sometimes,
    sometimes_step,
)
from spec.properties.words import MATCHED
from spec.vocabulary import ACK, CLOSE_QUEUED, FIN, SEG, SND, STATE, SYN

_IN_FIN_WAIT_1 = STATE == "FIN-WAIT-1"
_BOTH_AT_ONCE = Seen(always_step(after(STATE) == "TIME-WAIT", given=(_IN_FIN_WAIT_1, FIN_ARRIVES, ACKS_OUR_FIN)), TALK)
"""One segment brings the peer's FIN and the acknowledgment of ours."""
_FIN_COMES_FIRST = Seen(always_step(after(STATE) == "CLOSING", given=(_IN_FIN_WAIT_1, FIN_ARRIVES)), CALM)
"""In FIN-WAIT-1 no acknowledgment of our FIN has come yet: a FIN that arrives there comes first."""
_FIN_WITHOUT_ACK = Seen(
    always_step(after(STATE) == "CLOSING", given=(_IN_FIN_WAIT_1, FIN_ARRIVES, negated(ACKS_OUR_FIN))), TALK
)
_ENTERS_CLOSING = Seen(
    always_step(
        FIN_ARRIVES,
        some_sent(all_of(SENT.lacks(SYN | FIN), ANSWER_ACKS_ALL)),
        given=(entered("CLOSING"),),
    ),
    TALK,
)
_STALE_SYN_IN_FLIGHT = in_flight(all_of(SENT.has(SYN), any_of(SENT_INC == INC, SENT_INC == PINC)))
_NO_STALE_SYN = always(negated(_STALE_SYN_IN_FLIGHT), given=(ENDED == "time-wait timeout", MATCHED))

CLAIMS: tuple[Claim, ...] = (
    Claim(
        id="S1-6",
        sentence="FIN-WAIT-1: the side that closes actively, from ESTABLISHED, sends a FIN and enters it.",
        true_if=(
            Edges(there=(("ESTABLISHED", "FIN-WAIT-1"),)),
            FIN_WAIT_1_AT_ONCE,
            Seen(always(any_of(FIN_OUT, CLOSE_QUEUED), given=(_IN_FIN_WAIT_1,)), TALK),
        ),
        note="Also from SYN-RECEIVED (RFC 9293 §3.10.4); with text still queued FIN-WAIT-1 is entered at once and the "
        "FIN follows the text.",
    ),
    Claim(
        id="S1-7",
        sentence="FIN-WAIT-2 is entered when the peer's FIN and ACK arrive; from then on this side can send but no "
        "longer receives data.",
        true_if=(
            Seen(always_step(arrived(), SEG.has(FIN), given=(entered("FIN-WAIT-2"),)), CALM),
            Not(FIN_WAIT_2_TAKES_TEXT),
            Seen(sometimes_step(STATE == "FIN-WAIT-2", some_sent(SENT.DATA > 0)), TALK),
        ),
        note="Three times the other way round: it is entered by the ACK of its own FIN alone (RFC 9293 §3.10.7.4, "
        'fifth), it still receives (seventh), and a SEND is an error, "connection closing" (§3.10.2).',
    ),
    Claim(
        id="S1-8",
        sentence="CLOSE-WAIT is entered when the peer's FIN arrives, while the ACK of it is sent.",
        true_if=(
            ACK_OF_FIN,
            Seen(
                always_step(FIN_ARRIVES, some_sent(ANSWER_ACKS_ALL), given=(entered("CLOSE-WAIT"),)),
                TALK,
            ),
        ),
        note="RFC 9293 §3.10.7.4, eighth.",
    ),
    Claim(
        id="S1-9",
        sentence="LAST-ACK is entered from CLOSE-WAIT, by sending a FIN.",
        true_if=(
            Into("LAST-ACK", ("CLOSE-WAIT",)),
            Seen(always_step(SENDS_FIN, given=(entered("LAST-ACK"),)), TALK),
        ),
        note="RFC 9293 §3.10.4, CLOSE-WAIT STATE; RFC 793, p. 61, said CLOSING (an error by RFC 1122 §4.2.2.20(a); "
        "variant close-wait-close-793).",
    ),
    Claim(
        id="S1-10",
        sentence="CLOSING is entered from FIN-WAIT-1 when both sides ask for the close at the same time: a FIN arrives "
        "and an ACK answers it.",
        true_if=(
            Into("CLOSING", ("FIN-WAIT-1",)),
            _ENTERS_CLOSING,
            Seen(always(peer(FIN_FIRST).has(PINC, INC), given=(STATE == "CLOSING",)), TALK),
        ),
        note="The FINs have crossed (RFC 9293 §3.6, case 3, Figure 13; P-17).",
    ),
    Claim(
        id="S1-11",
        sentence="There are three ways into TIME-WAIT: from FIN-WAIT-2, from CLOSING and from FIN-WAIT-1.",
        true_if=(Into("TIME-WAIT", ("FIN-WAIT-1", "FIN-WAIT-2", "CLOSING")),),
        note='By the rules of RFC 9293 §3.10. By §3.5.2 and Figure 5, note 3, a side that issues a reset "should '
        'enter the TIME-WAIT state", from whatever state; §3.10.5 says CLOSED (variant abort-to-time-wait).',
    ),
    Claim(
        id="S1-12",
        sentence="FIN-WAIT-1 leads to TIME-WAIT when FIN and the ACK of the own FIN arrive in one segment.",
        true_if=(
            _BOTH_AT_ONCE,
            Seen(always_step(FIN_ARRIVES, ACKS_OUR_FIN, given=(_IN_FIN_WAIT_1, entered("TIME-WAIT"))), TALK),
        ),
        note="RFC 9293, Figure 5, note 2; it is the fifth and then the eighth step of §3.10.7.4 in one delivery.",
    ),
    Claim(
        id="S1-13",
        sentence="Whether FIN-WAIT-1 leads to TIME-WAIT or to CLOSING is a matter of order: to CLOSING if the FIN "
        "arrives before the ACK.",
        true_if=(_BOTH_AT_ONCE, _FIN_COMES_FIRST),
        only_if=Condition(
            "the segment with the FIN does not itself acknowledge the own FIN",
            (_BOTH_AT_ONCE, _FIN_WITHOUT_ACK),
        ),
        note="A FIN,ACK that overtakes the bare ACK arrives first and leads to TIME-WAIT: not the order of arrival "
        "counts but SEG.ACK (RFC 9293 §3.10.7.4, eighth, FIN-WAIT-1).",
    ),
    Claim(
        id="S1-17",
        sentence="A sends a FIN with sequence number u, which consumes one number, and is in FIN-WAIT-1.",
        true_if=(FIN_IS_NEXT, FIN_COUNTS_ONE, FIN_IS_COUNTED, FIN_WAIT_1_AT_ONCE),
        note="RFC 9293 §3.4, §3.10.4.",
    ),
    Claim(
        id="S1-18",
        sentence="After A's FIN data flows in one direction only, from B to A.",
        true_if=(
            NOTHING_AFTER_FIN,
            Seen(always_step(negated(TAKES_TEXT), given=(PEER_FIN, arrived(), SEG.DATA > 0)), TALK),
            FIN_WAIT_2_TAKES_TEXT,
            Seen(sometimes_step(STATE == "CLOSE-WAIT", some_sent(SENT.DATA > 0)), CALM),
        ),
        note='The connection is "closed in only one direction" (RFC 9293 §3.6.1), until B closes too; what A sent '
        "before may be sent again.",
    ),
    Claim(
        id="S1-19",
        sentence="If B still has data to send it answers the FIN by an ACK and is in CLOSE-WAIT, where it goes on "
        "sending.",
        true_if=(
            ACK_OF_FIN,
            Seen(sometimes_step(STATE == "CLOSE-WAIT", some_sent(SENT.DATA > 0)), CALM),
        ),
        note="RFC 9293 §3.10.7.4, eighth; §3.10.2, CLOSE-WAIT STATE. B does the same if it has no data.",
    ),
    Claim(
        id="S1-20",
        sentence="If B has no data left, it answers by ACK and FIN in one segment: B goes from ESTABLISHED to "
        "LAST-ACK, A from FIN-WAIT-1 to TIME-WAIT.",
        true_if=(
            Seen(
                always_step(
                    after(STATE) == "LAST-ACK",
                    ONE_SENT,
                    every_sent(all_of(SENT.has(FIN, ACK), ANSWER_ACKS_ALL)),
                    given=(STATE == "ESTABLISHED", FIN_ARRIVES, SND.QUEUED == 0, SND.UNA == SND.NXT),
                ),
                CALM,
            ),
            Edges(there=(("ESTABLISHED", "LAST-ACK"), ("FIN-WAIT-1", "TIME-WAIT"))),
        ),
        only_if=Condition(
            "B's user closes before the ACK of the FIN, which may be delayed, has left; B passes through CLOSE-WAIT "
            "even then",
            (
                Seen(sometimes_step(STATE == "FIN-WAIT-1", entered("TIME-WAIT")), PLAIN, "merge-fin"),
                Sends(sometimes(ENDED == "ack", peer(STATE) == "TIME-WAIT"), PLAIN, 6, "merge-fin"),
            ),
        ),
        note='Not for want of data: a TCP endpoint "will ACK but not send its own FIN until its user has CLOSED" (RFC '
        "9293 §3.6, case 1). A delayed ACK waits less than 0.5 s (MUST-40).",
    ),
    Claim(
        id="S1-21",
        sentence="If B is in FIN-WAIT-1 itself when the FIN arrives, it answers by an ACK and is in CLOSING.",
        true_if=(_ENTERS_CLOSING, _FIN_COMES_FIRST),
        only_if=Condition(
            "the segment with the FIN does not acknowledge B's FIN",
            (_ENTERS_CLOSING, _FIN_WITHOUT_ACK),
        ),
        note="If it does, B enters TIME-WAIT (RFC 9293 §3.10.7.4, eighth, FIN-WAIT-1).",
    ),
    Claim(
        id="S1-22",
        sentence="In FIN-WAIT-1 an ACK leads A to FIN-WAIT-2, ACK and FIN together to TIME-WAIT, and a FIN that comes "
        "before the ACK to CLOSING.",
        true_if=(ACK_LEADS_TO_FIN_WAIT_2, _BOTH_AT_ONCE, _FIN_COMES_FIRST),
        only_if=Condition(
            "a FIN that overtakes the ACK does not itself acknowledge A's FIN",
            (ACK_LEADS_TO_FIN_WAIT_2, _BOTH_AT_ONCE, _FIN_WITHOUT_ACK),
        ),
        note="The first two hold always; B's later FIN acknowledges A's again, and so leads to TIME-WAIT even where it "
        "arrives before the ACK (RFC 9293 §3.10.7.4, fifth and eighth).",
    ),
    Claim(
        id="S1-23",
        sentence="B's later FIN has ACK set and acknowledgment number u+1.",
        true_if=(SECOND_FIN, ALL_RECEIVED),
        note='"Once a connection is established, this is always sent" (RFC 9293 §3.1, Acknowledgment Number).',
    ),
    Claim(
        id="S1-24",
        sentence="TIME-WAIT guarantees that the last ACK reaches B.",
        true_if=(Seen(SERVER_IS_DONE, CLOCKED_LOSSY),),
        only_if=Condition(
            "nothing is lost, or TIME-WAIT is longer than B's retransmissions take: MSL + (2^k - 1) RTO after k losses",
            (Seen(SERVER_IS_DONE, CLOCKED), Query("Z-10")),
        ),
        note="It lets A answer a FIN that B sends again; nothing guarantees that one of finitely many arrives (RFC "
        "9293 §3.6, case 2).",
    ),
    Claim(
        id="S1-25",
        sentence="TIME-WAIT prevents a stale request for this connection from turning up in a later one.",
        true_if=(
            Seen(_NO_STALE_SYN, CLOCKED_LOSSY),
            Not(Seen(_NO_STALE_SYN, CLOCKED_NO_WAIT)),
        ),
        note="When 2 MSL are over no SYN of the connection is left; without the wait one may be, as in the run. It is "
        'not for SYNs alone: "to avoid new connections being impacted by delayed segments" (RFC 9293 §3.3.2; P-35).',
    ),
    Claim(
        id="S1-26",
        sentence="TIME-WAIT is the state that one meets most often.",
        not_checkable="how long connections stay in which state is a matter of traffic, not of the protocol",
        note="TIME-WAIT lasts 2 MSL, 4 minutes by RFC 9293 §3.4.2 and §3.6.1, however short the connection was.",
    ),
)
