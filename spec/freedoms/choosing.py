"""How an implementation's choice reaches a rule: a field of the event, CHOICE, which a freedom's rules ask for.

What RFC 9293 leaves to an implementation, and what named implementations do against it, are patches on the relation
whose rules fire only if the event comes with their name. Whoever looks for a run tries the names that it allows.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from spec.language import CALL, NAT, SEQ, BoolExpr, Event, Relation, Step, enum, enum_var, nat_var, negated, seq_var
from spec.vocabulary import CALL_FIELDS, SEGMENT_ARRIVES, State, TcpRule

LETTER = "the letter"
FREEDOMS: tuple[str, ...] = (
    "ACK waits", "ACK of SYN,ACK waits", "ACK withheld", "ACK out of order", "ACK kept", "text of SYN taken",
    "part sent again", "FIN sent again", "RST with ACK", "RST in window", "SYN in window resets",
    "reopened from TIME-WAIT", "half-duplex close", "TIME-WAIT acknowledges", "SYN,ACK establishes",
    "RST ignored in TIME-WAIT", "goes on after a bad ACK", "old ACK challenged",
)  # fmt: skip
"""What RFC 9293 grants beside the letter of §3.10, by name; freedoms that need no choice are not listed."""
TOLERANCES: tuple[str, ...] = (
    "FW2_ORPHAN_MINISOCK", "SYNRCVD_ACK_BEFORE_SEQ", "NO_ACK_BIT_NO_REPLY", "OLD_ACK_CHALLENGED",
    "TW_ACK_NOT_VALIDATED_OR_DATA_REACKED", "ORPHAN_DATA_RST", "RST_NXT_MINUS_1_AFTER_FIN", "OWED_ACK",
    "SIMOPEN_ACK_EQ_ISS", "SYNRCVD_INWINDOW_SYN_RESET", "TW_INEXACT_RST_SILENT", "LEFT_EDGE_LAX", "RIGHT_EDGE_STRICT",
    "FIN_AFTER_FIN_NOT_ACKED", "DATA_AFTER_FIN_RST", "TW_SYN_REUSE", "SYNRCVD_DUP_SYN_REANSWERED",
    "TW_KILLED_BY_SYN_FIN", "LISTEN_SYN_FIN_DROPPED", "TFO_STATE_OVERLAP", "SYNACK_TEXT_AND_FIN_IGNORED",
    "FIN_WAIT_2_TIMEOUT", "ACCEPT_QUEUE_FULL", "CHALLENGE_RATE_LIMIT",
)  # fmt: skip
"""What named implementations do against RFC 9293: spec/tolerances."""

CHOICE = enum_var("CHOICE", enum("choice", LETTER, *FREEDOMS, *TOLERANCES), CALL)
"""Which freedom or tolerance an implementation makes use of in this event."""
FROM = seq_var("FROM", CALL)
"""The first sequence number of what is sent again."""
ANNOUNCED = nat_var("ANNOUNCED", CALL)
"""The window that the receiver chooses to announce."""
CONFORM_CALL_FIELDS = {**CALL_FIELDS, "FROM": SEQ, "ANNOUNCED": NAT, "CHOICE": CHOICE.sort}

CHOICE_STEP = Step(SEGMENT_ARRIVES, "§3.10.7 choice", "what an implementation does instead", "§3.10.7")
"""Before all other steps of SEGMENT ARRIVES."""


@dataclass(frozen=True, eq=False)
class Freedom:
    """What an implementation may do beside the letter: a name, a sentence, its source, and the patch that allows it.

    `name` is the CHOICE that its rules ask for, if they ask for one.
    """

    name: str
    sentence: str
    cite: str
    patch: Callable[[Relation[State]], Relation[State]]


def chosen(name: str) -> BoolExpr:
    """Return the condition that an implementation makes use of this freedom or tolerance."""
    return CHOICE.isin((name,))


def own_step(name: str, kind: str, cite: str) -> Step:
    """Return the one step of an event of the endpoint's own."""
    event = Event(name, kind, cite)
    return Step(event, name, name, cite)


def with_first_step(relation: Relation[State]) -> Relation[State]:
    """Return the relation whose SEGMENT ARRIVES begins with the step for choices."""
    return Relation(
        relation.name, relation.title, relation.variables, relation.message, (CHOICE_STEP, *relation.steps),
        relation.rules, relation.forget,
    )  # fmt: skip


def known(relation: Relation[State], rules: tuple[str, ...]) -> tuple[TcpRule, ...]:
    """Return the rules of these ids that the relation has: RFC 793's lacks some."""
    return tuple(rule for rule in relation.rules if rule.id in rules)


def unless(relation: Relation[State], name: str, *rules: str) -> Relation[State]:
    """Return the relation in which these rules do not fire if the choice is made."""
    for rule in known(relation, rules):
        relation = relation.replace(rule.id, when=(*rule.when, negated(chosen(name))))
    return relation


def added(*rules: TcpRule) -> Callable[[Relation[State]], Relation[State]]:
    """Return the patch that adds rules and changes none."""
    return lambda relation: relation.add(*rules)
