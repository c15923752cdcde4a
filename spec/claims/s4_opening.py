"""The claims of tutorial 4 about opening: socket(), bind(), listen(), connect(), accept(), and why three segments."""

from __future__ import annotations

from spec.claims.claim import Claim, Condition, Not, Scripted, Seen, Sends
from spec.claims.s0_opening import SYN_HAS_NO_TEXT, THIRD_MAY_CARRY_TEXT
from spec.claims.s0_words import BOTH_ESTABLISHED, GHOST, IS_PLAIN_ACK, ONE_SENT, entered
from spec.claims.s4_worlds import BY_SOCKETS, LATE_SYN
from spec.claims.worlds import BOTH_OPEN, PLAIN, TALK
from spec.ghosts import ACCEPT_CALLED, HIST, INC, PINC, SENT
from spec.language import all_of, negated
from spec.language.beside import (
    after,
    always_step,
    arrived,
    event_is,
    every_sent,
    peer,
    sent_count,
    some_sent,
    sometimes,
    sometimes_step,
)
from spec.properties.words import MATCHED
from spec.variants.socket_calls import BIND, CONNECT, DESCRIPTOR, LISTEN_CALL, SOCKET
from spec.vocabulary import ACK, FIN, IRS, ISS, ORIGIN, RST, SEG, SND, STATE, SYN

CALLS = "socket-calls"
_CLIENT_FIRST = """The client's user calls before the server's
    TCP Peer A                                           TCP Peer B
1.  CLOSED                                               CLOSED
2.  SYN-SENT    --> <SEQ=100><CTL=SYN>               x
3.                                                       (PASSIVE OPEN)
                                                         LISTEN
4.  (RETRANSMISSION)
    SYN-SENT    --> <SEQ=100><CTL=SYN>               --> SYN-RECEIVED
5.  ESTABLISHED <-- <SEQ=300><ACK=101><CTL=SYN,ACK>  <-- SYN-RECEIVED
6.  ESTABLISHED --> <SEQ=101><ACK=301><CTL=ACK>      --> ESTABLISHED
"""
"""The first SYN is lost; when it is sent again, somebody listens."""
_NO_LISTENER = sometimes(BOTH_ESTABLISHED, MATCHED, ORIGIN == "active", peer(ORIGIN) == "active")
_SYN_MEETS_NOBODY = (arrived(), STATE == "CLOSED", SEG.has(SYN), SEG.lacks(ACK | RST))
_CLIENT_CONNECTS = (event_is(CONNECT), entered("SYN-SENT"))
_FOOLED_AGAIN = sometimes(GHOST, HIST.has_other_first(INC, PINC), says="the old SYN connects a second time")
"""A server is connected, though its client is gone, to a client to which an earlier server was connected."""
STALE_SYN: tuple[Seen | Not, ...] = (
    Seen(_FOOLED_AGAIN, LATE_SYN, "two-way"),
    Not(Seen(sometimes(GHOST), LATE_SYN)),
)
"""With two segments a stale SYN connects a server whose client is long done; with three it does not."""
UNEXPECTED_SYN_ACK = (arrived(), STATE.isin(("CLOSED", "LISTEN")), SEG.has(SYN, ACK), SEG.lacks(RST))
_IGNORED = always_step(sent_count() == 0, given=UNEXPECTED_SYN_ACK)
_SERVER_ANSWERS = (some_sent(SENT.has(SYN, ACK)), after(ORIGIN) == "passive")
SYN_ACK_AFTER_ACCEPT = Seen(
    always_step(after(ACCEPT_CALLED), given=(some_sent(SENT.has(SYN, ACK)), after(ORIGIN) == "passive")),
    BY_SOCKETS,
    CALLS,
)
SYN_ACK_ON_SYN = Seen(
    always_step(
        some_sent(all_of(SENT.has(SYN, ACK), SENT.ACK == SEG.SEQ + 1)),
        entered("SYN-RECEIVED"),
        given=(arrived(), STATE == "LISTEN", SEG.has(SYN), SEG.lacks(ACK | RST)),
    ),
    BY_SOCKETS,
    CALLS,
)
"""A SYN in LISTEN is answered in the very step in which it arrives."""
SYN_ACK_WITHOUT_ACCEPT = Seen(
    sometimes_step(some_sent(SENT.has(SYN, ACK)), after(ORIGIN) == "passive", negated(after(ACCEPT_CALLED))),
    BY_SOCKETS,
    CALLS,
)

