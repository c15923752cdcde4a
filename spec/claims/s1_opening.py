"""The claims of tutorial 1 about the states from CLOSED to ESTABLISHED, and about handshakes of two and four."""

from __future__ import annotations

from spec.claims.claim import Claim, Condition, Edges, Into, Not, Seen
from spec.claims.s0_opening import (
    LISTENER_ANSWERS,
    SYN_ACK_COUNTS_ONE,
    SYN_COUNTS_ONE,
    SYN_HAS_NO_TEXT,
    THIRD_MAY_CARRY_TEXT,
)
from spec.claims.s0_words import BOTH_ESTABLISHED, GHOST, entered
from spec.claims.worlds import BOTH_OPEN, GIVEN_UP, HUNG_UP, LISTENING, LOSSY, PLAIN, TALK, TWICE
from spec.ghosts import CONNECTED, ENDED, HIST, INC, PINC, SENT
from spec.language import all_of, lt, negated
from spec.language.beside import (
    after,
    always,
    always_step,
    arrived,
    event_is,
    in_flight,
    sent_count,
    some_sent,
    sometimes,
    sometimes_step,
)
from spec.properties.words import PEER_GONE, PEER_TOOK_OUR_SYN, PEER_WAS_CONNECTED
from spec.vocabulary import (
    ACK,
    ACTIVE,
    ISS,
    NO_CONNECTION,
    OPEN,
    ORIGIN,
    R2_REACHED,
    RETRANSMISSION_TIMEOUT,
    RST,
    SEG,
    SND,
    STATE,
    STATES,
    SYN,
)

_ENDS_BY_TIMEOUT_OR_CLOSE = always(
    ENDED.isin(("close", "ack", "time-wait timeout", "user timeout")),
    given=(STATE.isin(NO_CONNECTION), ENDED != "not yet"),
)
_FROM_CLOSED = Edges(
    there=(("CLOSED", "LISTEN"), ("CLOSED", "SYN-SENT")),
    never=tuple(("CLOSED", state) for state in STATES[3:]),
)
_HANDSHAKE_DONE = always(lt(ISS, SND.UNA), PEER_TOOK_OUR_SYN, given=(STATE == "ESTABLISHED",))
_STALE_SYN_CONNECTS = Seen(sometimes(GHOST), TWICE, "two-way")
_NOT_IN_THREE_WAY = Seen(always(PEER_WAS_CONNECTED, given=(CONNECTED, ORIGIN == "passive", PEER_GONE)), TWICE)

