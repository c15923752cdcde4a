"""Output: what an endpoint later does with what a user call has queued, ids O- (RFC 9293 §3.10.2, §3.10.4).

The RFC says "queue ... for transmission"; when it is sent is up to the endpoint, so SEGMENTIZE may happen at
any moment while something is queued.
"""

from __future__ import annotations

from spec.language import all_of, before, negated
from spec.vocabulary import ACK, CLOSE_QUEUED, RCV, SEGMENTIZE, SEND_FIN, SND, STATE, TcpRule, segment

CLOSE_AFTER_SYN_RECEIVED = all_of(STATE == "ESTABLISHED", CLOSE_QUEUED)
"""A CLOSE queued in SYN-RECEIVED waits for its processing in ESTABLISHED: O-3."""

RULES: tuple[TcpRule, ...] = (
    TcpRule(
        id="O-1",
        title="Queued data is segmentized and sent.",
        cite="RFC 9293 §3.10.2, SYN-SENT and SYN-RECEIVED; §3.10.4",
        on=SEGMENTIZE,
        state=("ESTABLISHED", "CLOSE-WAIT", "FIN-WAIT-1", "CLOSING"),
        when=(SND.QUEUED > 0, negated(CLOSE_AFTER_SYN_RECEIVED)),
        then=(SND.NXT.becomes(SND.NXT + SND.QUEUED), SND.QUEUED.becomes(0)),
        send=segment(SEQ=before(SND.NXT), ACK=RCV.NXT, CTL=ACK, DATA=before(SND.QUEUED)),
    ),
    TcpRule(
        id="O-2",
        title="The FIN that a CLOSE has queued is sent.",
        cite="RFC 9293 §3.10.4, ESTABLISHED",
        on=SEGMENTIZE,
        state=("FIN-WAIT-1", "CLOSING"),
        when=(SND.QUEUED == 0, CLOSE_QUEUED),
        then=(SND.NXT.becomes(SND.NXT + 1), CLOSE_QUEUED.becomes(False)),
        send=SEND_FIN,
    ),
    TcpRule(
        id="O-3",
        title="A CLOSE queued in SYN-RECEIVED is processed: FIN-WAIT-1 at once; the FIN follows what is queued.",
        cite='RFC 9293 §3.10.4, SYN-RECEIVED and ESTABLISHED ("In any case, enter FIN-WAIT-1 state")',
        on=SEGMENTIZE,
        state=("ESTABLISHED",),
        when=(CLOSE_QUEUED,),
        goto="FIN-WAIT-1",
    ),
    TcpRule(
        id="O-4",
        title="The FIN that a CLOSE in CLOSE-WAIT has queued is sent.",
        cite="RFC 9293 §3.10.4, CLOSE-WAIT",
        on=SEGMENTIZE,
        state=("CLOSE-WAIT",),
        when=(SND.QUEUED == 0, CLOSE_QUEUED),
        then=(SND.NXT.becomes(SND.NXT + 1), CLOSE_QUEUED.becomes(False)),
        send=SEND_FIN,
        goto="LAST-ACK",
    ),
)
