"""RFC 9293's connection lifecycle, assembled: the one relation that every reader reads."""

from __future__ import annotations

from spec import output, segment_arrives, timeouts, user_calls
from spec.language import Relation, rules_of
from spec.vocabulary import BACK_TO_LISTEN, DELETE_TCB, MESSAGE, STEPS, TCB_VARIABLES, State

TCP: Relation[State] = Relation(
    name="three-way",
    title="RFC 9293 with RFC 5961's checks and the default readings: the three-way handshake.",
    variables=TCB_VARIABLES,
    message=MESSAGE,
    steps=STEPS,
    rules=rules_of(user_calls.RULES, output.RULES, segment_arrives.RULES, timeouts.RULES),
    forget={"CLOSED": DELETE_TCB, "LISTEN": BACK_TO_LISTEN},
)