CLAIMS: tuple[Claim, ...] = (
    Claim(
        id="S1-1",
        sentence="CLOSED is where a connection starts; it is entered when a timeout strikes or the connection is "
        "closed.",
        true_if=(_FROM_CLOSED, Seen(_ENDS_BY_TIMEOUT_OR_CLOSE, HUNG_UP)),
        only_if=Condition(
            "nobody aborts and no RST arrives",
            (_FROM_CLOSED, Seen(_ENDS_BY_TIMEOUT_OR_CLOSE, LISTENING)),
        ),
        note="ABORT leads there from every state, a RST from most (RFC 9293 §3.10.5, §3.10.7.4, second; Figure 5, note "
        '3). CLOSED is "fictional": that there is no TCB (§3.3.2).',
    ),
    Claim(
        id="S1-2",
        sentence="A server is in LISTEN after socket(), bind() and listen().",
        true_if=(
            Seen(
                always_step(after(STATE) == "LISTEN", given=(event_is(OPEN), negated(ACTIVE), STATE == "CLOSED")), TALK
            ),
            Seen(
                always_step(event_is(OPEN), negated(ACTIVE), given=(STATE == "CLOSED", after(STATE) == "LISTEN")), TALK
            ),
        ),
        note="listen() is the passive OPEN of RFC 9293 §3.10.1; socket() and bind() do not concern TCP's states.",
    ),
    Claim(
        id="S1-3",
        sentence="SYN-SENT is entered by sending a SYN; if the server cannot be reached, it leads directly to CLOSED.",
        true_if=(
            Edges(there=(("CLOSED", "SYN-SENT"), ("SYN-SENT", "CLOSED"))),
            Seen(always_step(some_sent(SENT.has(SYN)), given=(entered("SYN-SENT"),)), GIVEN_UP),
            Seen(
                always_step(after(STATE) == "CLOSED", given=(STATE == "SYN-SENT", event_is(RETRANSMISSION_TIMEOUT))),
                GIVEN_UP,
            ),
        ),
        only_if=Condition(
            "a RST answers the SYN, or the SYN has been sent again up to R2",
            (
                Edges(there=(("CLOSED", "SYN-SENT"), ("SYN-SENT", "CLOSED"))),
                Seen(always_step(some_sent(SENT.has(SYN)), given=(entered("SYN-SENT"),)), GIVEN_UP),
                Seen(
                    always_step(
                        after(STATE) == "CLOSED",
                        given=(STATE == "SYN-SENT", arrived(), SEG.has(RST | ACK), SEG.ACK == ISS + 1),
                    ),
                    GIVEN_UP,
                ),
                Seen(
                    always_step(after(STATE) == "CLOSED", given=(STATE == "SYN-SENT", event_is(R2_REACHED))), GIVEN_UP
                ),
            ),
        ),
        note="Without an answer the SYN is sent again, for at least 3 minutes (RFC 9293 §3.8.3, MUST-23).",
    ),
    Claim(
        id="S1-4",
        sentence="In LISTEN a server answers a SYN by an ACK and a SYN of its own and is in SYN-RCVD, which is also "
        "entered from SYN-SENT, in a simultaneous open.",
        true_if=(
            Seen(
                always_step(
                    some_sent(all_of(SENT.has(ACK), SENT.ACK == SEG.SEQ + 1)),
                    some_sent(all_of(SENT.has(SYN), after(ISS) == SENT.SEQ)),
                    after(STATE) == "SYN-RECEIVED",
                    given=LISTENER_ANSWERS,
                ),
                TALK,
            ),
            Into("SYN-RECEIVED", ("LISTEN", "SYN-SENT")),
            Seen(sometimes_step(entered("SYN-RECEIVED"), STATE == "SYN-SENT"), BOTH_OPEN),
        ),
        note="ACK and SYN are one segment (RFC 9293 §3.10.7.2, third); in two they make another handshake, S1-16.",
    ),
    Claim(
        id="S1-5",
        sentence="An end is ESTABLISHED when the three-way handshake has succeeded.",
        true_if=(Seen(_HANDSHAKE_DONE, TALK), Seen(_HANDSHAKE_DONE, BOTH_OPEN), Seen(_HANDSHAKE_DONE, TWICE)),
        note="Its SYN is acknowledged and the peer's is taken (RFC 9293 §3.4.1); the procedure \"also works if two TCP "
        'peers simultaneously initiate" it (§3.5), in more segments.',
    ),
    Claim(
        id="S1-14",
        sentence="In the three-way handshake a SYN cannot carry data but consumes a sequence number, as does the "
        "SYN,ACK; the third message, an ACK, may carry data.",
        true_if=(SYN_HAS_NO_TEXT, SYN_COUNTS_ONE, SYN_ACK_COUNTS_ONE, THIRD_MAY_CARRY_TEXT),
        note="The first part is wrong, the others are right: text on a SYN is legal (RFC 9293 §3.10.7.3, fourth) and "
        "sent by TCP Fast Open.",
    ),
    Claim(
        id="S1-15",
        sentence="With two messages a stale SYN would make the server ESTABLISHED and leave it waiting in vain, since "
        "a client that is not in SYN-SENT ignores the answer; three messages prevent it.",
        true_if=(
            _STALE_SYN_CONNECTS,
            _NOT_IN_THREE_WAY,
            Seen(
                always_step(
                    sent_count() == 0,
                    given=(arrived(), STATE.isin(("CLOSED", "LISTEN")), SEG.has(SYN, ACK)),
                ),
                TWICE,
                "two-way",
            ),
            Not(
                Seen(sometimes(ENDED == "rst", HIST.has(INC, PINC), negated(PEER_WAS_CONNECTED)), TWICE, "two-way"),
            ),
        ),
        only_if=Condition(
            "the RST with which the client answers is lost, or the client is silent",
            (
                _STALE_SYN_CONNECTS,
                _NOT_IN_THREE_WAY,
                Seen(
                    sometimes(GHOST, SND.UNA == SND.NXT, SND.QUEUED == 0, negated(in_flight(all_of()))),
                    LOSSY,
                    "two-way",
                ),
            ),
        ),
        note="A client in CLOSED answers by a RST (RFC 9293 §3.10.7.1), which frees even a two-way server. Three "
        "messages prevent it if the server's ISN is fresh (P-01; §3.4.1).",
    ),
    Claim(
        id="S1-16",
        sentence="A handshake of four messages, with the server's ACK and SYN sent separately, has the same effect as "
        "the three-way handshake.",
        true_if=(
            Not(Seen(sometimes_step(entered("SYN-RECEIVED"), STATE == "SYN-SENT"), PLAIN, "four-way-split")),
            Seen(sometimes(BOTH_ESTABLISHED), PLAIN, "four-way-split"),
        ),
        note="A bare ACK is dropped in SYN-SENT, a bare SYN leads to SYN-RECEIVED (RFC 9293 §3.10.7.3, fourth and "
        "fifth), and nothing acknowledges the server's SYN until it is sent again. §3.4.1 counts four steps, not four "
        "segments; an ACK and then a SYN,ACK would do.",
    ),
)
