"""Every chain of rules that an event may fire in a state, read off the relation: what its pictures are drawn from."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from diagrams.facts import Facts, is_member
from spec.language import Event, Message, Relation, Rule, all_of


@dataclass(frozen=True)
class Chain:
    """The rules that an event fires one after the other, at most one a step; `source` and `target` are states.

    facts   what is known of the TCB, the segment and the call by then.
    """

    event: Event
    source: str
    target: str
    rules: tuple[Rule[Any], ...]
    facts: Facts

    @property
    def ids(self) -> tuple[str, ...]:
        """The ids of the rules."""
        return tuple(rule.id for rule in self.rules)

    @property
    def sent(self) -> tuple[Message, ...]:
        """The segments sent, in order."""
        return tuple(message for rule in self.rules for message in rule.send)

    @property
    def moves(self) -> tuple[Rule[Any], ...]:
        """The rules that change the state."""
        return tuple(rule for rule in self.rules if rule.goto is not None)


def chains(relation: Relation[Any], event: Event, state: str) -> Iterator[Chain]:
    """Yield every chain that `event` may fire in `state`, in the RFC's order of rules; one that fires none is left out.

    Conditions on numbers are not worked out (diagrams/facts.py), so a chain may be one that no numbers allow.
    """
    start = Chain(event, state, state, (), _in_state(relation, Facts(), state))
    for chain in _walk(relation, start, 0):
        if chain.rules:
            yield chain


def _in_state(relation: Relation[Any], facts: Facts, state: str) -> Facts:
    variable = relation.state.variable
    key, reads = is_member(variable, state)
    bare = facts.assigned([variable])
    return Facts({**bare.known, key: True}, {**bare.reads, key: reads})


def _walk(relation: Relation[Any], chain: Chain, position: int) -> Iterator[Chain]:
    steps = relation.steps_of(chain.event)
    while position < len(steps):
        step = steps[position]
        rules = [rule for rule in relation.rules if step in rule.steps and chain.target in rule.state]
        none: Facts | None = chain.facts
        for rule in rules:
            facts = chain.facts.all_told(rule.when)
            if facts is not None:
                yield from _after(relation, replace(chain, facts=facts), rule, position)
            if none is not None:
                none = _refused(none, rule)
        if none is None:
            return
        chain, position = replace(chain, facts=none), position + 1
    yield chain


def _refused(facts: Facts, rule: Rule[Any]) -> Facts | None:
    """Return the facts when a rule does not fire; None where it must."""
    return facts.told(all_of(*rule.when), truth=False)


def _after(relation: Relation[Any], chain: Chain, rule: Rule[Any], position: int) -> Iterator[Chain]:
    facts = chain.facts.assigned([update.variable for update in rule.then])
    target = chain.target if rule.goto is None else rule.goto
    if rule.goto is not None:
        facts = _in_state(relation, facts, target)
    after = replace(chain, rules=(*chain.rules, rule), target=target, facts=facts)
    if rule.flow.word == "return":
        yield after
        return
    steps = relation.steps_of(chain.event)
    yield from _walk(relation, after, position + 1 if rule.flow.step is None else steps.index(rule.flow.step))
