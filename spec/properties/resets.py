"""What a segment may do to a connection: P-08, P-13, P-44, P-45, and how TIME-WAIT ends (the safety half of P-31)."""

from __future__ import annotations

from spec.environment import ATTACK
from spec.ghosts import CRASH, PINC, SEG_INC
from spec.language import BoolExpr, all_of, any_of, leq, lt, named, negated
from spec.language.beside import Part, Property, after, always_step, arrived, event_is, sent_count
from spec.properties.words import HAS_TCB, NO_TCB
from spec.vocabulary import ACK, ISS, RCV, RST, SEG, SND, STATE, SYN, SYNCHRONIZED, TIME_WAIT_TIMEOUT, in_window

VALID_RESET: BoolExpr = named(
    "SEG is a valid reset (§3.5.3)",
    any_of(
        all_of(STATE == "SYN-SENT", SEG.has(ACK), lt(ISS, SEG.ACK), leq(SEG.ACK, SND.NXT)),
        all_of(HAS_TCB, any_of(in_window(SEG.SEQ), all_of(RCV.WND == 0, SEG.SEQ == RCV.NXT))),
    ),
)
"""The sequence number is in the window, or the next one expected if the window is zero (MUST-66); in SYN-SENT the ACK
field acknowledges the SYN."""
FORGED_SEGMENT: BoolExpr = named("SEG was forged", SEG_INC == 0)
"""A segment of incarnation 0, of nobody. An end that has chosen no ISS yet sends resets only, and where its SYN was
taken later they are out of the window: they carry the number 0."""

EXIT_OF_TIME_WAIT: tuple[Part, ...] = (
    always_step(
        event_is(TIME_WAIT_TIMEOUT),
        given=(STATE == "TIME-WAIT", after(STATE) != "TIME-WAIT", negated(event_is(CRASH))),
        says="TIME-WAIT is left only by its timeout",
    ),
)
"""TIME-WAIT is left only by TIME-WAIT TIMEOUT (RFC 9293 §3.10.8), a crash apart: the safety half of P-31."""

FORGERY = Property(
    id="P-45",
    name="no forged segment changes a connection",
    sentence="A forged segment changes nothing in a synchronized state: neither the state nor what has been received "
    "or acknowledged.",
    cite="RFC 5961 §3.2, §4.2, §5.2",
    assumes="The attacker is off the path. SYN-RECEIVED is left out: there a SYN in the window returns to LISTEN "
    "(RFC 9293 §3.10.7.4 fourth), whoever sent it.",
    parts=(
        always_step(
            after(STATE) == STATE,
            after(RCV.NXT) == RCV.NXT,
            after(SND.UNA) == SND.UNA,
            given=(STATE.isin(SYNCHRONIZED), arrived(), FORGED_SEGMENT),
        ),
    ),
    asked=ATTACK,
)

PROPERTIES: tuple[Property, ...] = (
    Property(
        id="P-08",
        name="reset validity",
        sentence="A RST ends a connection only if it is in the window or, in SYN-SENT, acknowledges the SYN.",
        cite="RFC 9293 §3.5.3; MUST-66",
        parts=(always_step(VALID_RESET, given=(negated(NO_TCB), after(NO_TCB), arrived(), SEG.has(RST))),),
    ),
    Property(
        id="P-13",
        name="no control across incarnations",
        sentence="A segment of another incarnation than the one whose SYN was taken changes no state, unless it is a "
        "RST or a SYN: an old FIN or ACK has no effect.",
        cite="RFC 9293 §3.4.1",
        parts=(
            always_step(
                after(STATE) == STATE,
                given=(HAS_TCB, arrived(), SEG.lacks(RST | SYN), SEG_INC != PINC),
            ),
        ),
    ),
    Property(
        id="P-44",
        name="bounded work",
        sentence="A segment that arrives causes at most one segment in answer: no amplification.",
        cite="RFC 9293 §3.10.7.4 (MUST-58); RFC 5961 §10",
        parts=(always_step(sent_count() <= 1, given=(arrived(),)),),
    ),
)
