"""The claims of tutorial 2 about opening: what being connected means, initial sequence numbers, the three segments."""

from __future__ import annotations

from fractions import Fraction

from spec.claims.claim import Catalogue, Claim, Condition, Not, Query, Question, Seen, Sum
from spec.claims.s0_words import MSL
from spec.claims.s2_worlds import CRASHING, DOUBTFUL, FORGETFUL, NUMBERED, RESTARTED, TOP
from spec.claims.worlds import FAST_OPEN, PLAIN, TALK, TWICE
from spec.ghosts import ENDED, FIN_OUT, INC, MET, OCTETS_SENT, PINC, SENT
from spec.language import BoolExpr, all_of, count, lt, negated, seq
from spec.language.beside import (
    after,
    always,
    always_step,
    arrived,
    assigned,
    event_is,
    every_sent,
    knows,
    peer,
    sent_count,
    sometimes,
    sometimes_step,
    unsure,
)
from spec.properties import PROPERTIES
from spec.properties.words import PEER_GONE, PEER_TOOK_OUR_SYN
from spec.vocabulary import ACK, ISS, NO_CONNECTION, OPEN, ORIGIN, SEG, SND, STATE, SYN, SYNCHRONIZED

CLIENT, SERVER = ORIGIN == "active", ORIGIN == "passive"
"""Who opened actively, and who did passively."""
_OLD_TEXT = PROPERTIES["P-12"].parts[0]
_SERVER_OPENING = (STATE == "SYN-RECEIVED", SERVER)

NUMBERS = Fraction(2**32)
"""How many sequence numbers there are (RFC 9293 §3.4)."""
MICROSECOND, MILLISECOND = Fraction(1, 10**6), Fraction(1, 1000)
CYCLE = Fraction("4.55") * 3600
"""RFC 9293 §3.4.1: the clock cycles approximately every 4.55 hours; in seconds."""


def moves(source: str, target: str) -> tuple[BoolExpr, ...]:
    """Return the condition that a step leads from one state to another."""
    return (STATE.isin((source,)), after(STATE) == target)


OPENS = (STATE.isin(NO_CONNECTION), after(STATE).isin(("SYN-SENT", "SYN-RECEIVED")))
"""A connection begins."""
SENDS_SYN = Seen(
    always_step(
        sent_count() == 1,
        every_sent(all_of(SENT.has(SYN), SENT.lacks(ACK), seq(1521) == SENT.SEQ)),
        given=(event_is(OPEN), after(STATE) == "SYN-SENT"),
    ),
    NUMBERED,
)
"""An active OPEN, with an ISN of 1521, sends a SYN with this number and nothing else."""
ANSWERS_SYN = Seen(
    always_step(
        sent_count() == 1,
        every_sent(all_of(SENT.has(SYN, ACK), seq(3562) == SENT.SEQ, seq(1522) == SENT.ACK)),
        given=(STATE == "LISTEN", arrived(), SEG.has(SYN)),
    ),
    NUMBERED,
)
"""Such a SYN is answered by one SYN,ACK with the listener's number, 3562, and the client's plus one."""
ANY_NUMBER_DOES: Question = Seen(_OLD_TEXT, FORGETFUL)
"""No text of an old connection is taken even if the client draws the number that it had before."""
FRESH = Condition(
    "the number drawn is none that old segments may still carry, which chance alone does not see to: TCP adds a keyed "
    "random amount to a clock",
    (SENDS_SYN, Seen(_OLD_TEXT, RESTARTED)),
)

