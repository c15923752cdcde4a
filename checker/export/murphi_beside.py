"""Ghosts and properties in Murphi: history written along with every event, invariants of states and of steps."""

from __future__ import annotations

from checker.export.beside import assigning, invariants, traced, without_pairs
from checker.export.facts import Facts
from checker.export.murphi_words import murphi, type_of
from checker.export.terms import Scope, identifier
from spec.ghosts import CRASH
from spec.language import Expr, Sort

STEP = "e: Peer; event: Event; t: Tcb; {g}{h}o: Outcome; seg: Segment; call: Call"
"""What a formula about a step reads: the end, the event, TCB and ghosts before, ghosts after, what came of it."""


class Beside:
    """What stands beside the rules, as Murphi text."""

    def __init__(self, facts: Facts) -> None:
        self.facts, self.model, self.language = facts, facts.model, murphi(facts.model.bits)
        without_pairs(facts.model, self.language.name)
        self.invariants = invariants(facts.model)
        self.steps = [one for one in self.invariants if one.over == "step"]
        self.traced = traced(facts.model)
        self._flying: list[list[str]] = []

    # --- formulas ---------------------------------------------------------------------------------------------

    def _variable(self, payload: tuple[str, str], tcb: str, ghosts: str, sent: str) -> str:
        owner, name = payload
        if owner == "TCB" and name in self.facts.constants:
            a, b = (self.language.value(value, self.facts.sorts[name]) for value in self.facts.constants[name])
            return a if a == b else f"(e = 0 ? {a} : {b})"
        where = {"TCB": tcb, "GHOST": ghosts, "SEG": "seg", "CALL": "call", "SENT": sent}[owner]
        return f"{where}.{identifier(name)}"

    def on_step(self, expression: Expr, sent: str = "m") -> str:
        """Return a formula about a step; `sent` is a segment sent."""
        one = "o.sent[i]"
        about = {
            "event": self._is,
            "fired": self._fired,
            "assigned": lambda name: self._fired(assigning(self.model, name)),
            "arrived": lambda _: self._is((self.model.arrival.name,)),
            "some_sent": lambda it: f"(exists i: Sent do i < o.number & ({self.on_step(it, one)}) end)",
            "every_sent": lambda it: f"(forall i: Sent do i >= o.number | ({self.on_step(it, one)}) end)",
            "sent_count": lambda _: "o.number",
        }
        after = {"after": lambda payload: self._variable(payload, "o.tcb", "h", sent)}
        scope = Scope(lambda payload: self._variable(payload, "t", "g", sent), after, about=about)
        return self.language.say(expression, scope)

    def on_state(self, expression: Expr, sent: str = "m") -> str:
        """Return a formula about a state."""
        peer = {"peer": lambda payload: self._variable(payload, "now.tcb[1 - e]", "now.ghost[1 - e]", sent)}
        scope = Scope(
            lambda payload: self._variable(payload, "now.tcb[e]", "now.ghost[e]", sent),
            peer,
            about={"in_flight": self._in_flight},
        )
        return self.language.say(expression, scope)

    def _is(self, names: tuple[str, ...]) -> str:
        known = {event.name for event in (*self.model.events, CRASH)}
        return f"({' | '.join(f'event = EVENT_{identifier(name)}' for name in names if name in known) or 'false'})"

    def _fired(self, ids: tuple[str, ...]) -> str:
        return f"({' | '.join(f'o.fired_{identifier(rule)}' for rule in ids if rule in self.traced) or 'false'})"

    def _in_flight(self, condition: Expr) -> str:
        number = len(self._flying) + 1
        self._flying.append([
            f"function Flying_{number}(e: Peer): boolean;",
            "var m: Segment; found: boolean;",
            "begin",
            "  found := false;",
            "  for slot: Slot do",
            "    if now.net[slot].w0 != 0 then",
            "      clear m; Load(now.net[slot], m);",
            f"      if {self.on_state(condition)} then found := true; end;",
            "    end;",
            "  end;",
            "  return found;",
            "end;",
        ])  # fmt: skip
        return f"Flying_{number}(e)"

    # --- sections ---------------------------------------------------------------------------------------------

    def sorts(self) -> list[Sort]:
        """Return the sorts of the ghosts."""
        return [ghost.variable.sort for ghost in self.model.ghosts]

    def types(self) -> list[str]:
        """Return the types of ghosts and of places of segments sent."""
        lines = [f"  Sent: 0 .. {self.model.most_sent - 1};"]
        if self.model.ghosts:
            fields = [
                f"    {identifier(g.name)}: {type_of(g.variable.sort)};  -- {g.meaning}" for g in self.model.ghosts
            ]
            lines += ["  Ghosts: record", *fields, "  end;"]
        return lines

    def start(self) -> list[str]:
        """Return the ghosts at the start."""
        return [
            f"{identifier(ghost.name)} := {self.language.value(ghost.initial, ghost.variable.sort)}"
            for ghost in self.model.ghosts
        ]

    def _step(self) -> str:
        ghosts = bool(self.model.ghosts)
        return STEP.format(g="g: Ghosts; " * ghosts, h="h: Ghosts; " * ghosts)

    def text(self) -> list[str]:
        """Return what is written along with every event, and what no step may be."""
        lines = self._written() if self.model.ghosts else []
        for name, value in self.model.tags.items():
            body = self.on_step(value)
            lines += [f"function Tag_{identifier(name)}({self._step()}; m: Segment): Number; begin return {body}; end;"]
        for one in self.steps:
            lines += [f"-- {one.says}", f"function Holds_{one.name}({self._step()}): boolean; begin"]
            lines += [f"  return {self.on_step(one.holds)};", "end;"]
        return lines

    def _written(self) -> list[str]:
        parameters = STEP.format(g="g: Ghosts; ", h="var h: Ghosts; ")
        lines = ["-- the ghosts after an event", f"procedure Written({parameters}); begin", "  h := g;"]
        for ghost in self.model.ghosts:
            lines.append(f"  -- {ghost.meaning}")
            word = "if"
            for when, value in ghost.updates:
                lines.append(f"  {word} {self.on_step(when)} then h.{identifier(ghost.name)} := {self.on_step(value)};")
                word = "elsif"
            lines.append("  end;")
        return [*lines, "end;"]

    def variables(self) -> list[str]:
        """Return the local variables that `history` needs."""
        return ["h: Ghosts;"] * bool(self.model.ghosts)

    def history(self) -> list[str]:
        """Return the statements that write ghosts and see what a step breaks, before the TCB is replaced."""
        ghosts = bool(self.model.ghosts)
        given = "e, event, w.tcb[e], " + ("w.ghost[e], h, " if ghosts else "") + "o, seg, call"
        lines = [f"  Written({given});"] * ghosts
        for one in self.steps:
            lines.append(f"  if !Holds_{one.name}({given}) then w.broken_{one.name} := true; end;")
        for i in range(self.model.most_sent) if ghosts else ():
            tags = " ".join(
                f"o.sent[{i}].{identifier(name)} := Tag_{identifier(name)}({given}, o.sent[{i}]);"
                for name in self.model.tags
            )
            lines.append(f"  if o.number > {i} then {tags} end;")
        return [*lines, *["  w.ghost[e] := h;"] * ghosts]

    def invariant_lines(self) -> list[str]:
        """Return the invariants."""
        lines = []
        for one in self.invariants:
            holds = (
                f"!now.broken_{one.name}" if one.over == "step" else f"forall e: Peer do {self.on_state(one.holds)} end"
            )
            lines += [f"-- {one.says}", f'invariant "{one.name}" {holds};']
        return [line for function in self._flying for line in function] + lines
