"""P-38, equivalences: which variants are the same to their users, and which are not, as a list of questions.

Two systems are the same to their users if they have the same traces of calls and signals (spec/observed.py). What is
expected was computed first and then understood; each sentence says why it is so.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from spec.environment import ENDS, Faults, IsnPolicy, User, World, abort, active_open, close, passive_open, send
from spec.language.beside import Property
from spec.network import FIFO, Network
from spec.scenarios import REOPEN, SIMULTANEOUS, TUTORIAL_WORLD
from spec.time_wait import TimeWait

EQUAL, LESS, MORE, DIFFERENT = "equal", "less", "more", "different"
"""What the variant's traces are to the other's: the same; fewer; more; neither has all of the other's."""
_SIGNS = {EQUAL: "=", LESS: "<", MORE: ">", DIFFERENT: "/="}

TEXTBOOK = replace(TUTORIAL_WORLD, network=Network(FIFO, 8))
_CONNECTED = ("ESTABLISHED", "CLOSE-WAIT")
ANY_ORDER = World(
    "any-order",
    "One connection with text one way; segments are reordered.",
    (User((active_open(), send(1), close())), User((passive_open(), close()))),
    Network(capacity=8),
)
OVERTAKEN = replace(
    ANY_ORDER,
    name="overtaken",
    title="The client's user aborts; segments are lost and reordered, so that a RST may overtake text.",
    users=(User((active_open(), send(1), abort())), User((passive_open(), close()))),
    faults=Faults(losses=1),
)
PATIENT_SERVER = replace(
    ANY_ORDER,
    name="patient-server",
    title="The server's user closes only a connection that it was told of; segments are reordered.",
    users=(User((active_open(), close())), User((passive_open(), close(states=_CONNECTED)))),
)
PATIENT = replace(
    TEXTBOOK,
    name="patient",
    title="Both users close only a connection that they were told of; segments arrive in order.",
    users=(
        User((active_open(), send(1), close(states=_CONNECTED))),
        User((passive_open(), send(1), close(states=_CONNECTED))),
    ),
)
BOTH_OPEN = replace(
    SIMULTANEOUS,
    title="Both users open actively; segments are reordered.",
    network=Network(capacity=8),
    faults=Faults(),
)
OPEN_AGAIN = replace(
    REOPEN,
    name="open-again",
    title="The client opens twice, the listener persists; segments are reordered.",
    users=(User((active_open(2), close(2))), User((close(),), listens=True)),
    network=Network(capacity=6),
    faults=Faults(),
)
CREEPING = replace(
    OPEN_AGAIN.with_isn(IsnPolicy("clock", 1)), name="open-again-slowly", title="As open-again, with a slow ISN."
)
REPEATING = replace(
    OPEN_AGAIN.with_isn(IsnPolicy("const")), name="open-again-const", title="As open-again, with a constant ISN."
)
TIMED = replace(
    OPEN_AGAIN,
    name="open-again-timed",
    title="As open-again, with a clock: TIME-WAIT lasts two MSL.",
    network=Network(capacity=6, lifetime=2),
    time_wait=TimeWait(2),
)
TIMED_REPEATING = replace(
    TIMED.with_isn(IsnPolicy("const")),
    name="open-again-timed-const",
    title="As open-again-timed, with a constant ISN.",
)


@dataclass(frozen=True)
class Question:
    """Are the traces of `variant` in `world` those of `other`? `expected` is the answer, `sentence` says why.

    watched   the ends whose users look on.
    swapped   the variant's world has its ends swapped, and its traces their names.
    """

    variant: str
    world: World
    expected: str
    sentence: str
    other: str = "three-way"
    watched: tuple[int, ...] = (0, 1)
    swapped: bool = False

    def __str__(self) -> str:
        seen = "" if len(self.watched) == 2 else f", seen from {' and '.join(ENDS[end] for end in self.watched)}"
        ends = " with the ends swapped" if self.swapped else ""
        return f"{self.variant}{ends} {_SIGNS[self.expected]} {self.other} in {self.world.name}{seen}"


_MERGED = "A FIN,ACK in one segment tells the user what an ACK and then a FIN would: first ok, then connection closing."
_UNUSED = "What the separate ACK says, the SYN,ACK says again; a bare ACK in SYN-SENT is dropped (SS-7)."
_NO_SYN = "Between conformant ends with fresh ISNs no SYN, old or new, falls into the window of a synchronized end."
_CORRECTIONS = "Of what was corrected since RFC 793 the users of one connection without faults see nothing."