CLAIMS: tuple[Claim, ...] = (
    Claim(
        id="S2-1",
        sentence="Having connections makes a protocol more reliable, for it is idle to talk of reliability to a peer "
        "that may not exist.",
        not_checkable="It is an opinion on why one should have connections, not on what TCP does.",
        note="TCP's reliability is checksums, sequence numbers and retransmission; it is connection oriented, "
        'but "does not inherently include a liveness detection capability" (RFC 9293 §2.2).'
        "",
    ),
    Claim(
        id="S2-2",
        sentence="Being connected means that four things hold: the client can send and can receive, the server can "
        "send and can receive.",
        true_if=(
            Seen(
                always(MET.has(INC, PINC), PEER_TOOK_OUR_SYN, negated(PEER_GONE), given=(STATE == "ESTABLISHED",)),
                CRASHING,
            ),
        ),
        only_if=Condition(
            "'can' means that it has worked once, each way; an end may be gone since",
            (
                Seen(
                    always(MET.has(INC, PINC), PEER_TOOK_OUR_SYN, lt(ISS, SND.UNA), given=(STATE == "ESTABLISHED",)),
                    CRASHING,
                ),
            ),
        ),
        note="What RFC 9293 §3.4.1 asks for is that each side's initial sequence number is sent and confirmed; a "
        'connection whose peer is gone is "half-open" (§3.5.1), and the end that is left stays ESTABLISHED.',
    ),
    Claim(
        id="S2-3",
        sentence="When the client's SYN arrives, the server knows that it can receive what the client sends.",
        true_if=(Seen(knows(negated(PEER_GONE), given=_SERVER_OPENING), DOUBTFUL),),
        only_if=Condition(
            "no SYN is an old duplicate: the client does not give up, and nothing is repeated or overtaken",
            (Seen(knows(negated(PEER_GONE), given=_SERVER_OPENING), PLAIN),),
        ),
        note='"The receiver of the first SYN has no way of knowing whether the segment was an old one or not" '
        "(RFC 9293 §3.4.1): its client may be gone.",
    ),
    Claim(
        id="S2-4",
        sentence="The SYN,ACK shows the client that it can send and receive; the third segment shows the server, "
        "which did not know it before, that it can send.",
        true_if=(
            Seen(
                knows(MET.has(INC, PINC), PEER_TOOK_OUR_SYN, given=(STATE == "ESTABLISHED", CLIENT)),
                DOUBTFUL,
            ),
            Seen(unsure(PEER_TOOK_OUR_SYN, given=_SERVER_OPENING), DOUBTFUL),
            Seen(knows(PEER_TOOK_OUR_SYN, given=(STATE == "ESTABLISHED", SERVER)), DOUBTFUL),
        ),
        note="Each learns that its own number was confirmed (RFC 9293 §3.4.1), which is about the past: whether the "
        "other still exists nobody knows, and that both are connected is never common knowledge (P-36).",
    ),
    Claim(
        id="S2-5",
        sentence="connect() makes TCP send a SYN whose initial sequence number is random, whatever number comes up.",
        true_if=(SENDS_SYN, ANY_NUMBER_DOES),
        only_if=FRESH,
        note="The ISN MUST come from a clock (RFC 9293 §3.4.1, MUST-8), to which a keyed pseudorandom value SHOULD be "
        "added (SHLD-1): unpredictable from outside, and yet not one that was used just before.",
    ),
    Claim(
        id="S2-6",
        sentence="Initial sequence numbers are there so that an old segment still wandering about is not taken for "
        "one of the new connection.",
        true_if=(Catalogue("P-12"), Catalogue("P-13"), Not(ANY_NUMBER_DOES)),
        note="RFC 9293 §3.4.1: the selection of initial sequence numbers protects against ambiguity about which "
        "incarnation a segment belongs to. With a number that repeats, old text is taken.",
    ),
    Claim(
        id="S2-7",
        sentence="Each connection chooses its own initial sequence number, and from there the numbers grow by the "
        "octets sent.",
        true_if=(
            Seen(always_step(assigned(ISS), given=OPENS), TWICE),
            Seen(always(SND.NXT - ISS == OCTETS_SENT, given=(STATE.isin(SYNCHRONIZED),)), TALK),
        ),
        only_if=Condition(
            "the SYN and the FIN are counted too, as one each",
            (
                Seen(always_step(assigned(ISS), given=OPENS), TWICE),
                Seen(
                    always(OCTETS_SENT + 1 + count(FIN_OUT) == SND.NXT - ISS, given=(STATE.isin(SYNCHRONIZED),)), TALK
                ),
            ),
        ),
        note="SYN and FIN occupy a sequence number each (RFC 9293 §3.4), so that they can be acknowledged.",
    ),
    Claim(
        id="S2-8",
        sentence="To be unique, the initial sequence number must change with time; no two connections have the same.",
        true_if=(
            Not(ANY_NUMBER_DOES),
            Sum(
                "numbers that a clock of 4 microseconds shows in a day, and numbers that there are",
                86400 / (4 * MICROSECOND),
                "<=",
                NUMBERS,
            ),
        ),
        only_if=Condition(
            "only connections are compared of which a segment may still be alive, not those of hours ago",
            (
                Not(ANY_NUMBER_DOES),
                Query("Z-1"),
                Sum("how long a segment lives and how long the clock takes to come round, in seconds", MSL, "<", CYCLE),
            ),
        ),
        note="ISNs are unique within a maximum segment lifetime, as the clock cycles in about 4.55 hours, which is "
        "much longer (RFC 9293 §3.4.1); after that they repeat.",
    ),
    Claim(
        id="S2-9",
        sentence="By RFC 793 the initial sequence number is a 32-bit counter that starts at 0 and goes up by one every "
        "4 milliseconds.",
        true_if=(
            Sum(
                "2^32 ticks of 4 milliseconds and the 4.55 hours that the RFC says, in seconds",
                NUMBERS * 4 * MILLISECOND,
                "about",
                CYCLE,
            ),
        ),
        note='"Roughly every 4 microseconds" (RFC 793 §3.3; RFC 9293 §3.4.1), and no start value: at 4 ms the clock '
        "would take 199 days, and be too slow (variant isn-4ms). At 4 microseconds it takes 4.77 hours, which the "
        "RFC's 4.55 are but 5 % off.",
    ),
    Claim(
        id="S2-10",
        sentence="After the largest number, numbers go on from 0.",
        true_if=(
            Seen(
                sometimes_step(*moves("SYN-SENT", "ESTABLISHED"), seq(2**32 - 1) == ISS, seq(0) == SEG.ACK),
                TOP,
            ),
            Seen(sometimes(ENDED == "time-wait timeout", peer(ENDED) == "ack"), TOP),
        ),
        note='"All arithmetic dealing with sequence numbers must be performed modulo 2^32" (RFC 9293 §3.4).',
    ),
    Claim(
        id="S2-11",
        sentence="The server answers the SYN numbered 1521 with SYN,ACK: acknowledgment 1522, and a number of its own, "
        "3562.",
        true_if=(ANSWERS_SYN,),
        note="RFC 9293 §3.10.7.2, third: <SEQ=ISS><ACK=RCV.NXT><CTL=SYN,ACK>, RCV.NXT being SEG.SEQ+1.",
    ),
    Claim(
        id="S2-12",
        sentence="The client takes the connection for established only if the acknowledgment is its own number plus "
        "one.",
        true_if=(
            Seen(always_step(ISS + 1 == SEG.ACK, given=moves("SYN-SENT", "ESTABLISHED")), TALK),
            Seen(always_step(ISS + 1 == SEG.ACK, given=moves("SYN-SENT", "ESTABLISHED")), FAST_OPEN, "tfo"),
        ),
        only_if=Condition(
            "the SYN carried no text",
            (
                Seen(always_step(ISS + 1 == SEG.ACK, given=moves("SYN-SENT", "ESTABLISHED")), TALK),
                Seen(
                    always_step(
                        after(STATE) == "SYN-SENT",
                        given=(STATE == "SYN-SENT", arrived(), SEG.has(SYN, ACK), ISS + 1 != SEG.ACK),
                    ),
                    TWICE,
                ),
            ),
        ),
        note="Any acknowledgment with SND.UNA < SEG.ACK =< SND.NXT will do (RFC 9293 §3.10.7.3, first), which is one "
        "value unless the SYN carried text, as in TCP Fast Open; any other is answered by a RST.",
    ),
    Claim(
        id="S2-13",
        sentence="The client sends an ACK with the server's number plus one and is ESTABLISHED; the server checks for "
        "its own number plus one and is ESTABLISHED too.",
        true_if=(
            Seen(
                always_step(
                    after(STATE) == "ESTABLISHED",
                    sent_count() == 1,
                    every_sent(all_of(SENT.has(ACK), SENT.lacks(SYN), seq(3563) == SENT.ACK)),
                    given=(STATE == "SYN-SENT", arrived(), SEG.has(SYN, ACK)),
                ),
                NUMBERED,
            ),
            Seen(always_step(seq(3563) == SEG.ACK, given=moves("SYN-RECEIVED", "ESTABLISHED")), NUMBERED),
        ),
        note="RFC 9293 §3.10.7.3, fourth, and §3.10.7.4, fifth, SYN-RECEIVED.",
    ),
)
