"""The claims of tutorial 2 about closing: four segments, half-closed connections, TIME-WAIT."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

from spec.claims.claim import Catalogue, Claim, Condition, Not, Query, Question, Seen, Sends, Sum
from spec.claims.s0_words import MSL
from spec.claims.s2_opening import CLIENT, SERVER, moves
from spec.claims.s2_worlds import GUARDED, NO_WAIT_LOSSY, ONE_SIDED, OVERTAKING, RESENT, UNFRESH
from spec.claims.worlds import PLAIN, TALK, TWICE
from spec.ghosts import ENDED, FIN_OUT, OCTETS_SENT, PEER_FIN, SENT, TAKES_TEXT
from spec.language import BoolExpr, all_of, any_of, negated
from spec.language.beside import (
    Part,
    after,
    always,
    always_step,
    arrived,
    every_sent,
    fired,
    leads_to,
    peer,
    sent_count,
    some_sent,
    sometimes,
    sometimes_step,
)
from spec.properties import PROPERTIES
from spec.tcp import TCP
from spec.vocabulary import ACK, FIN, NEW_TEXT, RCV, RST, SEG, SND, STATE

_CLOSED_WELL = (ENDED == "time-wait timeout", peer(ENDED) == "ack")
TWO_MSL = 2 * MSL
LEAST_RTO, LONGEST_DELAY = Fraction(1), Fraction(1, 2)
"""In seconds: an RTO SHOULD be at least 1 (RFC 6298 §2.4), an ACK MUST wait less than half (RFC 9293, MUST-40)."""
LEAST_CAP = Fraction(60)
"""A cap on the RTO, if there is one, is at least so many seconds (RFC 6298 §2.5)."""

CLIENT_WALK = ("CLOSED", "SYN-SENT", "ESTABLISHED", "FIN-WAIT-1", "FIN-WAIT-2", "TIME-WAIT", "CLOSED")
SERVER_WALK = ("CLOSED", "LISTEN", "SYN-RECEIVED", "ESTABLISHED", "CLOSE-WAIT", "LAST-ACK", "CLOSED")
_REFUSED = all_of(arrived(), SEG.has(RST))
"""Nobody listens yet: a connection refused is no part of the story."""


def _walks(origin: BoolExpr, path: tuple[str, ...]) -> Part:
    """Return the part "who opened so goes nowhere but along this path"."""
    legs = (all_of(*moves(a, b)) for a, b in pairwise(path))
    changes = (any_of(origin, after(origin)), after(STATE) != STATE, negated(_REFUSED))
    return always_step(any_of(*legs), given=changes)


WALKED: tuple[Question, ...] = (
    Seen(_walks(CLIENT, CLIENT_WALK), PLAIN),
    Seen(_walks(SERVER, SERVER_WALK), PLAIN),
    Seen(sometimes(*_CLOSED_WELL), PLAIN),
)
"""Each end's states, in order, in the story that every tutorial tells; and it comes to its end."""

TELLS_OF_FIN = fired(*(rule.id for rule in TCP.rules if rule.signal == "connection closing"))
"""The rules that tell the user of a connection, unasked, that it is closing."""
TAKES_THE_FIN = (STATE == "ESTABLISHED", after(STATE) == "CLOSE-WAIT")
_REOPENED = always_step(after(STATE).isin(("TIME-WAIT", "CLOSED", "LISTEN")), given=(STATE == "TIME-WAIT",))
_FIN_IN_TIME_WAIT: tuple[BoolExpr, ...] = (
    STATE == "TIME-WAIT",
    after(STATE) == "TIME-WAIT",
    arrived(),
    SEG.has(FIN),
    some_sent(all_of(SENT.has(ACK), SENT.ACK == SEG.SEQ + SEG.LEN)),
)
RESENDS_LOST_ACK: tuple[Question, ...] = (
    Seen(sometimes_step(*_FIN_IN_TIME_WAIT), ONE_SIDED),
    Not(Seen(PROPERTIES["P-34"].parts[0], NO_WAIT_LOSSY, "rfc1337")),
)
"""TIME-WAIT acknowledges a FIN that comes again; without it the end that sent it would see a reset."""
_ACK_BEFORE_FIN = always_step(STATE == "FIN-WAIT-2", given=(STATE != "TIME-WAIT", after(STATE) == "TIME-WAIT"))
_OLD_OCTETS = PROPERTIES["P-21"].parts[0]
_OWN_OCTETS = PROPERTIES["P-12"].parts[0]

