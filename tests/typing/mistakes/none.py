"""No mistake: the row that the others spoil."""

from spec.tcp import TCP
from spec.vocabulary import ACK, IRS, ISS, LISTEN_STEPS, RCV, SEG, SYN, TcpRule, has, segment

RULE = TcpRule(
    id="X-1",
    title="A SYN in LISTEN is answered by SYN,ACK.",
    cite="RFC 9293 §3.10.7.2, third",
    on=LISTEN_STEPS.SYN,
    state=("LISTEN",),
    when=(has(SYN), SEG.SEQ != RCV.NXT),
    then=(RCV.NXT.becomes(SEG.SEQ + 1), IRS.becomes(SEG.SEQ)),
    send=segment(SEQ=ISS, ACK=RCV.NXT, CTL=SYN | ACK),
    goto="SYN-RECEIVED",
)
RELATION = TCP.add(RULE)
