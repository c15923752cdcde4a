"""The digest of a relation: what a saved trace belongs to."""

from __future__ import annotations

import hashlib
from typing import Any

from spec.language import Relation, rule_fields


def digest(relation: Relation[Any]) -> str:
    """Return 16 hexadecimal digits that change when a variable, a step or the meaning of a rule changes.

    Titles, citations and notes do not count.
    """
    lines = [f"{variable.name} {variable.sort} {variable.initial!r}" for variable in relation.variables]
    lines += [step.name for step in relation.steps]
    lines += [f"{state}: {' '.join(names)}" for state, names in relation.forget.items()]
    for rule in relation.rules:
        fields = rule_fields(rule)
        lines += [rule.id, *(f"{name} {text}" for name, text in fields.items() if name not in _WORDS)]
        lines += [repr(condition.key()) for condition in rule.when]
        lines += [f"{update.variable.key()!r} {update.value.key()!r}" for update in rule.then]
        lines += [repr(message.key()) for message in rule.send]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:16]


_WORDS = ("title", "cite", "note")
