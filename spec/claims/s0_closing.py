"""The claims of tutorial 0 about the four messages of the close, field by field, TIME-WAIT, and who is who."""

from __future__ import annotations

from fractions import Fraction

from spec.claims.claim import Claim, Condition, Seen, Sum
from spec.claims.s0_words import (
    ACKS_OUR_FIN,
    ANSWER_ACKS_ALL,
    FIN_ARRIVES,
    IN_ORDER,
    IS_PLAIN_ACK,
    MSL,
    NO_MORE_OCTETS,
    ONE_SENT,
    entered,
    implies,
    told,
)
from spec.claims.worlds import CALM, CLOCKED, CLOCKED_LOSSY, PLAIN, TALK
from spec.ghosts import ENDED, FIN_OUT, FIN_SEQ, NEW_INCARNATION, OCTETS_SENT, SENDS_FIN, SENT, TAKES_TEXT
from spec.language import all_of, negated
from spec.language.beside import (
    after,
    always,
    always_step,
    arrived,
    event_is,
    every_sent,
    fired,
    peer,
    some_sent,
    sometimes_step,
)
from spec.properties.resets import EXIT_OF_TIME_WAIT
from spec.properties.words import MATCHED
from spec.vocabulary import ACK, CLOSE, FIN, ISS, ORIGIN, RCV, RST, SEG, SND, STATE, SYN, TIME_WAIT_TIMEOUT

_FIRST_FIN = (SENDS_FIN, negated(FIN_OUT))
FIN_IS_NEXT = Seen(
    always_step(
        every_sent(
            implies(SENT.has(FIN), after(ISS) + 1 + after(OCTETS_SENT) == SENT.SEQ + SENT.DATA),
        ),
        after(FIN_SEQ) == after(ISS) + 1 + after(OCTETS_SENT),
        given=_FIRST_FIN,
    ),
    TALK,
)
"""A FIN has the number after the last octet's."""
NOTHING_AFTER_FIN = Seen(always_step(NO_MORE_OCTETS, given=(FIN_OUT, negated(NEW_INCARNATION))), TALK)
FIN_COUNTS_ONE = Seen(
    always_step(after(SND.NXT) == SND.NXT + 1, given=(*_FIRST_FIN, every_sent(all_of(SENT.has(FIN), SENT.DATA == 0)))),
    TALK,
)
FIN_IS_COUNTED = Seen(
    always_step(after(RCV.NXT) == SEG.SEQ + 1, given=(FIN_ARRIVES, SEG.DATA == 0, STATE == "ESTABLISHED")), TALK
)
CLOSE_IN_ESTABLISHED = (event_is(CLOSE), STATE == "ESTABLISHED", SND.QUEUED == 0)
FIN_WAIT_1_AT_ONCE = Seen(always_step(entered("FIN-WAIT-1"), SENDS_FIN, given=CLOSE_IN_ESTABLISHED), PLAIN)
ACK_OF_FIN = Seen(
    always_step(
        after(STATE) == "CLOSE-WAIT",
        ONE_SENT,
        every_sent(all_of(IS_PLAIN_ACK, ANSWER_ACKS_ALL, SENT.SEQ == SND.NXT)),
        given=(STATE == "ESTABLISHED", FIN_ARRIVES),
    ),
    TALK,
)
"""The FIN's acknowledgment leaves in the step in which it arrives, and the end is in CLOSE-WAIT."""
FIN_WAIT_2_TAKES_TEXT = Seen(sometimes_step(TAKES_TEXT, STATE == "FIN-WAIT-2"), CALM)
FIN_WAIT_2_MUST_TAKE_TEXT = Seen(always_step(TAKES_TEXT, given=(STATE == "FIN-WAIT-2", IN_ORDER, SEG.DATA > 0)), TALK)
ACK_LEADS_TO_FIN_WAIT_2 = Seen(
    always_step(after(STATE) == "FIN-WAIT-2", given=(STATE == "FIN-WAIT-1", IN_ORDER, SEG.lacks(FIN), ACKS_OUR_FIN)),
    TALK,
)
SECOND_FIN = Seen(
    always_step(
        SENDS_FIN,
        every_sent(all_of(SENT.has(FIN, ACK), SENT.ACK == RCV.NXT, SENT.SEQ == SND.NXT)),
        given=(STATE == "CLOSE-WAIT", entered("LAST-ACK")),
    ),
    TALK,
)
ALL_RECEIVED = Seen(always(peer(FIN_SEQ) + 1 == RCV.NXT, given=(STATE.isin(("CLOSE-WAIT", "LAST-ACK")), MATCHED)), TALK)
"""What such an end acknowledges is u + 1, u being the number of the peer's FIN."""
SERVER_IS_DONE = always(peer(STATE) == "CLOSED", given=(ENDED == "time-wait timeout", MATCHED))
CLIENT_CLOSES_FIRST = always_step(ORIGIN == "active", given=(STATE == "ESTABLISHED", entered("FIN-WAIT-1")))