CLAIMS: tuple[Claim, ...] = (
    Claim(
        id="S4-1",
        sentence="Three segments are exchanged to make a connection.",
        true_if=(Sends(sometimes(BOTH_ESTABLISHED, MATCHED), PLAIN, 3),),
        note="RFC 9293 §3.5, Figure 6: at least three; losses and simultaneous opens (Figure 7) take more.",
    ),
    Claim(
        id="S4-2",
        sentence="After socket() both sides are in CLOSED; the server is in LISTEN after bind() and listen().",
        true_if=(
            Seen(
                always_step(
                    STATE == "CLOSED", after(STATE) == "CLOSED", given=(event_is(SOCKET), DESCRIPTOR == "none")
                ),
                BY_SOCKETS,
                CALLS,
            ),
            Seen(always_step(after(STATE) == "CLOSED", given=(event_is(BIND), STATE == "CLOSED")), BY_SOCKETS, CALLS),
            Seen(
                always_step(entered("LISTEN"), given=(event_is(LISTEN_CALL), DESCRIPTOR == "bound", STATE == "CLOSED")),
                BY_SOCKETS,
                CALLS,
            ),
            Seen(
                always_step(event_is(LISTEN_CALL), DESCRIPTOR == "bound", given=(entered("LISTEN"),)), BY_SOCKETS, CALLS
            ),
        ),
        note="socket() and bind() mean nothing to TCP; listen() is its passive OPEN (RFC 9293 §3.10.1). Here listen() "
        "without bind() is refused, as POSIX allows; Linux would pick a port.",
    ),
    Claim(
        id="S4-3",
        sentence="The server has to run first, waiting in LISTEN; only then can a client connect.",
        true_if=(Not(Scripted(_CLIENT_FIRST)), Not(Seen(_NO_LISTENER, BOTH_OPEN))),
        only_if=Condition(
            "one side alone opens actively and its SYN comes early: CLOSED answers it by a RST, which refuses the "
            "connection",
            (
                Seen(
                    always_step(
                        every_sent(SENT.has(RST, ACK)), ONE_SENT, after(STATE) == "CLOSED", given=_SYN_MEETS_NOBODY
                    ),
                    PLAIN,
                ),
                Seen(
                    always_step(
                        entered("CLOSED"), given=(arrived(), STATE == "SYN-SENT", SEG.has(RST, ACK), SEG.ACK == ISS + 1)
                    ),
                    PLAIN,
                ),
                Not(Seen(_NO_LISTENER, PLAIN)),
            ),
        ),
        note="Two ends that both open actively need no server (RFC 9293 §3.5, Figure 7, MUST-10); and a SYN that is "
        "lost, or meets a silent host, is sent again until the server listens (§3.8.3).",
    ),
    Claim(
        id="S4-4",
        sentence="connect() sends a SYN with a number x; it cannot carry data but consumes one number, and the client "
        "is then in SYN-SENT.",
        true_if=(
            Seen(
                always_step(
                    ONE_SENT,
                    every_sent(all_of(SENT.has(SYN), SENT.lacks(ACK | FIN | RST), after(ISS) == SENT.SEQ)),
                    given=_CLIENT_CONNECTS,
                ),
                BY_SOCKETS,
                CALLS,
            ),
            Seen(always_step(after(SND.NXT) == after(ISS) + 1, given=_CLIENT_CONNECTS), BY_SOCKETS, CALLS),
            SYN_HAS_NO_TEXT,
        ),
        note='A SYN may carry data: "it is legal to send and receive application data on SYN segments" (RFC 9293 '
        "§3.10.7.3, fourth), as TCP Fast Open does. The rest is right (§3.10.1).",
    ),
    Claim(
        id="S4-5",
        sentence="The SYN brings the server to SYN-RCVD; if it agrees it calls accept(), which sends the SYN,ACK.",
        true_if=(
            Seen(
                always_step(entered("SYN-RECEIVED"), given=(arrived(), STATE == "LISTEN", SEG.has(SYN))),
                BY_SOCKETS,
                CALLS,
            ),
            SYN_ACK_AFTER_ACCEPT,
        ),
        note="TCP answers the SYN by itself (RFC 9293 §3.10.7.2, third); accept() returns a connection that is "
        "ESTABLISHED already (P-43). A server that waited for accept() would be variant accept-gate.",
    ),
    Claim(
        id="S4-6",
        sentence="The client's ACK has number x+1 and acknowledges y+1; it may carry data, and if it does not the next "
        "number is still x+1.",
        true_if=(
            Seen(
                always_step(
                    ONE_SENT,
                    every_sent(all_of(IS_PLAIN_ACK, ISS + 1 == SENT.SEQ, after(IRS) + 1 == SENT.ACK)),
                    after(SND.NXT) == ISS + 1,
                    given=(STATE == "SYN-SENT", entered("ESTABLISHED")),
                ),
                TALK,
            ),
            THIRD_MAY_CARRY_TEXT,
        ),
        note='"The ACK does not occupy sequence number space (if it did, we would wind up ACKing ACKs!)" (RFC 9293 '
        "§3.5, Figure 6); the run shows text that completes the handshake.",
    ),
    Claim(
        id="S4-7",
        sentence="The client's last ACK guards against an expired request: a SYN that was delayed until the connection "
        "made by its repetition is over would, with two segments, connect the server for nothing, as the client "
        "ignores the answer.",
        true_if=(*STALE_SYN, Seen(_IGNORED, LATE_SYN)),
        only_if=Condition(
            "the client's host is silent; by the RFC it answers by a RST, and the server is free again",
            (*STALE_SYN, Seen(_IGNORED, LATE_SYN, "silent-closed")),
        ),
        note='"The principal reason for the three-way handshake" (RFC 9293 §3.5). A RST answers a SYN,ACK that nobody '
        "asked for (§3.5.2, group 1); three segments leave SYN-RECEIVED until it arrives (Figure 8).",
    ),
)