HANDSHAKES: tuple[Question, ...] = (
    Question("four-way-ack-then-synack", TEXTBOOK, EQUAL, _UNUSED),
    Question("four-way-ack-then-synack", ANY_ORDER, EQUAL, _UNUSED),
    Question(
        "four-way-split",
        TEXTBOOK,
        DIFFERENT,
        "The bare SYN leads the client to SYN-RECEIVED, where a CLOSE sends a FIN; and in order, until the client "
        "sends something, nothing acknowledges the server's SYN: its user is not told that the connection is "
        "established.",
    ),
    Question(
        "four-way-split",
        ANY_ORDER,
        MORE,
        "Overtaken by the SYN, the ACK is not acceptable any more, and the answer to it acknowledges the server's SYN: "
        "all that three-way shows can happen, and a CLOSE in the client's SYN-RECEIVED besides.",
    ),
    Question(
        "two-way",
        TEXTBOOK,
        DIFFERENT,
        "The server is told first, in three-way the client; and no user of a two-way server can CLOSE before the "
        "connection is established.",
    ),
    Question(
        "two-way",
        PATIENT_SERVER,
        EQUAL,
        "The client alone cannot tell: its SYN is answered by the same segment.",
        watched=(0,),
    ),
    Question(
        "two-way",
        PATIENT_SERVER,
        MORE,
        "The server alone can: it meets a ghost, a connection that is established and then reset though no user "
        "aborts.",
        watched=(1,),
    ),
    Question(
        "two-way-strict",
        PATIENT_SERVER,
        MORE,
        "As two-way: that the client acknowledges the SYN,ACK does not help a server that does not wait for it.",
        watched=(1,),
    ),
    Question(
        "simopen-ack",
        BOTH_OPEN,
        EQUAL,
        "Figure 6 of RFC 793 was called an error for its ACK, but the users see what they see with SYN,ACK, in fewer "
        "segments.",
    ),
    Question(
        "bsd-resync",
        TEXTBOOK,
        LESS,
        "A server's user that SENDs in LISTEN can make the open simultaneous; the SYN,ACKs then answer each other for "
        "ever and nobody is told that the connection is established.",
    ),
    Question(
        "three-way",
        TEXTBOOK,
        EQUAL,
        "Nothing in the relation knows which end is A.",
        swapped=True,
    ),
    Question(
        "three-way",
        BOTH_OPEN,
        EQUAL,
        "In a simultaneous open both ends are in the same place: only their names and numbers differ.",
        swapped=True,
    ),
)
CLOSING: tuple[Question, ...] = (
    Question("merge-fin", TEXTBOOK, EQUAL, _MERGED),
    Question("merge-fin", ANY_ORDER, EQUAL, _MERGED),
    Question(
        "queue-close",
        TEXTBOOK,
        DIFFERENT,
        "After a CLOSE in SYN-RECEIVED the user is still told that the connection is established; at once in "
        "FIN-WAIT-1, it never is, but can be told of a reset that SYN-RECEIVED takes in silence.",
    ),
    Question(
        "queue-close",
        PATIENT,
        EQUAL,
        "Users that close only what they were told of never CLOSE in SYN-RECEIVED.",
    ),
    Question(
        "half-duplex-close",
        TEXTBOOK,
        DIFFERENT,
        "Text that arrives after the CLOSE is delivered in the one, and is a reset for both users in the other.",
    ),
    Question("half-duplex-close", OPEN_AGAIN, EQUAL, "Without text nothing can come after a CLOSE but a FIN."),
    Question(
        "close-wait-close-793",
        ANY_ORDER,
        EQUAL,
        "CLOSING instead of LAST-ACK ends in TIME-WAIT instead of CLOSED: a slip of the pen that no user sees, as "
        "TIME-WAIT may end at any moment.",
    ),
    Question(
        "fin-in-ack4",
        ANY_ORDER,
        MORE,
        "The FIN in the last ACK is a second one, and an end in CLOSING takes it on its way to TIME-WAIT: its user is "
        "told of the close twice.",
    ),
)
RESETS: tuple[Question, ...] = (
    Question("rst-in-window", TEXTBOOK, EQUAL, "In order a RST arrives at RCV.NXT, where either believes it."),
    Question(
        "rst-in-window",
        OVERTAKEN,
        EQUAL,
        "A RST that overtakes text is believed at once, or after a challenge ACK, which the end that is CLOSED answers "
        "by a RST at RCV.NXT. Lost, it leaves the other end waiting; but waiting leaves no trace.",
    ),
    Question(
        "rst-in-window",
        REPEATING,
        MORE,
        "With a constant ISN a RST that answers a segment of the first connection falls into the window of the second "
        "and resets it.",
    ),
    Question("syn-reset", TEXTBOOK, EQUAL, _NO_SYN),
    Question("syn-reset", OVERTAKEN, EQUAL, _NO_SYN),
    Question("syn-reset", OPEN_AGAIN, EQUAL, _NO_SYN),
    Question(
        "syn-reset",
        CREEPING,
        MORE,
        "With a slow ISN the SYN of the next connection falls into the window of the old one and resets it, and the "
        "RST that answers it refuses the new one.",
    ),
    Question("rfc1337", ANY_ORDER, EQUAL, "A RST takes nothing from TIME-WAIT that its timer might not take first."),
    Question(
        "rfc1337",
        TIMED,
        EQUAL,
        "With a clock a RST does cut TIME-WAIT short; but with fresh ISNs no old segment then does what these users "
        "would see.",
    ),
    Question(
        "rfc1337",
        TIMED_REPEATING,
        LESS,
        "With a constant ISN they do see it: TIME-WAIT assassinated, the server listens again while an old ACK is in "
        "flight, and that ACK establishes the next connection.",
    ),
)

PROFILES: tuple[Question, ...] = (
    Question("rfc1122", ANY_ORDER, EQUAL, _CORRECTIONS),
    Question("rfc793", ANY_ORDER, EQUAL, _CORRECTIONS),
)

EQUIVALENCE = Property(
    id="P-38",
    name="equivalences",
    sentence="Which variants are the same to their users: they have the same traces of calls and signals.",
    cite="RFC 9293 §3.9.1; van Glabbeek, The linear time - branching time spectrum II (1993)",
    assumes="What may be seen is compared, not what must: a run that stops or goes on in silence leaves no trace.",
    graph="equivalence",
    asked=(),
    data={"questions": (*HANDSHAKES, *CLOSING, *RESETS, *PROFILES)},
)
