"""Ghosts and properties in Promela: history written along with every event, invariants of states and of steps."""

from __future__ import annotations

from checker.export.beside import assigning, calls_read, invariants, traced, without_pairs
from checker.export.facts import Facts
from checker.export.packing import Place
from checker.export.promela_network import Slots, unpacked
from checker.export.promela_words import promela, type_of
from checker.export.terms import Scope, identifier
from spec.ghosts import CRASH
from spec.language import Expr, Sort


class Beside:
    """What stands beside the rules, as Promela text.

    Values before an event are called pre_X: a persistent listener's OPEN is an event of its own.
    """

    def __init__(self, facts: Facts, slots: Slots) -> None:
        self.facts, self.slots, self.model = facts, slots, facts.model
        self.language = promela(facts.model.bits)
        without_pairs(facts.model, self.language.name)
        self.invariants = invariants(facts.model)
        self.steps = [one for one in self.invariants if one.over == "step"]
        self.watches = bool(self.steps or self.model.ghosts)
        self.traced = traced(facts.model)
        self.calls = calls_read(facts.model)

    # --- formulas ---------------------------------------------------------------------------------------------

    def _variable(self, payload: tuple[str, str], tcb: str, ghosts: str, sent: int | None) -> str:
        owner, name = payload
        if owner == "TCB" and name in self.facts.constants:
            a, b = (self.language.value(value, self.facts.sorts[name]) for value in self.facts.constants[name])
            return a if a == b else f"(me == 0 -> {a} : {b})"
        if owner == "SENT" and sent is not None:
            return unpacked(self.slots.places[name], "out{}[" + str(sent) + "]")
        if owner == "CALL":
            return f"said_{identifier(name)}"
        return {"TCB": tcb, "GHOST": ghosts, "SEG": "SEG_{}", "SENT": "SENT_{}"}[owner].format(identifier(name))

    def on_step(self, expression: Expr, sent: int | None = None) -> str:
        """Return a formula about a step; `sent` is the number of a segment sent."""
        about = {
            "event": self._is,
            "fired": self._fired,
            "assigned": lambda name: self._fired(assigning(self.model, name)),
            "arrived": lambda _: self._is((self.model.arrival.name,)),
            "some_sent": lambda condition: self._of_sent(condition, "||", "{0} >= from && {0} < sent && {1}"),
            "every_sent": lambda condition: self._of_sent(condition, "&&", "({0} < from || {0} >= sent || {1})"),
            "sent_count": lambda _: "(sent - from)",
        }
        after = {"after": lambda payload: self._variable(payload, "{}[me]", "GHOST_{}[me]", sent)}
        scope = Scope(lambda payload: self._variable(payload, "pre_{}", "pre_GHOST_{}", sent), after, about=about)
        return self.language.say(expression, scope)

    def _of_sent(self, condition: Expr, joined: str, each: str) -> str:
        said = [each.format(i, self.on_step(condition, i)) for i in range(self.model.most_sent)]
        return f"({f' {joined} '.join(f'({one})' for one in said)})"

    def on_state(self, expression: Expr, end: str, slot: int | None = None) -> str:
        """Return a formula about a state, seen from an end."""

        def variable(payload: tuple[str, str], there: str) -> str:
            owner, name = payload
            if owner == "SENT" and slot is not None:
                return self.slots.field(name, str(slot))
            text = self._variable(payload, "{}[" + there + "]", "GHOST_{}[" + there + "]", None)
            return text.replace("me == 0", f"{there} == 0")

        def flying(condition: Expr) -> str:
            each = (f"(NET0[{i}] != 0 && {self.on_state(condition, end, i)})" for i in range(self.slots.size))
            return f"({' || '.join(each)})"

        peer = {"peer": lambda payload: variable(payload, f"(1 - {end})")}
        scope = Scope(lambda payload: variable(payload, end), peer, about={"in_flight": flying})
        return self.language.say(expression, scope)

    def _is(self, names: tuple[str, ...]) -> str:
        known = {event.name for event in (*self.model.events, CRASH)}
        said = [f"event == IT_IS_{identifier(name)}" for name in names if name in known]
        return f"({' || '.join(said) or 'false'})"

    def _fired(self, ids: tuple[str, ...]) -> str:
        return f"({' || '.join(f'fired_{identifier(rule)}' for rule in ids if rule in self.traced) or 'false'})"

    # --- sections ---------------------------------------------------------------------------------------------

    def sorts(self) -> list[Sort]:
        """Return the sorts of the ghosts."""
        return [ghost.variable.sort for ghost in self.model.ghosts]

    def constants(self) -> list[str]:
        """Return a number for every event."""
        events = (*self.model.events, CRASH) if self.watches else ()
        return [f"#define IT_IS_{identifier(event.name)} {i}" for i, event in enumerate(events)]

    def declarations(self) -> list[str]:
        """Return the ghosts."""
        lines = []
        for ghost in self.model.ghosts:
            sort, name = ghost.variable.sort, identifier(ghost.name)
            value = self.language.value(ghost.initial, sort)
            lines.append(f"{type_of(sort, self.model.bits)} GHOST_{name}[2] = {value};  /* {ghost.meaning} */")
        return lines

    def scratch(self) -> list[tuple[str, Sort]]:
        """Return the scratch variables that history needs, with their sorts."""
        if not self.watches:
            return []
        ghosts = [(identifier(ghost.name), ghost.variable.sort) for ghost in self.model.ghosts]
        named = [(f"pre_{identifier(v.name)}", v.sort) for v in self.model.assigned]
        named += [(f"{when}_GHOST_{name}", sort) for name, sort in ghosts for when in ("pre", "was")]
        return named + [(f"said_{identifier(name)}", sort) for name, sort in self.calls.items()]

    def counts(self) -> list[str]:
        """Return the scratch variables of a byte each."""
        flags = [f"fired_{identifier(rule)}" for rule in sorted(self.traced)]
        return ["event", "from", *flags, *(f"bad_{one.name}" for one in self.steps)] if self.watches else []

    def begins(self) -> list[str]:
        """Return the statements that keep ghosts, and everything before the event."""
        return [f"was_GHOST_{name} = GHOST_{name}[me]" for name in self._names()] + self.before()

    def _names(self) -> list[str]:
        return [identifier(ghost.name) for ghost in self.model.ghosts]

    def before(self) -> list[str]:
        """Return the statements with which another event begins."""
        if not self.watches:
            return []
        kept = [f"pre_{identifier(v.name)} = {identifier(v.name)}[me]" for v in self.model.assigned]
        kept += [f"pre_GHOST_{name} = GHOST_{name}[me]" for name in self._names()]
        return [*kept, "from = sent", *(f"fired_{identifier(rule)} = 0" for rule in sorted(self.traced))]

    def back(self) -> list[str]:
        """Return the statements that take ghosts back."""
        return [f"GHOST_{name}[me] = was_GHOST_{name}" for name in self._names()]

    def told(self, event: str, said: dict[str, str]) -> list[str]:
        """Return the statements that tell history which event it is and what comes with it."""
        if not self.watches:
            return []
        return [f"event = IT_IS_{identifier(event)}", *(f"said_{identifier(n)} = {said[n]}" for n in self.calls)]

    def text(self) -> list[str]:
        """Return the inline that is run after every event."""
        if not self.watches:
            return []
        body = [self._written(ghost.updates, identifier(ghost.name)) for ghost in self.model.ghosts]
        for i in range(self.model.most_sent):
            body += [f"if :: {i} >= from && {i} < sent -> {self._tags(i)} :: else fi"] * bool(self.model.tags)
        body += [f"if :: !({self.on_step(one.holds)}) -> bad_{one.name} = 1 :: else fi" for one in self.steps]
        lines = [f"  {line}{';' if i + 1 < len(body) else ''}" for i, line in enumerate(body)]
        return ["/* history, and what no step may be */", "inline history() {", *lines, "}"]

    def _written(self, updates: tuple[tuple[Expr, Expr], ...], name: str) -> str:
        text = f"GHOST_{name}[me]"
        for when, value in reversed(updates):
            text = f"({self.on_step(when)} -> {self.on_step(value)} : {text})"
        return f"GHOST_{name}[me] = {text}"

    def _tags(self, i: int) -> str:
        return "; ".join(
            f"out{place.word}[{i}] = out{place.word}[{i}] | {_up(self.on_step(value, i), place)}"
            for place, value in ((self.slots.places[name], value) for name, value in self.model.tags.items())
        )

    def asserted(self) -> list[str]:
        """Return the assertions about a step that may happen."""
        return [f"assert(bad_{one.name} == 0)" for one in self.steps]

    def always(self) -> list[str]:
        """Return the assertions about every state, as transitions that only a broken one enables."""
        return [
            line
            for one in self.invariants
            if one.over == "state"
            for line in (
                f"  /* {one.says} */",
                f"  :: d_step {{ !({' && '.join(self.on_state(one.holds, end) for end in '01')}) -> assert(false) }}",
            )
        ]


def _up(text: str, place: Place) -> str:
    return f"({text}) << {place.shift}" if place.shift else f"({text})"
