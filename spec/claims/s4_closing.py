"""The claims of tutorial 4 about closing: close() and shutdown(), four segments, and what TIME-WAIT is for."""

from __future__ import annotations

from spec.claims.claim import Claim, Condition, Not, Query, Seen
from spec.claims.s0_closing import (
    ACK_OF_FIN,
    ALL_RECEIVED,
    FIN_COUNTS_ONE,
    FIN_IS_COUNTED,
    FIN_WAIT_2_TAKES_TEXT,
    SERVER_IS_DONE,
)
from spec.claims.s0_words import (
    ACKS_OUR_FIN,
    ANSWER_ACKS_ALL,
    FIN_ARRIVES,
    IN_ORDER,
    IS_PLAIN_ACK,
    ONE_SENT,
    entered,
)
from spec.claims.s2_worlds import ONE_SIDED, TWO_MSL_LOSSY
from spec.claims.s4_worlds import BY_SOCKETS
from spec.claims.worlds import CLOCKED, CLOCKED_LOSSY, PLAIN, TALK
from spec.ghosts import (
    ENDED,
    FIN_OUT,
    FIN_SEQ,
    GIVEN_UP,
    INC,
    PEER_FIN,
    PINC,
    SENDS_FIN,
    SENT,
    SENT_INC,
    TAKES_FIN,
    TAKES_TEXT,
)
from spec.language import all_of, any_of, negated
from spec.language.beside import (
    after,
    always,
    always_step,
    arrived,
    event_is,
    every_sent,
    in_flight,
    some_sent,
    sometimes_step,
)
from spec.properties import PROPERTIES
from spec.properties.words import MATCHED
from spec.time_wait import REARMS
from spec.variants.socket_calls import CLOSE_CALL
from spec.variants.sockets import ACCEPTED
from spec.vocabulary import ACK, FIN, RCV, RETRANSMISSION_TIMEOUT, SEG, SND, STATE

CALLS = "socket-calls"
_CLOSE_SENDS_FIN = Seen(
    always_step(SENDS_FIN, entered("FIN-WAIT-1"), given=(event_is(CLOSE_CALL), STATE == "ESTABLISHED")),
    BY_SOCKETS,
    CALLS,
)
READS_AFTER_CLOSE = Seen(sometimes_step(TAKES_TEXT, GIVEN_UP), BY_SOCKETS, CALLS)
READS_AFTER_SHUTDOWN = Seen(sometimes_step(TAKES_TEXT, STATE == "FIN-WAIT-2", negated(GIVEN_UP)), BY_SOCKETS, CALLS)
FIN_WITH_TEXT = Seen(
    sometimes_step(arrived(), SEG.has(FIN), SEG.DATA > 0, TAKES_TEXT, TAKES_FIN), TALK, "fin-with-text"
)
"""A segment brings text and a FIN, and both are taken."""
_AT_ONCE = always_step(some_sent(ANSWER_ACKS_ALL), given=(STATE == "ESTABLISHED", FIN_ARRIVES))
_LAST_TWO = (
    Seen(
        always_step(
            entered("TIME-WAIT"),
            ONE_SENT,
            every_sent(all_of(IS_PLAIN_ACK, ANSWER_ACKS_ALL, SENT.SEQ == FIN_SEQ + 1)),
            given=(STATE == "FIN-WAIT-2", FIN_ARRIVES),
        ),
        TALK,
    ),
    Seen(
        always_step(entered("CLOSED"), given=(STATE == "LAST-ACK", IN_ORDER, SEG.lacks(FIN), ACKS_OUR_FIN)),
        TALK,
    ),
)
_FIN_AGAIN = Seen(
    sometimes_step(STATE == "LAST-ACK", event_is(RETRANSMISSION_TIMEOUT), some_sent(SENT.has(FIN, ACK))), ONE_SIDED
)
_FIN_IN_TIME_WAIT = (STATE == "TIME-WAIT", after(STATE) == "TIME-WAIT", arrived(), SEG.has(FIN))
ANSWERED_IN_TIME_WAIT: tuple[Seen, ...] = (
    Seen(always_step(every_sent(SENT.has(ACK)), ONE_SENT, given=_FIN_IN_TIME_WAIT), ONE_SIDED),
    Seen(always_step(every_sent(RCV.NXT == SENT.ACK), given=_FIN_IN_TIME_WAIT), ONE_SIDED),
)
"""A FIN that comes again in TIME-WAIT is answered by an ACK."""
RESTARTED_BY_LETTER = Seen(always_step(REARMS["letter"], given=_FIN_IN_TIME_WAIT), ONE_SIDED)
_RESTARTED_IF_MEANT = Seen(always_step(REARMS["fin"], given=_FIN_IN_TIME_WAIT), ONE_SIDED)
_OURS = any_of(SENT_INC == INC, SENT_INC == PINC)
_ALL_GONE = always(negated(in_flight(_OURS)), given=(ENDED == "time-wait timeout", MATCHED))
_DRAINED = PROPERTIES["P-35"].parts[0]