CLAIMS: tuple[Claim, ...] = (
    Claim(
        id="S2-14",
        sentence="A connection is closed in four respects: the client stops sending with its FIN, the server with its "
        "own, and only at the end does either stop receiving.",
        true_if=(
            Seen(always_step(after(OCTETS_SENT) == OCTETS_SENT, given=(FIN_OUT, STATE != "CLOSED")), TALK),
            Seen(sometimes_step(TAKES_TEXT, STATE == "FIN-WAIT-2"), TALK),
            Seen(sometimes_step(TAKES_TEXT, PEER_FIN), TALK),
        ),
        note="The server stops receiving as soon as it has the client's FIN: in CLOSE-WAIT and later the text of a "
        "segment is ignored (RFC 9293 §3.10.7.4, seventh).",
    ),
    Claim(
        id="S2-15",
        sentence="Each direction must be closed on its own, so that a connection can be half closed.",
        true_if=(
            Seen(always(FIN_OUT, PEER_FIN, given=(ENDED.isin(("ack", "time-wait timeout")),)), TALK),
            Seen(sometimes_step(TAKES_TEXT, STATE == "FIN-WAIT-2"), TALK),
            Seen(sometimes_step(STATE == "CLOSE-WAIT", some_sent(SENT.DATA > 0)), TALK),
        ),
        note='"The two directions of a TCP connection are closed independently" (RFC 9293 §3.6.1).',
    ),
    Claim(
        id="S2-16",
        sentence="When a FIN arrives, TCP must tell the application.",
        true_if=(
            Seen(always_step(TELLS_OF_FIN, given=TAKES_THE_FIN), TALK),
            Seen(always_step(TELLS_OF_FIN, given=moves("FIN-WAIT-2", "TIME-WAIT")), TALK),
        ),
        note="\"Signal the user 'connection closing'\" (RFC 9293 §3.10.7.4, eighth; MUST-12 in §3.6).",
    ),
    Claim(
        id="S2-17",
        sentence="After its FIN the client sends no segments with data, only ACKs.",
        true_if=(Seen(always_step(every_sent(SENT.DATA == 0), given=(FIN_OUT, CLIENT, sent_count() > 0)), RESENT),),
        note="It sends no new data, but what it sent before is sent again after the FIN too: all segments preceding "
        "and including FIN will be retransmitted until acknowledged (RFC 9293 §3.6, case 1).",
    ),
    Claim(
        id="S2-18",
        sentence="The server acknowledges the FIN.",
        true_if=(
            Seen(
                always_step(
                    sent_count() == 1,
                    every_sent(all_of(SENT.has(ACK), SENT.ACK == SEG.SEQ + SEG.LEN)),
                    given=TAKES_THE_FIN,
                ),
                TALK,
            ),
        ),
        note="RFC 9293 §3.10.7.4, eighth: advance RCV.NXT over the FIN, and send an acknowledgment for it.",
    ),
    Claim(
        id="S2-19",
        sentence="The server then looks whether it has data to send, and if it has none it sends its FIN.",
        true_if=(
            Seen(
                leads_to(
                    FIN_OUT, given=(PEER_FIN, SERVER, SND.QUEUED == 0), fairness=("FC", "FT", "FF"), says="its own FIN"
                ),
                PLAIN,
            ),
        ),
        note="It waits for its user: a TCP endpoint receiving a FIN will ACK but not send its own FIN until its user "
        "has CLOSED too (RFC 9293 §3.6, case 1), which may be never. Variant auto-fin does as claimed.",
    ),
    Claim(
        id="S2-20",
        sentence="The second and third segments of the close, ACK and FIN, cannot be merged into one.",
        true_if=(Sends(sometimes(*_CLOSED_WELL), PLAIN, 7, "merge-fin"),),
        note="An ACK may wait almost half a second (RFC 9293 §3.8.6.3); if the user CLOSEs in the meantime, one "
        "FIN,ACK does for both, and leads from FIN-WAIT-1 to TIME-WAIT (Figure 5, note 2).",
    ),
    Claim(
        id="S2-21",
        sentence="The server must acknowledge the FIN at once, because the client would time out while the server "
        "takes its time to close.",
        true_if=(
            Sum(
                "the shortest retransmission timeout and the longest delay of an ACK, in seconds",
                LEAST_RTO,
                "<=",
                LONGEST_DELAY,
            ),
        ),
        only_if=Condition(
            "the server's user does not CLOSE within the half second that an ACK may wait",
            (
                Seen(
                    sometimes_step(
                        STATE == "CLOSE-WAIT",
                        after(STATE) == "CLOSE-WAIT",
                        some_sent(all_of(SENT.has(ACK), SENT.lacks(FIN))),
                    ),
                    PLAIN,
                    "merge-fin",
                ),
                Sum("the longest delay and the shortest timeout, in seconds", LONGEST_DELAY, "<", LEAST_RTO),
            ),
        ),
        note="An ACK may be delayed by less than 0.5 seconds (RFC 9293 §3.8.6.3, MUST-40), and no timeout should be "
        "shorter than one (RFC 6298 §2.4): there is time for a prompt CLOSE.",
    ),
    Claim(
        id="S2-22",
        sentence="The client receives the ACK of its FIN first and the server's FIN afterwards.",
        true_if=(Seen(_ACK_BEFORE_FIN, OVERTAKING),),
        only_if=Condition("segments arrive in the order in which they were sent", (Seen(_ACK_BEFORE_FIN, PLAIN),)),
        note="A FIN that overtakes the ACK acknowledges the client's FIN too, and leads from FIN-WAIT-1 straight to "
        "TIME-WAIT (RFC 9293 §3.10.7.4, eighth, FIN-WAIT-1).",
    ),
    Claim(
        id="S2-23",
        sentence="The client passes through SYN-SENT, ESTABLISHED, FIN-WAIT-1, FIN-WAIT-2 and TIME-WAIT, the server "
        "through LISTEN, SYN-RECEIVED, ESTABLISHED, CLOSE-WAIT and LAST-ACK; both end in CLOSED.",
        true_if=WALKED,
        note="RFC 9293, Figures 6 and 12: one client that opens and closes first, one server that was listening, and "
        "a network that keeps order. Other circumstances add other paths.",
    ),
    Claim(
        id="S2-24",
        sentence="ESTABLISHED means that data can be received.",
        true_if=(
            Seen(
                always_step(
                    TAKES_TEXT,
                    given=(
                        STATE == "ESTABLISHED",
                        arrived(),
                        SEG.has(ACK),
                        SEG.lacks(RST),
                        RCV.NXT == SEG.SEQ,
                        NEW_TEXT,
                    ),
                ),
                TALK,
            ),
        ),
        note='"An open connection, data received can be delivered to the user" (RFC 9293 §3.3.2); and sent, and both '
        "can be done in some other states too.",
    ),
    Claim(
        id="S2-25",
        sentence="There is a TIME-WAIT because the last ACK may be lost: the server sends its FIN again and must get "
        "an answer.",
        true_if=RESENDS_LOST_ACK,
        note="TIME-WAIT waits to be sure that the remote peer received the acknowledgment of its FIN (RFC 9293 "
        "§3.3.2). It makes that likely and not certain: the ACK may be lost again and again.",
    ),
    Claim(
        id="S2-26",
        sentence="TIME-WAIT lasts longer than a retransmission timeout, so that a FIN that is sent again still finds "
        "it.",
        true_if=(
            Sum(
                "the timeout of a FIN that was sent eight times again, at first 1 second, and 2 MSL, in seconds",
                LEAST_RTO * 2**8,
                "<",
                TWO_MSL,
            ),
        ),
        only_if=Condition(
            "one ACK is lost, and the timeout is a minute, the least cap that RFC 6298 allows, or less",
            (
                Query("Z-10"),
                Sum("MSL + RTO and 2 MSL, in seconds", MSL + LEAST_CAP, "<=", TWO_MSL),
            ),
        ),
        note="TIME-WAIT lasts 2 MSL (RFC 9293 §3.6.1, MUST-13), whatever the timeout, which doubles with each "
        "retransmission and need not be capped (RFC 6298 §2.5, §5.5).",
    ),
    Claim(
        id="S2-27",
        sentence="From a FIN to its ACK it takes a round trip, and that is never longer than 2 MSL.",
        true_if=(
            Sum("a segment and its answer, each alive for an MSL at most, and 2 MSL", MSL + MSL, "<=", TWO_MSL),
            Query("Z-9"),
        ),
        note="No segment lives longer than an MSL (RFC 9293 §4). When the ACK is lost, a timeout comes on top, "
        "and 2 MSL may not be enough (Z-10).",
    ),
    Claim(
        id="S2-28",
        sentence="During the 2 MSL the same pair of sockets cannot be used again.",
        true_if=(Seen(_REOPENED, TWICE, "time-wait-reuse"),),
        note="A new SYN MAY reopen the connection directly from TIME-WAIT (RFC 9293 §3.6.1, MAY-2), and with "
        "timestamps SHOULD (SHLD-4, RFC 6191). Without that option it is as claimed.",
    ),
    Claim(
        id="S2-29",
        sentence="During the 2 MSL every segment that is late is discarded.",
        true_if=(
            Seen(
                always_step(
                    sent_count() == 0,
                    after(STATE) == "TIME-WAIT",
                    given=(STATE == "TIME-WAIT", arrived()),
                ),
                TALK,
            ),
        ),
        note="It is discarded, but what is not acceptable is answered by an ACK first (RFC 9293 §3.10.7.4, first), a "
        "FIN above all; and a RST ends TIME-WAIT (second). Variant tw-drop-all does as claimed.",
    ),
    Claim(
        id="S2-30",
        sentence="Since TIME-WAIT lasts so long, no old segment is taken for one of a new connection.",
        true_if=(Seen(_OWN_OCTETS, UNFRESH), Seen(_OLD_OCTETS, UNFRESH)),
        only_if=Condition(
            "initial sequence numbers are fresh too: the end that closed second has no TIME-WAIT",
            (Seen(_OWN_OCTETS, GUARDED), Seen(_OLD_OCTETS, GUARDED), Catalogue("P-12"), Catalogue("P-21")),
        ),
        note="TIME-WAIT limits the rate of reuse, and the selection of initial sequence numbers further protects (RFC "
        "9293 §3.4.1). A listener is back in LISTEN at once: if its number repeats, old text is taken again.",
    ),
    Claim(
        id="S2-31",
        sentence="It is the client that waits in TIME-WAIT.",
        true_if=(Seen(always(CLIENT, given=(STATE == "TIME-WAIT",)), TALK),),
        only_if=Condition(
            "the client closes first and the server only afterwards",
            (Seen(always(CLIENT, given=(STATE == "TIME-WAIT",)), ONE_SIDED),),
        ),
        note='It is who closes "actively" (RFC 9293 §3.6.1, MUST-13): either end, and both if their FINs cross '
        "(Figure 13).",
    ),
)
