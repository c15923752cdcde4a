"""What else RFC 9293 leaves open: resets without RFC 5961, leaving TIME-WAIT, half-duplex close."""

from __future__ import annotations

from dataclasses import replace

from spec.freedoms.choosing import CHOICE_STEP, Freedom, chosen, known
from spec.language import BoolExpr, Relation, all_of, lt, negated
from spec.variants.readings import half_duplex_close
from spec.variants.resets import rfc1337, rst_in_window, syn_reset
from spec.variants.time_wait import BARE_SYN, BEYOND, reopen
from spec.vocabulary import ACCEPTABLE, OTHER_STEPS, RCV, RST, SEG, STATE, State, TcpRule, lacks

IN_WINDOW, SYN_RESETS, REOPENED = "RST in window", "SYN in window resets", "reopened from TIME-WAIT"
HALF_DUPLEX, IGNORED = "half-duplex close", "RST ignored in TIME-WAIT"


def _instead(rule: TcpRule, suffix: str, *when: BoolExpr) -> TcpRule:
    """Return the rule of a variant as one that is tried before all others, if it is chosen."""
    return replace(rule, id=f"{rule.id}{suffix}", on=CHOICE_STEP, when=(*when, *rule.when))


def _rst_in_window(relation: Relation[State]) -> Relation[State]:
    rules = known(rst_in_window(relation), ("R-2", "R-3", "R-4", "R-5")) if known(relation, ("R-1",)) else ()
    early = (chosen(IN_WINDOW), ACCEPTABLE, lt(RCV.NXT, SEG.SEQ))
    return relation.add(*(_instead(rule, "i", *early) for rule in rules))


def _syn_resets(relation: Relation[State]) -> Relation[State]:
    rules = known(syn_reset(relation), ("Y-3", "Y-3a")) if known(relation, ("Y-2",)) else ()
    return relation.add(*(_instead(rule, "i", chosen(SYN_RESETS), ACCEPTABLE, lacks(RST)) for rule in rules))


def _reopened(relation: Relation[State]) -> Relation[State]:
    rule = reopen(relation, BEYOND).rule("Q-0")
    return relation.add(replace(rule, on=CHOICE_STEP, when=(chosen(REOPENED), *BARE_SYN, *BEYOND)))


def _half_duplex(relation: Relation[State]) -> Relation[State]:
    reset = half_duplex_close(relation).rule("D-3")
    closed = all_of(chosen(HALF_DUPLEX), STATE.isin(reset.state))
    for rule in known(relation, ("D-1", "D-1f", "D-1b", "D-1bf", "D-1w", "D-1bw")):
        relation = relation.replace(rule.id, when=(*rule.when, negated(closed)))
    return relation.add(replace(reset, on=OTHER_STEPS.TEXT, when=(*reset.when, chosen(HALF_DUPLEX))))


def _ignored(relation: Relation[State]) -> Relation[State]:
    if not known(relation, ("R-1",)):
        return relation
    rule = rfc1337(relation).rule("R-6")
    return relation.add(_instead(rule, "i", chosen(IGNORED), ACCEPTABLE))


RESETTING: tuple[Freedom, ...] = (
    Freedom(
        IN_WINDOW,
        "Without RFC 5961 any RST in the window resets.",
        'RFC 9293 §3.10.7.4, second ("otherwise, processing for these states is indicated further below")',
        _rst_in_window,
    ),
    Freedom(
        SYN_RESETS,
        "Without RFC 5961 a SYN in the window is answered by a reset.",
        'RFC 9293 §3.10.7.4, fourth ("For implementations that do not follow RFC 5961")',
        _syn_resets,
    ),
    Freedom(
        REOPENED,
        "A SYN beyond the old connection's numbers may reopen it from TIME-WAIT.",
        "RFC 9293 §3.6.1, MAY-2",
        _reopened,
    ),
    Freedom(
        HALF_DUPLEX,
        "After CLOSE nothing more need be read: text that arrives is answered by a reset.",
        "RFC 9293 §3.6.1, MAY-1 and SHLD-3",
        _half_duplex,
    ),
    Freedom(
        IGNORED,
        "TIME-WAIT may ignore RST segments.",
        "RFC 1337 §3, (F1)",
        _ignored,
    ),
)
