"""What every language asks of a model: which variables can change, what a rule reads of a call, whether it refuses."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from checker.explore.watch import formulas_of
from checker.export.model import Model, Own
from checker.export.reach import OutOfReach
from checker.export.terms import identifier, substituted
from spec.language import Event, Expr, Message, Rule, Sort, name_of
from spec.language.expressions import of_sort


class Facts:
    """Facts about a model."""

    def __init__(self, model: Model) -> None:
        self.model = model
        self.state = model.relation.state
        self.state_name = identifier(self.state.name)
        self.constants = model.constants
        self.sorts: dict[str, Sort] = {variable.name: variable.sort for variable in model.relation.variables}
        self.fields: dict[str, Sort] = {**model.fields, **{name: expr.sort for name, expr in model.tags.items()}}
        self.chooses = model.numbering is not None and any(assigns(rule, "ISS") for rule in model.rules)
        self.following = [end for end, one in enumerate(model.numbering or ()) if one.follows and self.chooses]
        self.follows = bool(self.following)
        self.forgotten = {str(rule.goto) for rule in model.rules if rule.goto in model.relation.forget}

    def calls(self, rules: Sequence[Rule[Any]]) -> list[str]:
        """Return what comes with the event and some of the rules read, the ISN apart."""
        return sorted({name for rule in rules for owner, name in rule.reads if owner == "CALL" and name != "ISN"})

    def calls_of(self, event: Event) -> list[str]:
        """Return what comes with an event and its rules read, the ISN apart."""
        return self.calls(self.model.rules_of(event))

    def call_fields(self, event: Event) -> list[str]:
        """Return what comes with an event and its rules read, or ghosts and properties, the ISN included."""
        reads = {payload for rule in self.model.rules_of(event) for payload in rule.reads}
        formulas = [formula for ghost in self.model.ghosts for pair in ghost.updates for formula in pair]
        formulas += formulas_of(self.model.properties)
        reads |= {part.payload for formula in formulas for part in formula.walk() if part.op == "var"}
        return sorted(name for owner, name in reads if owner == "CALL" and (name != "ISN" or self.chooses))

    def forgets(self, state: str) -> list[str]:
        """Return the variables that a state forgets and that can differ from what they were at first."""
        return [name for name in self.model.relation.forget.get(state, ()) if name not in self.constants]

    def once(self, own: Own, rule: Rule[Any]) -> list[Message]:
        """Return the segments that a rule of a step taken only `once` would send, formed before the rule.

        Raise OutOfReach where they depend on other rules of the same step.
        """
        if rule.flow.word != "return" or len(self.model.relation.steps_of(own.event)) > 1:
            raise OutOfReach(f"rule {rule.id}: {own.event} fires several rules and waits for what they all send.")
        values: dict[tuple[str, str], Expr] = {("TCB", name_of(update.variable)): update.value for update in rule.then}
        if rule.goto is not None:
            values["TCB", self.state.name] = of_sort("const", self.state.sort, (), rule.goto)
        return [Message({n: substituted(v, values) for n, v in message.fields.items()}) for message in rule.send]


def assigns(rule: Rule[Any], name: str) -> bool:
    """Return whether the rule assigns the variable."""
    return any(name_of(update.variable) == name for update in rule.then)


def refuses(rule: Rule[Any]) -> bool:
    """Return whether the rule refuses a call, which is then not used up. Raise OutOfReach where only a run can tell."""
    if rule.signal is None or not rule.signal.startswith("error:"):
        return False
    if rule.flow.word != "return" or rule.then:
        raise OutOfReach(f"rule {rule.id} may refuse a call and change something; whether it does, only a run tells.")
    return rule.goto is None


def counter(own: Own) -> str:
    """Return the name of an own step's counter, "" when nothing counts it."""
    return f"{identifier(own.counter.name)}_{'AB'[own.counter.end]}" if own.counter is not None else ""