CLAIMS: tuple[Claim, ...] = (
    Claim(
        id="S0-13",
        sentence="The client's FIN has the number u after the last octet sent; after it the client sends no more data.",
        true_if=(FIN_IS_NEXT, NOTHING_AFTER_FIN),
        note="No new data, that is: what is not yet acknowledged is sent again after the FIN, too "
        "(RFC 9293 §3.6, case 1).",
    ),
    Claim(
        id="S0-14",
        sentence="The segment that asks for the close has FIN set and no other flag.",
        true_if=(
            Seen(
                always_step(every_sent(implies(SENT.has(FIN), SENT.lacks(ACK | SYN | RST))), given=(SENDS_FIN,)), PLAIN
            ),
        ),
        note='It is <CTL=FIN,ACK> (RFC 9293, Figure 12): "if the ACK bit is off, drop the segment and return" '
        "(§3.10.7.4, fifth).",
    ),
    Claim(
        id="S0-15",
        sentence="A FIN consumes one sequence number even if it carries no data.",
        true_if=(FIN_COUNTS_ONE, FIN_IS_COUNTED),
        note="RFC 9293 §3.4: SEG.LEN counts SYN and FIN.",
    ),
    Claim(
        id="S0-16",
        sentence="The server answers the FIN with an ACK (acknowledgment number u+1, sequence number v), is in "
        "CLOSE-WAIT, and informs its application.",
        true_if=(
            ACK_OF_FIN,
            Seen(always_step(fired(*told("connection closing")), given=(STATE == "ESTABLISHED", FIN_ARRIVES)), TALK),
        ),
        note='The signal is "connection closing" (RFC 9293 §3.10.7.4, eighth).',
    ),
    Claim(
        id="S0-17",
        sentence="After the first FIN the connection is half-closed: the client has nothing more to send, but must "
        "still accept what the server sends.",
        true_if=(
            NOTHING_AFTER_FIN,
            FIN_WAIT_2_TAKES_TEXT,
            FIN_WAIT_2_MUST_TAKE_TEXT,
        ),
        note='"The user who CLOSEs may continue to RECEIVE" (RFC 9293 §3.6); a host MAY do without (§3.6.1, MAY-1, '
        "variant half-duplex-close).",
    ),
    Claim(
        id="S0-18",
        sentence="On the ACK of its FIN the client enters FIN-WAIT-2, where it still receives the server's last data.",
        true_if=(
            ACK_LEADS_TO_FIN_WAIT_2,
            FIN_WAIT_2_TAKES_TEXT,
        ),
        note="RFC 9293 §3.10.7.4, fifth and seventh, FIN-WAIT-1 and FIN-WAIT-2.",
    ),
    Claim(
        id="S0-19",
        sentence="When it has sent its last data, the server sends FIN and ACK with sequence number w and "
        "acknowledgment number u+1 again, and is in LAST-ACK.",
        true_if=(SECOND_FIN, FIN_IS_NEXT, ALL_RECEIVED),
        note="After its user's CLOSE, not before (RFC 9293 §3.10.4, CLOSE-WAIT STATE); w is v plus the octets sent in "
        "between.",
    ),
    Claim(
        id="S0-20",
        sentence="The client answers the server's FIN with an ACK, sequence number u+1 and acknowledgment number w+1, "
        "and is in TIME-WAIT.",
        true_if=(
            Seen(
                always_step(
                    after(STATE) == "TIME-WAIT",
                    ONE_SENT,
                    every_sent(all_of(IS_PLAIN_ACK, ANSWER_ACKS_ALL, SENT.SEQ == FIN_SEQ + 1)),
                    given=(STATE == "FIN-WAIT-2", FIN_ARRIVES),
                ),
                TALK,
            ),
        ),
        note="RFC 9293 §3.10.7.4, eighth, FIN-WAIT-2.",
    ),
    Claim(
        id="S0-21",
        sentence="In TIME-WAIT the client waits for 2 MSL, an MSL being about one to four minutes.",
        true_if=(
            Seen(sometimes_step(event_is(TIME_WAIT_TIMEOUT), entered("CLOSED")), PLAIN),
            Sum("one minute, and the MSL of RFC 9293 in seconds", Fraction(60), "about", MSL),
            Sum("four minutes, and the MSL of RFC 9293 in seconds", Fraction(240), "about", MSL),
        ),
        only_if=Condition(
            "the range is only to contain the MSL of the RFC, 2 minutes",
            (
                Sum("one minute, and the MSL of RFC 9293 in seconds", Fraction(60), "<=", MSL),
                Sum("the MSL of RFC 9293, and four minutes in seconds", MSL, "<=", Fraction(240)),
            ),
        ),
        note='In RFC 9293 "the MSL is taken to be 2 minutes. This is an engineering choice" (§3.4.2); the wait of 2 '
        "MSL is MUST-13 (§3.6.1), so 4 minutes.",
    ),
    Claim(
        id="S0-22",
        sentence="Only when the 2 MSL of TIME-WAIT are over does the client delete its TCB and enter CLOSED.",
        true_if=(
            Seen(
                always_step(after(STATE) == "CLOSED", given=(STATE == "TIME-WAIT", event_is(TIME_WAIT_TIMEOUT))), TALK
            ),
            Seen(EXIT_OF_TIME_WAIT[0], CALM),
        ),
        only_if=Condition(
            "RST is ignored in TIME-WAIT (RFC 1337), nobody aborts, and no new SYN reopens the connection",
            (Seen(EXIT_OF_TIME_WAIT[0], TALK, "rfc1337"),),
        ),
        note='"If the RST bit is set, then enter the CLOSED state" (RFC 9293 §3.10.7.4, second, TIME-WAIT): the hazard '
        "of RFC 1337. A new SYN may end the wait, too (§3.6.1, MAY-2).",
    ),
    Claim(
        id="S0-23",
        sentence="The server enters CLOSED as soon as the client's last ACK arrives.",
        true_if=(
            Seen(
                always_step(
                    after(STATE) == "CLOSED", given=(STATE == "LAST-ACK", IN_ORDER, SEG.lacks(FIN), ACKS_OUR_FIN)
                ),
                TALK,
            ),
        ),
        note="If it acknowledges the server's FIN (RFC 9293 §3.10.7.4, fifth, LAST-ACK): an older ACK changes no "
        "state.",
    ),
    Claim(
        id="S0-24",
        sentence="The server is done with the connection earlier than the client.",
        true_if=(Seen(SERVER_IS_DONE, CLOCKED_LOSSY),),
        only_if=Condition(
            "the client closed first and nothing is lost on the way",
            (Seen(SERVER_IS_DONE, CLOCKED),),
        ),
        note="If the last ACK is lost, and no FIN that the server sends again arrives in time, TIME-WAIT ends while "
        "the server is still in LAST-ACK (RFC 9293 §3.6, case 2: until its user timeout).",
    ),
    Claim(
        id="S0-25",
        sentence="It is the client that closes the connection.",
        true_if=(Seen(CLIENT_CLOSES_FIRST, TALK),),
        only_if=Condition(
            "the server's user waits for the client's FIN before it closes",
            (Seen(CLIENT_CLOSES_FIRST, PLAIN),),
        ),
        note="Either side may close first, or both at once (RFC 9293 §3.6, cases 1 to 3).",
    ),
    Claim(
        id="S0-26",
        sentence="When the SYN has arrived the server decides whether it agrees to the connection, and then answers.",
        true_if=(
            Seen(
                always_step(negated(some_sent(SENT.has(SYN, ACK))), given=(arrived(), STATE == "LISTEN", SEG.has(SYN))),
                PLAIN,
            ),
        ),
        only_if=Condition(
            "to agree is to have called a passive OPEN before",
            (
                Seen(
                    always_step(
                        ORIGIN == "passive",
                        STATE.isin(("LISTEN", "SYN-RECEIVED")),
                        given=(some_sent(SENT.has(SYN, ACK)),),
                    ),
                    PLAIN,
                ),
            ),
        ),
        note="The SYN,ACK is sent in the step in which the SYN arrives; no user is asked (RFC 9293 §3.10.7.2, third).",
    ),
)
