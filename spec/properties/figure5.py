"""Figure 5 of RFC 9293 as data to be checked against the relation, never a source of it: P-25.

`DRAWN` are the edges that the figure draws. `NOT_DRAWN` are the edges that the full rules add, with the
reason (the figure is "only a summary and must not be taken as the total specification", §3.3.2).
"""

from __future__ import annotations

from spec.language.beside import Property

Edge = tuple[str, str]

DRAWN: tuple[Edge, ...] = (
    ("CLOSED", "LISTEN"),
    ("CLOSED", "SYN-SENT"),
    ("LISTEN", "CLOSED"),
    ("LISTEN", "SYN-RECEIVED"),
    ("LISTEN", "SYN-SENT"),
    ("SYN-SENT", "CLOSED"),
    ("SYN-SENT", "SYN-RECEIVED"),
    ("SYN-SENT", "ESTABLISHED"),
    ("SYN-RECEIVED", "LISTEN"),
    ("SYN-RECEIVED", "ESTABLISHED"),
    ("SYN-RECEIVED", "FIN-WAIT-1"),
    ("ESTABLISHED", "FIN-WAIT-1"),
    ("ESTABLISHED", "CLOSE-WAIT"),
    ("FIN-WAIT-1", "FIN-WAIT-2"),
    ("FIN-WAIT-1", "CLOSING"),
    ("FIN-WAIT-2", "TIME-WAIT"),
    ("CLOSING", "TIME-WAIT"),
    ("CLOSE-WAIT", "LAST-ACK"),
    ("LAST-ACK", "CLOSED"),
    ("TIME-WAIT", "CLOSED"),
)
"""The twenty edges of Figure 5."""

_RESET = "RST, ABORT or user timeout (note 3, §3.10.5, §3.10.7.4, §3.10.8)"
NOT_DRAWN: dict[Edge, str] = {
    ("FIN-WAIT-1", "TIME-WAIT"): "a FIN that also acknowledges ours (note 2)",
    ("SYN-RECEIVED", "CLOSE-WAIT"): "a FIN in the segment that acknowledges our SYN (A-1, then F-1)",
    ("SYN-SENT", "CLOSE-WAIT"): "a FIN in the SYN,ACK (SS-5, then F-1)",
    ("SYN-RECEIVED", "CLOSED"): _RESET,
    ("ESTABLISHED", "CLOSED"): _RESET,
    ("FIN-WAIT-1", "CLOSED"): _RESET,
    ("FIN-WAIT-2", "CLOSED"): _RESET,
    ("CLOSE-WAIT", "CLOSED"): _RESET,
    ("CLOSING", "CLOSED"): _RESET,
}

FIGURE_5 = Property(
    id="P-25",
    name="conformance with Figure 5",
    sentence="Every change of state is drawn in Figure 5 or follows from rules that the figure leaves out, "
    "and every drawn edge can be taken.",
    cite="RFC 9293 §3.3.2, Figure 5",
    graph="figure-5",
    data={"drawn": DRAWN, "not drawn": NOT_DRAWN},
)
