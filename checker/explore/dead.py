"""Dead variables: what an end still has and nothing will ever read before it is written again.

A TCB variable is live in a state if a rule that may fire there reads it, or leaves it alone and leads to a state in
which it is live; and wherever what stands beside the relation reads it: ghosts, properties, the clock, an attacker. The
rest can be reset without changing what follows. This is the classical analysis of live variables, on rules (Aho, Lam,
Sethi and Ullman, Compilers, 9.2.5).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from spec.language import Expr, Relation, Rule


def read(expressions: Iterable[Expr], *, new: bool = False) -> set[str]:
    """Return the TCB variables that expressions read; with `new`, only those read after a rule's updates."""
    found: set[str] = set()
    waiting = list(expressions)
    while waiting:
        here = waiting.pop()
        if here.op == "var" and here.payload[0] == "TCB":
            found.add(here.payload[1])
        elif not (new and here.op == "before"):
            waiting += here.args
    return found


def _needs(rule: Rule[Any], after: set[str], forgets: set[str]) -> set[str]:
    """Return the variables that a rule needs in the state before it, where those of `after` are needed behind it."""
    sent = [value for message in rule.send for value in message.fields.values()]
    assigned = {update.variable.payload[1]: update.value for update in rule.then}
    old = read(part for value in sent for part in value.walk() if part.op == "before")
    wanted = (after - forgets) | read(sent, new=True)
    kept = {name for name in wanted if name not in assigned}
    return read(rule.when) | old | kept | read(assigned[name] for name in wanted & set(assigned))


def live(relation: Relation[Any], beside: Iterable[Expr] = ()) -> Mapping[str, frozenset[str]]:
    """Return, for each state, the variables that are live in it; those that `beside` reads are live everywhere."""
    states = [str(member) for member in relation.state.sort.members]
    always = {relation.variables[0].name} | read(beside)
    found: dict[str, set[str]] = {state: set(always) for state in states}
    changed = True
    while changed:
        changed = False
        for rule in relation.rules:
            for state in rule.state:
                goto = str(rule.goto or state)
                forgets = set(relation.forget.get(goto, ())) if rule.goto is not None else set()
                needs = _needs(rule, found[goto], forgets)
                if not needs <= found[state]:
                    found[state] |= needs
                    changed = True
    return {state: frozenset(names) for state, names in found.items()}
