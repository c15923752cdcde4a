"""Ghosts and properties in TLA+: history written along with every event, invariants of states and of steps."""

from __future__ import annotations

from checker.export.beside import assigning, invariants
from checker.export.facts import Facts
from checker.export.terms import Scope, identifier
from checker.export.tla_words import TlaPlus, quoted
from spec.language import Expr

STEP = "e, event, t, g, h, o, seg, call"
"""What a formula about a step reads: the end, the event, TCB and ghosts before, ghosts after, what came of it."""


class Beside:
    """What stands beside the rules, as TLA+ text; `constant` says where a variable stands that no rule changes."""

    def __init__(self, facts: Facts, language: TlaPlus) -> None:
        self.facts, self.language, self.model = facts, language, facts.model
        self.invariants = invariants(facts.model)
        self.steps = [one for one in self.invariants if one.over == "step"]
        self.watches = bool(self.steps)

    # --- scopes -----------------------------------------------------------------------------------------------

    def _variable(self, payload: tuple[str, str], tcb: str, ghosts: str) -> str:
        owner, name = payload
        if owner == "TCB" and name in self.facts.constants:
            a, b = (self.language.value(value, self.facts.sorts[name]) for value in self.facts.constants[name])
            return a if a == b else f"(IF e = 0 THEN {a} ELSE {b})"
        where = {"TCB": tcb, "GHOST": ghosts, "SEG": "seg", "CALL": "call", "SENT": "m"}[owner]
        return f"{where}.{identifier(name)}"

    def on_step(self, expression: Expr, ghosts_after: str = "h") -> str:
        """Return a formula about a step."""
        about = {
            "event": lambda names: f"(event \\in {_set(names)})",
            "fired": self._fired,
            "assigned": lambda name: self._fired(assigning(self.model, name)),
            "arrived": lambda _: f"(event = {quoted(self.model.arrival.name)})",
            "some_sent": lambda condition: f"(\\E m \\in Range(o.sent) : {self.on_step(condition, ghosts_after)})",
            "every_sent": lambda condition: f"(\\A m \\in Range(o.sent) : {self.on_step(condition, ghosts_after)})",
            "sent_count": lambda _: "Len(o.sent)",
        }
        after = {"after": lambda payload: self._variable(payload, "o.tcb", ghosts_after)}
        return self.language.say(
            expression, Scope(lambda payload: self._variable(payload, "t", "g"), after, about=about)
        )

    def on_state(self, expression: Expr) -> str:
        """Return a formula about a state."""
        about = {"in_flight": lambda condition: f"(\\E m \\in InFlight : {self.on_state(condition)})"}
        peer = {"peer": lambda payload: self._variable(payload, "tcb[1 - e]", "ghost[1 - e]")}
        return self.language.say(
            expression, Scope(lambda payload: self._variable(payload, "tcb[e]", "ghost[e]"), peer, about=about)
        )

    @staticmethod
    def _fired(ids: tuple[str, ...]) -> str:
        return f"(Range(o.chain) \\cap {_set(ids)} # {{}})" if ids else "FALSE"

    # --- sections ---------------------------------------------------------------------------------------------

    def text(self) -> list[str]:
        """Return what is written along with every event."""
        lines = ["Range(sequence) == {sequence[i] : i \\in DOMAIN sequence}"]
        if self.model.ghosts:
            lines += ["", *self._written(), "", *self._tagged()]
        if self.watches:
            lines += ["", "\\* what must hold in every step of an end", f"Broken({STEP}) =="]
            lines += [
                f"  \\* {one.says}\n  (IF {self.on_step(one.holds)} THEN {{}} ELSE {{{quoted(one.name)}}})"
                for one in self.steps[:1]
            ]
            lines += [
                f"  \\* {one.says}\n  \\cup (IF {self.on_step(one.holds)} THEN {{}} ELSE {{{quoted(one.name)}}})"
                for one in self.steps[1:]
            ]
        return lines

    def _written(self) -> list[str]:
        lines = ["\\* the ghosts after an event", "Written(e, event, t, g, o, seg, call) ==", "  LET h0 == g"]
        for i, ghost in enumerate(self.model.ghosts):
            name, text = identifier(ghost.name), "@"
            for when, value in reversed(ghost.updates):
                text = f"IF {self.on_step(when, f'h{i}')} THEN {self.on_step(value, f'h{i}')}\n        ELSE {text}"
            lines += [f"      \\* {ghost.meaning}", f"      h{i + 1} == [h{i} EXCEPT !.{name} =\n        {text}]"]
        return [*lines, f"  IN h{len(self.model.ghosts)}"]

    def _tagged(self) -> list[str]:
        fields = ["to |-> m.to"] + [f"{identifier(name)} |-> m.{identifier(name)}" for name in self.model.fields]
        fields += [f"{identifier(name)} |-> {self.on_step(value)}" for name, value in self.model.tags.items()]
        bare = ["to |-> m.to"] + [f"{identifier(name)} |-> m.{identifier(name)}" for name in self.model.fields]
        return [
            "\\* a segment with its own ghosts, and without",
            f"Tagged({STEP}, m) ==",
            f"  [{', '.join(fields)}]",
            f"Bare(m) == [{', '.join(bare)}]",
        ]

    def names(self) -> list[str]:
        """Return the names of the invariants."""
        return [one.name for one in self.invariants if one.over == "state"] + ["NothingBroken"] * self.watches

    def invariant_lines(self) -> list[str]:
        """Return the invariants of states; those of steps are one."""
        lines = []
        for one in self.invariants:
            if one.over == "state":
                lines += [f"\\* {one.says}", f"{one.name} == \\A e \\in Ends : {self.on_state(one.holds)}"]
        return [*lines, *(["NothingBroken == broken = {}"] * self.watches)]


def _set(words: tuple[str, ...]) -> str:
    return f"{{{', '.join(quoted(word) for word in words)}}}"
