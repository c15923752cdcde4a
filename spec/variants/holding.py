"""Holding what begins beyond RCV.NXT (V-26, SHLD-31): one block of text and FIN, taken when the gap is filled.

Ids H- (the block), D-1h and D-1bh (text that reaches it), F-1h to F-3h (its FIN).
"""

from __future__ import annotations

from spec.language import (
    CONTINUE,
    Relation,
    Spelling,
    Step,
    Update,
    Variable,
    all_of,
    any_of,
    bool_var,
    leq,
    lt,
    named,
    nat_var,
    negated,
    seq,
    seq_var,
    smaller,
)
from spec.segment_arrives.ack_text_fin import FIN_FOLLOWS, RECEIVING
from spec.tcp import TCP
from spec.variants.variant import Variant, variant
from spec.vocabulary import (
    NEW_OCTETS,
    OTHER_STEPS,
    PURE_ACK,
    RCV,
    RECEIVE_QUEUED,
    SEG,
    SEGMENT_ARRIVES,
    STATE,
    State,
    TcpRule,
)


class HELD(metaclass=Spelling):
    """The block that is held: its first number, its octets of text, and whether a FIN ends it."""

    SEQ = seq_var("HELD.SEQ")
    LEN = nat_var("HELD.LEN")
    FIN = bool_var("HELD.FIN")


_WHERE = "§3.10.7.4 held"
HOLD_STEP = Step(SEGMENT_ARRIVES, f"{_WHERE} (hold)", "hold what begins beyond RCV.NXT", "§3.10.7.4, first")
HELD_TEXT_STEP = Step(SEGMENT_ARRIVES, f"{_WHERE} (text)", "take the text held", "§3.10.7.4, seventh")
HELD_FIN_STEP = Step(SEGMENT_ARRIVES, f"{_WHERE} (FIN)", "take the FIN held", "§3.10.7.4, eighth")

_VARIABLES = (
    Variable(HELD.SEQ, 0, "Where the block held for later begins (§3.10.7.4 first, SHLD-31)."),
    Variable(HELD.LEN, 0, "Octets of text in the block held for later (§3.10.7.4 first, SHLD-31)."),
    Variable(HELD.FIN, False, "A FIN ends the block held for later (§3.10.7.4 first, SHLD-31)."),
)
_NAMES = tuple(variable.name for variable in _VARIABLES)
_LET_GO: tuple[Update, ...] = (HELD.SEQ.becomes(seq(0)), HELD.LEN.becomes(0), HELD.FIN.becomes(False))

_END = HELD.SEQ + HELD.LEN
HOLDING = named("a block is held", any_of(HELD.LEN > 0, HELD.FIN))
BEYOND = named("SEG begins beyond RCV.NXT and has text or FIN", all_of(lt(RCV.NXT, SEG.SEQ), SEG.LEN > 0))
REACHES = named("SEG's text reaches the block held", all_of(HOLDING, leq(HELD.SEQ, RCV.NXT + NEW_OCTETS)))
NO_GAP = named("no gap is left before the block held", all_of(HOLDING, leq(HELD.SEQ, RCV.NXT)))
FIN_HELD_NEXT = named("the FIN held is at RCV.NXT", all_of(HELD.FIN, RCV.NXT == _END))
_MAY_HOLD = STATE.isin(("SYN-RECEIVED", *RECEIVING))
_REST = _END - RCV.NXT
"""How many octets of the block follow RCV.NXT: what the segment brought itself is not taken from the block."""

