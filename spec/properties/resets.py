"""What a segment may do to a connection: P-08, P-13, P-44, P-45, and how TIME-WAIT ends (the safety half of P-31)."""

from __future__ import annotations

from spec.attackers import NOBODY
from spec.environment import ATTACK
from spec.ghosts import CRASH, HELD_INC, PINC, SEG_INC
from spec.language import BoolExpr, all_of, any_of, leq, lt, named, negated
from spec.language.beside import Part, Property, after, always, always_step, arrived, event_is, sent_count
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
IS_FORGED: BoolExpr = named("SEG was forged", SEG_INC == NOBODY)
"""An attacker sent it (spec/attackers.py)."""

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
    sentence="A forged segment changes neither the state of a synchronized connection nor what it has received or had "
    "acknowledged.",
    cite="RFC 5961 §1.2, §3 to §5",
    assumes="An attacker forges what it can form of what it knows of the victim's TCB (spec/attackers.py). "
    "Synchronized: in SYN-RECEIVED any SYN in the window returns a passive end to LISTEN (Y-1).",
    parts=(
        always_step(
            after(STATE) == STATE,
            after(RCV.NXT) == RCV.NXT,
            after(SND.UNA) == SND.UNA,
            given=(STATE.isin(SYNCHRONIZED), arrived(), IS_FORGED),
            says="it changes nothing",
        ),
        always(HELD_INC != NOBODY, given=(STATE.isin(SYNCHRONIZED),), says="its text is not held for later"),
    ),
    asked=(ATTACK,),
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