CLAIMS: tuple[Claim, ...] = (
    Claim(
        id="S4-8",
        sentence="A's close() sends a FIN; A can still receive what B sends.",
        true_if=(_CLOSE_SENDS_FIN, READS_AFTER_CLOSE),
        only_if=Condition(
            "what is called is shutdown(SHUT_WR), the CLOSE of the RFC, and not close()",
            (
                _CLOSE_SENDS_FIN,
                READS_AFTER_SHUTDOWN,
            ),
        ),
        note='"The user who CLOSEs may continue to RECEIVE" (RFC 9293 §3.6). After POSIX\'s close() there is no socket '
        "to read from: what arrives is lost, and answered by a RST (§3.6.1, MAY-1, SHLD-3).",
    ),
    Claim(
        id="S4-9",
        sentence="A FIN cannot carry data but consumes one sequence number.",
        true_if=(FIN_COUNTS_ONE, FIN_IS_COUNTED, Not(FIN_WITH_TEXT)),
        note='It can: "the FIN is considered to occur after the last actual data octet in a segment in which it '
        'occurs" (RFC 9293 §3.4). The run shows text and a FIN taken from one segment.',
    ),
    Claim(
        id="S4-10",
        sentence="B acknowledges the FIN at once.",
        true_if=(Seen(_AT_ONCE, PLAIN), Seen(_AT_ONCE, PLAIN, "merge-fin")),
        only_if=Condition("its TCP does not delay acknowledgments", (Seen(_AT_ONCE, PLAIN),)),
        note="An ACK may wait for less than 0.5 seconds (RFC 9293 §3.8.6.3, SHLD-18, MUST-40), long enough for a "
        "prompt CLOSE to put the FIN with it.",
    ),
    Claim(
        id="S4-11",
        sentence="B is then in CLOSE-WAIT and the connection half-closed: the direction from B to A is still open.",
        true_if=(
            ACK_OF_FIN,
            Seen(always(PEER_FIN, negated(FIN_OUT), given=(STATE == "CLOSE-WAIT",)), TALK),
            Seen(sometimes_step(STATE == "CLOSE-WAIT", some_sent(SENT.DATA > 0)), TALK),
            FIN_WAIT_2_TAKES_TEXT,
        ),
        note="RFC 9293 §3.6.1; §3.10.2, CLOSE-WAIT STATE.",
    ),
    Claim(
        id="S4-12",
        sentence="B's close() sends a segment with FIN and ACK set, a number w, and still the acknowledgment u+1; B is "
        "in LAST-ACK.",
        true_if=(
            Seen(
                always_step(
                    entered("LAST-ACK"),
                    ONE_SENT,
                    every_sent(all_of(SENT.has(FIN, ACK), SND.NXT == SENT.SEQ, RCV.NXT == SENT.ACK)),
                    given=(event_is(CLOSE_CALL), STATE == "CLOSE-WAIT", ACCEPTED),
                ),
                BY_SOCKETS,
                CALLS,
            ),
            ALL_RECEIVED,
        ),
        note="RFC 9293 §3.10.4, CLOSE-WAIT STATE; Figure 12, line 4. B's socket is the one that accept() returned.",
    ),
    Claim(
        id="S4-13",
        sentence="A answers with an ACK, number u+1 and acknowledgment w+1, and is in TIME-WAIT; B is CLOSED when it "
        "arrives, and so is done before A.",
        true_if=(*_LAST_TWO, Seen(SERVER_IS_DONE, CLOCKED_LOSSY)),
        only_if=Condition(
            "nothing is lost on the way, and A closed first",
            (*_LAST_TWO, Seen(SERVER_IS_DONE, CLOCKED)),
        ),
        note="As S0-20, S0-23 and S0-24: if last ACKs are lost, B may be in LAST-ACK when A's TIME-WAIT is over (RFC "
        "9293 §3.6, case 2).",
    ),
    Claim(
        id="S4-14",
        sentence="TIME-WAIT is there, first, to guarantee that the last ACK reaches B, which sends FIN and ACK again "
        "when it has waited for it too long.",
        true_if=(_FIN_AGAIN, Seen(SERVER_IS_DONE, CLOCKED_LOSSY)),
        only_if=Condition(
            "nothing is lost, or TIME-WAIT is longer than B's retransmissions take: MSL + (2^k - 1) RTO after k losses",
            (_FIN_AGAIN, Seen(SERVER_IS_DONE, CLOCKED), Query("Z-10")),
        ),
        note="TIME-WAIT lets A answer each FIN that comes again (RFC 9293 §3.3.2); that one of the answers arrives "
        "nothing can guarantee (S1-24).",
    ),
    Claim(
        id="S4-15",
        sentence="Within the 2 MSL A receives the FIN that B sends again, acknowledges it and starts the 2 MSL anew.",
        true_if=(
            Seen(sometimes_step(*_FIN_IN_TIME_WAIT), ONE_SIDED),
            *ANSWERED_IN_TIME_WAIT,
            RESTARTED_BY_LETTER,
        ),
        only_if=Condition(
            '"restart the 2 MSL timeout" is read as meant, of a FIN that has been received before, too',
            (Seen(sometimes_step(*_FIN_IN_TIME_WAIT), ONE_SIDED), *ANSWERED_IN_TIME_WAIT, _RESTARTED_IF_MEANT),
        ),
        note="By the letter it is only acknowledged: left of the window, it fails the check of its sequence number "
        "(RFC 9293 §3.10.7.4, first) and never gets to the fifth and eighth step, which restart the timer.",
    ),
    Claim(
        id="S4-16",
        sentence="TIME-WAIT is there, second, so that when 2 MSL are over all segments of the connection have vanished "
        "from the network.",
        true_if=(Seen(_ALL_GONE, TWO_MSL_LOSSY),),
        only_if=Condition(
            "those are meant that occupy sequence numbers, B is done, and whatever TIME-WAIT sends starts it anew",
            (Seen(_DRAINED, TWO_MSL_LOSSY),),
        ),
        note="A's own last ACK, and a RST in answer to one, may still be on the way; and to the letter of RFC 9293 "
        "§3.10.7.4 even a FIN may (P-35).",
    ),
    Claim(
        id="S4-17",
        sentence="listen()'s backlog is how many connections may wait, and accept() may be given NULL if the client's "
        "address does not matter.",
        not_checkable="It is about the parameters of two C functions, and whether the code beside it compiles.",
        note="How long the accept queue is, and what becomes of a connection beyond it, RFC 9293 does not say; Linux's "
        "way is in variant socket-calls (A-1q, P-49).",
    ),
)
