"""A relation: variables, the shape of its messages, events with their steps, and rules; patched, never copied.

It maps (TCB, event) to (TCB', segments sent, signals) and knows nothing of networks, budgets or ghosts.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Generic

from spec.language.errors import SpecError, nearest
from spec.language.expressions import Expr
from spec.language.rules import Event, Message, Rule, S, Step
from spec.language.sorts import Sort
from spec.language.variables import name_of


@dataclass(frozen=True, eq=False)
class Variable:
    """A declared variable and its initial value. `meaning` is one sentence, with its source."""

    variable: Expr
    initial: Any
    meaning: str

    @property
    def name(self) -> str:
        """The RFC's spelling."""
        return name_of(self.variable)

    @property
    def sort(self) -> Sort:
        """What it can hold."""
        return self.variable.sort


@dataclass(frozen=True)
class Change:
    """One line of a diff: rule `id`, the field that differs ("" when the rule was added or removed), both texts."""

    id: str
    field: str
    old: str
    new: str


_CHECKED: dict[tuple[int, ...], tuple[object, ...]] = {}
"""Rules known to fit variables, steps and fields: all by identity, and kept, so that no identity is used again."""


@dataclass(frozen=True, eq=False)
class Relation(Generic[S]):
    """A named transition relation.

    variables   what an endpoint remembers, in a fixed order; the first is the state.
    message     the fields of a message: name -> sort, in wire order.
    steps       all steps in the order they are taken, event by event.
    forget      state -> names of the variables that return to their initial values on entering it
                (after the segments of that step are formed): "delete the TCB".
    """

    name: str
    title: str
    variables: tuple[Variable, ...]
    message: Mapping[str, Sort]
    steps: tuple[Step, ...]
    rules: tuple[Rule[S], ...]
    forget: Mapping[str, tuple[str, ...]]

    def __post_init__(self) -> None:
        seen: dict[str, Rule[S]] = {}
        for rule in self.rules:
            if rule.id in seen:
                raise SpecError(f"rule id {rule.id} is used twice ({seen[rule.id].where} and {rule.where}).")
            seen[rule.id] = rule
            place = (id(rule), id(self.variables), id(self.steps), id(self.message))
            if place not in _CHECKED:  # a variant shares most of its rules with the relation that it patches
                self._check_places(rule)
                self._check_names(rule)
                _CHECKED[place] = (rule, self.variables, self.steps, self.message)
        for state, names in self.forget.items():
            self._known("forget=", state, self.states, str(self.state.sort))
            for name in names:
                self._known(f"forget= {state}", name, [v.name for v in self.variables], "declared variable")

    def _known(self, where: str, word: str, words: Iterable[str], kind: str) -> None:
        if word not in words:
            raise SpecError(f"{where}: {word!r} is not a {kind}.{nearest(word, words)}")

    def _check_places(self, rule: Rule[S]) -> None:
        where = f"rule {rule.id} ({rule.where})"
        for state in (*rule.state, *(() if rule.goto is None else (rule.goto,))):
            self._known(where, state, self.states, str(self.state.sort))
        for step in rule.steps:
            if step not in self.steps:
                raise SpecError(f"{where}: step {step} is not one of {self.name}'s steps.")
            if rule.flow.step is not None and rule.flow.step not in self._after(step):
                raise SpecError(
                    f"{where}: continue_at({rule.flow.step}) must name a step of {step.event} after {step}."
                )

    def _after(self, step: Step) -> tuple[Step, ...]:
        steps = self.steps_of(step.event)
        return steps[steps.index(step) + 1 :]

    def _check_names(self, rule: Rule[S]) -> None:
        where = f"rule {rule.id} ({rule.where})"
        known = {"TCB": [variable.name for variable in self.variables], "SEG": list(self.message)}
        for update in rule.then:
            self._known(f"{where} assigns", name_of(update.variable), known["TCB"], "declared variable")
            if name_of(update.variable) == self.state.name:
                raise SpecError(f"{where} assigns {self.state.name}: write goto= instead.")
        for message in rule.send:
            if tuple(message.fields) != tuple(self.message):
                raise SpecError(f"{where} sends {list(message.fields)}, a segment has {list(self.message)}.")
        for owner, name in sorted(rule.reads):
            if owner in known:
                kind = "declared variable" if owner == "TCB" else "field of a segment"
                self._known(f"{where} reads {owner}", name, known[owner], kind)

    @property
    def state(self) -> Variable:
        """The variable that holds the state."""
        return self.variables[0]

    @property
    def states(self) -> tuple[str, ...]:
        """All states, in the RFC's order."""
        return self.state.sort.members

    @property
    def events(self) -> tuple[Event, ...]:
        """All events, in the order of their first steps."""
        return tuple(dict.fromkeys(step.event for step in self.steps))

    def steps_of(self, event: Event) -> tuple[Step, ...]:
        """Return the steps of one event, in order."""
        return tuple(step for step in self.steps if step.event == event)

    def event(self, name: str) -> Event:
        """Return the event of this name; raise SpecError with the nearest name when there is none."""
        for event in self.events:
            if event.name == name:
                return event
        raise SpecError(f"{name!r} is not an event.{nearest(name, [e.name for e in self.events])}")

    def rule(self, rule_id: str) -> Rule[S]:
        """Return the rule of this id; raise SpecError with the nearest id when there is none."""
        for rule in self.rules:
            if rule.id == rule_id:
                return rule
        raise SpecError(f"{self.name} has no rule {rule_id!r}.{nearest(rule_id, [r.id for r in self.rules])}")

    def named(self, name: str, title: str) -> Relation[S]:
        """Return this relation under another name: the start of a variant."""
        return replace(self, name=name, title=title)

    def replace(self, rule_id: str, **changes: Any) -> Relation[S]:
        """Return the relation with fields of one rule changed."""
        old = self.rule(rule_id)
        if "id" in changes:
            raise SpecError(f"rule {rule_id}: an id cannot be replaced; use without() and add().")
        new = replace(old, **{"where": old.where, **changes})
        return replace(self, rules=tuple(new if rule is old else rule for rule in self.rules))

    def without(self, *rule_ids: str) -> Relation[S]:
        """Return the relation without these rules."""
        gone = {self.rule(rule_id).id for rule_id in rule_ids}
        return replace(self, rules=tuple(rule for rule in self.rules if rule.id not in gone))

    def add(
        self,
        *rules: Rule[S],
        variables: tuple[Variable, ...] = (),
        steps: tuple[Step, ...] = (),
        forget: Mapping[str, tuple[str, ...]] | None = None,
        message: Mapping[str, Expr] | None = None,
    ) -> Relation[S]:
        """Return the relation with more rules (and the variables, steps and resets that they need).

        message   more fields of a segment, behind those it has: name -> what every segment sent by a rule carries,
                  be it an old rule or one of these.
        """
        more, fields = forget or {}, message or {}
        merged = {state: self.forget.get(state, ()) + more.get(state, ()) for state in {**self.forget, **more}}
        for name in fields:
            if name in self.message:
                raise SpecError(f"message=: a segment has {name!r} already.")
        sorts = {name: value.sort for name, value in fields.items()}
        return replace(
            self,
            rules=tuple(_carrying(rule, fields) for rule in self.rules + rules),
            variables=self.variables + variables,
            message={**self.message, **sorts} if sorts else self.message,
            steps=self.steps + steps,
            forget=merged,
        )

    def _declarations(self) -> list[str]:
        lines = [f"variable {v.name} ({v.sort}), at first {v.initial}: {v.meaning}" for v in self.variables]
        lines += [f"field {name} ({sort})" for name, sort in self.message.items()]
        lines += [f"step {step.name}" for step in self.steps]
        return lines + [f"{state} forgets {', '.join(names)}" for state, names in self.forget.items()]

    def diff(self, other: Relation[S]) -> tuple[Change, ...]:
        """Return what `other` changes, rule by rule, in this relation's order and then `other`'s."""
        from spec.language.text import rule_fields  # a reader, needed only to print

        mine = {rule.id: rule for rule in self.rules}
        theirs = {rule.id: rule for rule in other.rules}
        old_words, new_words = "\n".join(self._declarations()), "\n".join(other._declarations())
        changes = [Change("declarations", "", old_words, new_words)] if old_words != new_words else []
        for rule_id in dict.fromkeys([*mine, *theirs]):
            old = rule_fields(mine[rule_id]) if rule_id in mine else None
            new = rule_fields(theirs[rule_id]) if rule_id in theirs else None
            if old is None or new is None:
                changes.append(Change(rule_id, "", _text(old), _text(new)))
            else:
                changes += [Change(rule_id, name, old[name], new[name]) for name in old if old[name] != new[name]]
        return tuple(changes)


def _carrying(rule: Rule[S], fields: Mapping[str, Expr]) -> Rule[S]:
    """Return the rule with these fields in every segment that it sends."""
    if not fields or not rule.send:
        return rule
    return replace(rule, where=rule.where, send=tuple(Message({**sent.fields, **fields}) for sent in rule.send))


def _text(fields: Mapping[str, str] | None) -> str:
    return "" if fields is None else "\n".join(f"{name:<7}{text}" for name, text in fields.items() if text)


def rules_of(*groups: Iterable[Rule[S]]) -> tuple[Rule[S], ...]:
    """Return the rules of several groups, in order."""
    return tuple(rule for group in groups for rule in group)
