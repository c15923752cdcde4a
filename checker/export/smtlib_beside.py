"""Ghosts and properties in SMT-LIB: history written along with every event, invariants of states and of steps."""

from __future__ import annotations

from checker.export.beside import assigning, invariants, traced
from checker.export.facts import Facts
from checker.export.smtlib_rules import COUNT
from checker.export.smtlib_words import symbol, vector
from checker.export.terms import Language, Scope
from spec.ghosts import CRASH
from spec.language import Expr

STEP = "(e Bool) (event Event) (t Tcb) {g}{h}(o Outcome) (seg Segment) (call Call)"
"""What a formula about a step reads: the end, the event, TCB and ghosts before, ghosts after, what came of it."""


class Beside:
    """What stands beside the rules, as SMT-LIB text."""

    def __init__(self, facts: Facts, language: Language, slots: int) -> None:
        self.facts, self.model, self.language, self.slots = facts, facts.model, language, slots
        self.invariants = invariants(facts.model)
        self.steps = [one for one in self.invariants if one.over == "step"]
        self.traced = traced(facts.model)
        self.ghosts = [ghost.name for ghost in facts.model.ghosts]

    # --- formulas ---------------------------------------------------------------------------------------------

    def _variable(self, payload: tuple[str, str], tcb: str, ghosts: str, sent: str) -> str:
        owner, name = payload
        if owner == "TCB" and name in self.facts.constants:
            a, b = (self.language.value(value, self.facts.sorts[name]) for value in self.facts.constants[name])
            return a if a == b else f"(ite e {b} {a})"
        if owner == "TCB":
            return f"({symbol(name)} {tcb})"
        where = {"GHOST": ghosts, "SEG": "seg", "CALL": "call", "SENT": sent}[owner]
        return f"({'SEG' if owner == 'SENT' else owner}.{symbol(name)} {where})"

    def on_step(self, expression: Expr, ghosts: str = "h", sent: str = "m") -> str:
        """Return a formula about a step; `ghosts` are those after it."""
        about = {
            "event": self._is,
            "fired": self._fired,
            "assigned": lambda name: self._fired(assigning(self.model, name)),
            "arrived": lambda _: self._is((self.model.arrival.name,)),
            "some_sent": lambda it: self._sent(it, ghosts, "(or false {})", "(and {0} {1})"),
            "every_sent": lambda it: self._sent(it, ghosts, "(and true {})", "(=> {0} {1})"),
            "sent_count": lambda _: self._count(),
        }
        after = {"after": lambda payload: self._variable(payload, "(o.tcb o)", ghosts, sent)}
        scope = Scope(lambda payload: self._variable(payload, "t", "g", sent), after, about=about)
        return self.language.say(expression, scope)

    def _sent(self, condition: Expr, ghosts: str, around: str, each: str) -> str:
        said = [
            each.format(f"(bvult {vector(i, COUNT)} (number o))", self.on_step(condition, ghosts, f"(sent.{i} o)"))
            for i in range(self.model.most_sent)
        ]
        return around.format(" ".join(said))

    def _count(self) -> str:
        bits = self.model.bits
        if bits > COUNT:
            return f"((_ zero_extend {bits - COUNT}) (number o))"
        return "(number o)" if bits == COUNT else f"((_ extract {bits - 1} 0) (number o))"

    def on_state(self, expression: Expr, sent: str = "m") -> str:
        """Return a formula about a state w, seen from end e."""
        peer = {"peer": lambda payload: self._variable(payload, "(Tcb-of (not e) w)", "(Ghosts-of (not e) w)", sent)}

        def flying(condition: Expr) -> str:
            said = (f"(and (there.{i} w) {self.on_state(condition, f'(slot.{i} w)')})" for i in range(self.slots))
            return f"(or false {' '.join(said)})"

        scope = Scope(
            lambda payload: self._variable(payload, "(Tcb-of e w)", "(Ghosts-of e w)", sent),
            peer,
            about={"in_flight": flying},
        )
        return self.language.say(expression, scope)

    def _is(self, names: tuple[str, ...]) -> str:
        known = {event.name for event in (*self.model.events, CRASH)}
        said = [f"(= event it-is.{symbol(name)})" for name in names if name in known]
        return f"(or false {' '.join(said)})"

    def _fired(self, ids: tuple[str, ...]) -> str:
        return f"(or false {' '.join(f'(fired.{symbol(rule)} o)' for rule in ids if rule in self.traced)})"

    # --- sections ---------------------------------------------------------------------------------------------

    @property
    def parameters(self) -> str:
        """What a formula about a step takes."""
        ghosts = bool(self.ghosts)
        return STEP.format(g="(g Ghosts) " * ghosts, h="(h Ghosts) " * ghosts)

    def text(self) -> list[str]:
        """Return what is written along with every event, what no step and no state may be."""
        lines = self._written() if self.ghosts else []
        for name, value in self.model.tags.items():
            kind = f"(_ BitVec {self.model.bits})"
            lines.append(
                f"(define-fun Tag.{symbol(name)} ({self.parameters} (m Segment)) {kind}\n  {self.on_step(value)})"
            )
        for one in self.steps:
            lines += [
                f"; {one.says}",
                f"(define-fun Holds.{one.name} ({self.parameters}) Bool\n  {self.on_step(one.holds)})",
            ]
        return lines

    def _written(self) -> list[str]:
        lines = ["; the ghosts after an event"]
        body, closing = [], ""
        for i, ghost in enumerate(self.model.ghosts):
            before = f"h{i}" if i else "g"
            text = f"(GHOST.{symbol(ghost.name)} {before})"
            for when, value in reversed(ghost.updates):
                text = f"(ite {self.on_step(when, before)} {self.on_step(value, before)}\n    {text})"
            fields = [text if name == ghost.name else f"(GHOST.{symbol(name)} {before})" for name in self.ghosts]
            body += [f"  ; {ghost.meaning}", f"  (let ((h{i + 1} (ghosts {' '.join(fields)})))"]
            closing += ")"
        parameters = STEP.format(g="(g Ghosts) ", h="")
        return [*lines, f"(define-fun Written ({parameters}) Ghosts", *body, f"  h{len(self.ghosts)}{closing})"]

    def invariant_lines(self) -> list[str]:
        """Return the invariants, and whether a state breaks one."""
        lines = []
        for one in self.invariants:
            if one.over == "state":
                ends = f"(let ((e false)) {self.on_state(one.holds)}) (let ((e true)) {self.on_state(one.holds)})"
                lines += [f"; {one.says}", f"(define-fun {one.name} ((w World)) Bool\n  (and {ends}))"]
            else:
                lines += [f"; {one.says}", f"(define-fun {one.name} ((w World)) Bool (not (broken.{one.name} w)))"]
        holds = " ".join(f"({one.name} w)" for one in self.invariants)
        return [*lines, f"(define-fun Bad ((w World)) Bool (not (and true {holds})))"]


def unrolled(depth: int) -> list[str]:
    """Return a run of as many steps as the depth says, broken at some state; nothing at depth 0."""
    if not depth:
        return []
    lines = [f"; a run of at most {depth} steps that breaks an invariant", "(define-fun w.0 () World Init)"]
    lines.append("(define-fun run.0 () Bool true)")
    for i in range(depth):
        lines += [
            f"(declare-const way.{i} Way)",
            f"(declare-const w.{i + 1} World)",
            f"(assert (= w.{i + 1} (Take w.{i} way.{i})))",
            f"(define-fun run.{i + 1} () Bool (and run.{i} (May w.{i} way.{i})))",
        ]
    bad = " ".join(f"(and run.{i} (Bad w.{i}))" for i in range(depth + 1))
    return [*lines, f"(assert (or {bad}))", "(check-sat)"]