HOLD_RULES: tuple[TcpRule, ...] = (
    TcpRule(
        id="H-1",
        title="A segment that begins beyond RCV.NXT is held, trimmed to the window, and answered by an ACK.",
        cite="RFC 9293 §3.10.7.4, first (SHLD-31) and seventh (MAY-13)",
        on=HOLD_STEP,
        state=RECEIVING,
        when=(BEYOND, negated(HOLDING)),
        then=(
            HELD.SEQ.becomes(SEG.SEQ),
            HELD.LEN.becomes(smaller(SEG.DATA, RCV.NXT + RCV.WND - SEG.SEQ)),
            HELD.FIN.becomes(FIN_FOLLOWS),
        ),
        send=PURE_ACK,
        note="The letter holds it whole; here its ACK field has counted at the fifth step, only text and FIN wait.",
    ),
    TcpRule(
        id="H-2",
        title="While a block is held, another segment beyond RCV.NXT is dropped and answered by an ACK.",
        cite="RFC 9293 §3.10.7.4, first (SHLD-31) and seventh (MAY-13)",
        on=HOLD_STEP,
        state=RECEIVING,
        when=(BEYOND, HOLDING),
        send=PURE_ACK,
        note="One block is modelled: what would extend it is dropped too, as if lost, and comes again.",
    ),
    TcpRule(
        id="H-3",
        title="The gap is filled: the text held is delivered to a waiting RECEIVE.",
        cite="RFC 9293 §3.10.7.4, first (SHLD-31) and seventh",
        on=HELD_TEXT_STEP,
        state=RECEIVING,
        when=(NO_GAP, lt(RCV.NXT, _END), RECEIVE_QUEUED),
        then=(RCV.NXT.becomes(_END),),
        signal="octets delivered",
        flow=CONTINUE,
        note="Where both hold text, the segment's is taken (RFC 1337 §2.2: it depends on the reassembly algorithm).",
    ),
    TcpRule(
        id="H-3b",
        title="The gap is filled: the text held is buffered until the user asks for it; the window shrinks.",
        cite="RFC 9293 §3.10.7.4, first (SHLD-31) and seventh",
        on=HELD_TEXT_STEP,
        state=RECEIVING,
        when=(NO_GAP, lt(RCV.NXT, _END), negated(RECEIVE_QUEUED)),
        then=(
            RCV.NXT.becomes(_END),
            RCV.USER.becomes(RCV.USER + _REST),
            RCV.WND.becomes(RCV.WND - _REST),
        ),
        flow=CONTINUE,
    ),
    TcpRule(
        id="H-4",
        title="Nothing of the block is left to take: it is let go, and one ACK acknowledges all text.",
        cite="RFC 9293 §3.10.7.4, first (MUST-58, MUST-59) and seventh",
        on=HELD_FIN_STEP,
        state=RECEIVING,
        when=(NO_GAP, negated(FIN_HELD_NEXT)),
        then=_LET_GO,
        send=PURE_ACK,
        note="A FIN held that the segment's text has run past is let go with it.",
    ),
)


def _filling(relation: Relation[State], rule_id: str, new_id: str, title: str) -> TcpRule:
    """Return the rule for text that reaches the block: as `rule_id`, but its ACK waits for what is held."""
    rule = relation.rule(rule_id)
    return TcpRule(
        id=new_id,
        title=title,
        cite="RFC 9293 §3.10.7.4, first (MUST-59) and seventh",
        on=OTHER_STEPS.TEXT,
        state=rule.state,
        when=(*rule.when, REACHES),
        then=rule.then,
        signal=rule.signal,
        flow=CONTINUE,
    )


def _fin_held(relation: Relation[State], rule_id: str, title: str) -> TcpRule:
    """Return the rule that takes the FIN held in the states in which `rule_id` takes one."""
    rule = relation.rule(rule_id)
    return TcpRule(
        id=f"{rule_id}h",
        title=title,
        cite=rule.cite,
        on=HELD_FIN_STEP,
        state=tuple(state for state in rule.state if state in RECEIVING),
        when=(NO_GAP, FIN_HELD_NEXT),
        then=(*rule.then, *_LET_GO),
        send=rule.send,
        goto=rule.goto,
        signal=rule.signal,
    )


def hold(relation: Relation[State]) -> Relation[State]:
    """Return the relation that holds one block beyond RCV.NXT and takes it when the gap is filled (SHLD-31)."""
    patched = relation.add(
        _filling(relation, "D-1", "D-1h", "New text that reaches the block held is delivered; its ACK waits."),
        _filling(relation, "D-1b", "D-1bh", "New text that reaches the block held is buffered; its ACK waits."),
        *HOLD_RULES,
        _fin_held(relation, "F-1", "The FIN held closes the peer's direction: CLOSE-WAIT."),
        _fin_held(relation, "F-2", "The FIN held crossed ours: CLOSING."),
        _fin_held(relation, "F-3", "The FIN held leads from FIN-WAIT-2 to TIME-WAIT."),
        variables=_VARIABLES,
        steps=(HOLD_STEP, HELD_TEXT_STEP, HELD_FIN_STEP),
        forget={"CLOSED": _NAMES, "LISTEN": _NAMES},
    )
    for rule_id in ("D-1", "D-1b"):
        patched = patched.replace(rule_id, when=(*relation.rule(rule_id).when, negated(REACHES)))
    for rule_id in ("F-1", "F-2", "F-3"):
        patched = patched.replace(rule_id, then=(*relation.rule(rule_id).then, *_LET_GO))
    dropped = negated(all_of(SEG.LEN > 0, _MAY_HOLD))
    return patched.replace("Q-4", when=(*relation.rule("Q-4").when, dropped), note="What has text or a FIN: H-1.")


VARIANTS: tuple[Variant, ...] = (
    variant(
        "hold",
        "One block of text and FIN beyond RCV.NXT is held and taken when the gap is filled.",
        "RFC 9293 §3.10.7.4, first (SHLD-31)",
        hold(TCP),
    ),
)
