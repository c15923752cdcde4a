"""How an arriving segment is processed, as a flow chart: the RFC's checks in order, and the rules at each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from diagrams.labels import controls, sent_controls
from diagrams.pictured import Pictured
from spec.language import Relation, Rule, Step
from spec.vocabulary import SEGMENT_ARRIVES


@dataclass(frozen=True)
class Branch:
    """A rule at a check: its id and title, what it does ("snd ACK", "enter LISTEN"), and where processing goes on.

    onwards   "" when processing ends with it, "next" for the next check, else the name of a later check.
    """

    id: str
    title: str
    does: str
    onwards: str


@dataclass(frozen=True)
class Check:
    """One check: its name, title and section, and the rules considered there."""

    name: str
    title: str
    cite: str
    branches: tuple[Branch, ...]


@dataclass(frozen=True)
class Flow(Pictured):
    """Checks in order, in groups that belong to states."""

    title: str
    groups: tuple[tuple[str, tuple[Check, ...]], ...]


def segment_arrives(relation: Relation[Any], states: Sequence[str] = ()) -> Flow:
    """Return the processing of SEGMENT ARRIVES in some states (default all), grouped by states with the same checks."""
    wanted = states or relation.states
    by_checks: dict[tuple[str, ...], list[str]] = {}
    for state in relation.states:
        if state in wanted:
            by_checks.setdefault(_sections(relation, state), []).append(state)
    groups = tuple((", ".join(members), _checks(relation, members)) for members in by_checks.values())
    return Flow(f"SEGMENT ARRIVES: {relation.name}", groups)


def _steps(relation: Relation[Any], states: Sequence[str]) -> list[Step]:
    return [
        step
        for step in relation.steps_of(SEGMENT_ARRIVES)
        if any(step in rule.steps and set(rule.state) & set(states) for rule in relation.rules)
    ]


def _sections(relation: Relation[Any], state: str) -> tuple[str, ...]:
    """Return the sections of the RFC that the checks of a state stand in: what states are grouped by."""
    return tuple(dict.fromkeys(step.cite.partition(",")[0] for step in _steps(relation, [state])))[:1]


def _checks(relation: Relation[Any], states: Sequence[str]) -> tuple[Check, ...]:
    found = []
    for step in _steps(relation, states):
        rules = [rule for rule in relation.rules if step in rule.steps and set(rule.state) & set(states)]
        branches = tuple(_branch(relation, rule, step) for rule in rules)
        found.append(Check(step.name, step.title, f"RFC 9293 {step.cite}", branches))
    return tuple(found)


def _branch(relation: Relation[Any], rule: Rule[Any], step: Step) -> Branch:
    does = [f"snd {controls(sent_controls(message), relation)}" for message in rule.send]
    does += [f"enter {rule.goto}"] if rule.goto is not None else []
    last = relation.steps_of(step.event)[-1] == step
    onwards = {"return": "", "continue": "" if last else "next"}.get(rule.flow.word, str(rule.flow.step))
    return Branch(rule.id, rule.title, ", ".join(does), onwards)
