"""SMT-LIB: one step of the two ends as a function of bit-vectors, and runs of so many steps unrolled.

A state is a World; a `way` says which step is taken. (May w way) tells whether it can be, (Take w way) is the state
after it. With a property and a depth the file asks whether a run of at most so many steps breaks it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from checker.export.beside import without_pairs
from checker.export.facts import Facts, counter
from checker.export.model import NOTHING_SAID, Model, Own
from checker.export.smtlib_beside import Beside, unrolled
from checker.export.smtlib_records import Records
from checker.export.smtlib_rules import COUNT, FLAGS, Rules
from checker.export.smtlib_words import bits_of, member, smtlib, sort_of, symbol, vector
from checker.export.terms import enumerations
from spec.environment import ENDS
from spec.ghosts import CRASH
from spec.language import Event
from spec.language.sorts import BOOL
from spec.network import FIFO, SET
from spec.vocabulary import CALL_FIELDS, NO_CONNECTION, OPEN

DEPTH = 0
"""How many steps are unrolled when nothing else is said."""


class Smt:
    """The SMT-LIB text of a model."""

    def __init__(self, model: Model, depth: int) -> None:
        self.model, self.depth, self.facts, self.language = model, depth, Facts(model), smtlib(model.bits)
        self.fifo, self.capacity = model.network.kind == FIFO, model.network.capacity
        self.size = self.capacity * (2 if self.fifo else 1)
        without_pairs(model, self.language.name)
        self.beside = Beside(self.facts, self.language, self.size)
        self.rules = Rules(self.facts, self.language, self.beside.traced)
        self.sorts = self._world()

    def text(self) -> str:
        """Return the whole file."""
        rules = [self.rules.rule(rule) for rule in self.model.rules]
        words = [self._word(*one) for one in ((w.name, w.needs, w.sort, w.body) for w in self.rules.words.words)]
        events = [self.rules.event(event) for event in self.model.events]
        sections = [
            self._head(), self._constants(), self._types(), self._access(), self.rules.nothing(), self.rules.emit(),
            words, self.rules.forgetting(), *rules, *events, self._isn(), self.beside.text(), self._put(),
            self._apply(), self._after(), self._ways(), self._initial(), self.beside.invariant_lines(),
            unrolled(self.depth),
        ]  # fmt: skip
        return "\n\n".join("\n".join(section) for section in sections if section) + "\n"

    # --- declarations -----------------------------------------------------------------------------------------

    def _head(self) -> list[str]:
        bounds = [f"{name}: {value}" for name, value in self.model.bounds.items()]
        says = ["", "Written by `synproof export --to smtlib`. An end is false for TCP Peer A, true for TCP Peer B."]
        return [f"; {line}".rstrip() for line in [f"{self.model.name}: {self.model.title}", *bounds, *says]] + [
            "(set-logic QF_BV)"
        ]

    def _constants(self) -> list[str]:
        sorts = [*self.facts.sorts.values(), *self.facts.fields.values()]
        sorts += [ghost.variable.sort for ghost in self.model.ghosts]
        lines = []
        for sort in enumerations(sorts):
            bits = bits_of(len(sort.members))
            lines += [
                f"(define-fun {member(sort, name)} () (_ BitVec {bits}) {vector(i, bits)})"
                for i, name in enumerate(sort.members)
            ]
        events = (*self.model.events, CRASH)
        lines.append(f"(define-sort Event () (_ BitVec {bits_of(len(events))}))")
        named = [(f"it-is.{symbol(event.name)}", vector(i, bits_of(len(events)))) for i, event in enumerate(events)]
        return lines + [f"(define-fun {name} () Event {value})" for name, value in named]

    def _types(self) -> list[str]:
        model, bits = self.model, self.model.bits
        read = {name for event in model.events for name in self.facts.call_fields(event)}
        fields = {f"SEG.{symbol(name)}": sort_of(sort, bits) for name, sort in self.facts.fields.items()}
        calls = {f"CALL.{symbol(name)}": sort_of(s, bits) for name, s in CALL_FIELDS.items() if name in read}
        sent = {f"sent.{i}": "Segment" for i in range(model.most_sent)}
        flags = dict.fromkeys([*FLAGS, *(f"fired.{symbol(one)}" for one in self.rules.traced)], "Bool")
        records = Records()
        lines = [
            records.declared("Tcb", "tcb", {symbol(v.name): sort_of(v.sort, bits) for v in model.assigned}),
            records.declared("Segment", "segment", {"to": "Bool", **fields}),
            records.declared("Call", "call-of", calls or {"CALL.nothing": "Bool"}),
            records.declared(
                "Outcome",
                "outcome",
                {"o.tcb": "Tcb", **dict.fromkeys(("number", "at"), f"(_ BitVec {COUNT})"), **sent, **flags},
            ),
        ]
        if model.ghosts:
            ghosts = {f"GHOST.{symbol(g.name)}": sort_of(g.variable.sort, bits) for g in model.ghosts}
            lines.append(records.declared("Ghosts", "ghosts", ghosts))
        lines.append(records.declared("World", "world", self.sorts))
        lines.append(records.declared("Result", "result", {"ok": "Bool", "then": "World"}))
        blank = [
            self.language.value(False if s == BOOL else s.members[0] if s.members else 0, s)
            for s in self.facts.fields.values()
        ]
        nothing = " ".join(["false", *blank])
        return [*lines, f"(define-fun no-segment () Segment (segment {nothing}))"]

    def _world(self) -> dict[str, str]:
        """Return the fields of a state with their sorts."""
        model, bits = self.model, self.model.bits
        fields = {f"tcb.{end}": "Tcb" for end in ENDS}
        fields |= {f"ghost.{end}": "Ghosts" for end in ENDS} if model.ghosts else {}
        fields |= {f"there.{i}": "Bool" for i in range(self.size)} | {f"slot.{i}": "Segment" for i in range(self.size)}
        counters = {counter(own): own.counter.limit for own in model.own if own.counter is not None}
        if self.facts.chooses and model.numbering is not None:
            counters |= {f"CHOSEN.{end}": one.limit for end, one in zip(ENDS, model.numbering, strict=True)}
        counters |= {"LOSSES": model.losses} if model.losses else {}
        counters |= {"DUPLICATES": model.duplicates} if model.duplicates else {}
        self.widths = {name: bits_of(limit + 1) for name, limit in counters.items()}
        fields |= {name: f"(_ BitVec {width})" for name, width in self.widths.items()}
        fields |= {f"LAST.NXT.{ENDS[end]}": f"(_ BitVec {bits})" for end in self.facts.following}
        return fields | {f"broken.{one.name}": "Bool" for one in self.beside.steps}

    def _word(self, name: str, needs: Sequence[str], sort: Any, body: str) -> str:
        takes = " ".join({"t": "(t Tcb)", "seg": "(seg Segment)"}[need] for need in needs)
        return f"(define-fun {name} ({takes}) {sort_of(sort, self.model.bits)} {body})"

    def world(self, changes: Mapping[str, str], w: str) -> str:
        """Return a state with some fields changed."""
        return f"(world {' '.join(changes.get(name, f'({name} {w})') for name in self.sorts)})"

    def at(self, name: str, value: str, w: str) -> dict[str, str]:
        """Return the change of a field that each end has, at end e."""
        return {
            f"{name}.A": f"(ite e ({name}.A {w}) {value})",
            f"{name}.B": f"(ite e {value} ({name}.B {w}))",
        }

    def _access(self) -> list[str]:
        lines = ["(define-fun Tcb-of ((e Bool) (w World)) Tcb (ite e (tcb.B w) (tcb.A w)))"]
        ghosts = "(define-fun Ghosts-of ((e Bool) (w World)) Ghosts (ite e (ghost.B w) (ghost.A w)))"
        return [*lines, *[ghosts] * bool(self.model.ghosts)]

    def _isn(self) -> list[str]:
        """Return the ISN on offer."""
        if not self.facts.chooses or self.model.numbering is None:
            return []
        a, b = (self._offered(end) for end in (0, 1))
        return [
            "; the initial sequence number on offer (RFC 9293 section 3.4.1)",
            f"(define-fun Isn ((e Bool) (w World)) (_ BitVec {self.model.bits}) (ite e {b} {a}))",
        ]

    def _offered(self, end: int) -> str:
        one, bits = (self.model.numbering or ())[end], self.model.bits
        chosen, width = f"(CHOSEN.{ENDS[end]} w)", self.widths[f"CHOSEN.{ENDS[end]}"]
        if one.follows:
            return f"(ite (= {chosen} {vector(0, width)}) {vector(one.base, bits)} (LAST.NXT.{ENDS[end]} w))"
        values = one.values or tuple(one.base + n * one.step for n in range(one.limit + 1))
        text = vector(values[-1], bits)
        for n, value in reversed(list(enumerate(values[:-1]))):
            text = f"(ite (= {chosen} {vector(n, width)}) {vector(value, bits)} {text})"
        return text

    # --- what surrounds an event ------------------------------------------------------------------------------

    def _put(self) -> list[str]:
        """Return the function that puts a segment into the first free slot."""
        full = "(result false (then r))" if self.model.network.overflow == "block" else "r"
        texts = []
        for first in (0, self.capacity) if self.fifo else (0,):
            text = full
            for i in reversed(range(first, first + self.capacity)):
                put = self.world({f"there.{i}": "true", f"slot.{i}": "m"}, "w")
                text = f"(ite (not (there.{i} w)) (result (ok r) {put})\n    {text})"
            texts.append(text)
        text = f"(ite (to m) {texts[1]} {texts[0]})" if self.fifo else texts[0]
        if self.model.network.kind == SET:
            known = " ".join(f"(and (there.{i} w) (= (slot.{i} w) m))" for i in range(self.size))
            text = f"(ite (or false {known}) r {text})"
        return ["(define-fun Put ((r Result) (m Segment)) Result", f"  (let ((w (then r))) {text}))"]

    def removed(self, slot: int, w: str) -> dict[str, str]:
        """Return what changes when the segment in a slot is taken out; a queue moves up."""
        if not self.fifo:
            return {f"there.{slot}": "false", f"slot.{slot}": "no-segment"}
        last = slot + self.capacity - 1
        moved = {f"there.{i}": f"(there.{i + 1} {w})" for i in range(slot, last)}
        moved |= {f"slot.{i}": f"(slot.{i + 1} {w})" for i in range(slot, last)}
        return moved | {f"there.{last}": "false", f"slot.{last}": "no-segment"}

    def _apply(self) -> list[str]:
        """Return the function that lets what comes of an event happen."""
        ghosts = bool(self.model.ghosts)
        given = "e event t g h o seg call" if ghosts else "e event t o seg call"
        changes = self.at("tcb", "(o.tcb o)", "w") | (self.at("ghost", "h", "w") if ghosts else {})
        for one in self.beside.steps:
            changes[f"broken.{one.name}"] = f"(or (broken.{one.name} w) (not (Holds.{one.name} {given})))"
        text = f"(result (ok r) {self.world(changes, 'w')})"
        for i in range(self.model.most_sent):
            sent = f"(sent.{i} o)"
            if ghosts:
                plain = [f"({'SEG.' + symbol(name)} {sent})" for name in self.model.fields]
                tags = [f"(Tag.{symbol(name)} {given} {sent})" for name in self.model.tags]
                sent = f"(segment (to {sent}) {' '.join([*plain, *tags])})"
            text = f"(let ((r {text}))\n  (ite (bvult {vector(i, COUNT)} (number o)) (Put r {sent}) r))"
        history = f"(let ((h (Written {given.replace(' h', '')})))\n  {text})" if ghosts else text
        g = "(let ((g (Ghosts-of e w)))" if ghosts else "(let ((g false))"
        parameters = "((e Bool) (event Event) (r Result) (o Outcome) (seg Segment) (call Call))"
        return [
            f"(define-fun Apply {parameters} Result",
            f"  (let ((w (then r))) (let ((t (Tcb-of e w))) {g}",
            f"  {history}))))",
        ]

    def _after(self) -> list[str]:
        """Return the function that adds what the world says: of ISSs chosen, of a persistent listener."""
        state, sort = symbol(self.facts.state.name), self.facts.state.sort
        chose, changes, may = "false", {}, "true"
        if self.facts.chooses and self.model.numbering is not None:
            returns = f" (distinct ({state} (o.tcb o)) TIME-WAIT)" if "TIME-WAIT" in sort.members else ""
            chose = f"(and (chose o){returns})"
            most = [
                vector(one.limit, self.widths[f"CHOSEN.{end}"])
                for end, one in zip(ENDS, self.model.numbering, strict=True)
            ]
            may = f"(not (and chose? (ite e (= (CHOSEN.B w) {most[1]}) (= (CHOSEN.A w) {most[0]}))))"
            for end, is_it in zip(ENDS, ("(not e)", "e"), strict=True):
                more = f"(bvadd (CHOSEN.{end} w) {vector(1, self.widths[f'CHOSEN.{end}'])})"
                changes[f"CHOSEN.{end}"] = f"(ite (and chose? {is_it}) {more} (CHOSEN.{end} w))"
        for number in self.facts.following:
            leaves = f"(not {self.language.among(f'({state} (Tcb-of e w))', sort, NO_CONNECTION)})"
            gone = self.language.among(f"({state} (o.tcb o))", sort, NO_CONNECTION)
            where, name = "e" if number else "(not e)", f"LAST.NXT.{ENDS[number]}"
            changes[name] = f"(ite (and {where} {leaves} {gone}) (SND.NXT (Tcb-of e w)) ({name} w))"
        text = f"(Apply e event (result {may} {self.world(changes, 'w')}) o seg call)"
        who = [word for word, listens in zip(("(not e)", "e"), self.model.listens, strict=True) if listens]
        if who:
            said = self._call(OPEN.event, NOTHING_SAID, "(then r)")
            again = "(Event.OPEN e (Tcb-of e (then r)) no-segment said)"
            more = "(ite (fires again) (Apply e it-is.OPEN r again no-segment said) r)"
            text = (
                f"(let ((r {text}))\n  (ite (and (or {' '.join(who)}) (= ({state} (o.tcb o)) CLOSED))\n"
                f"  (let ((said {said})) (let ((again {again})) {more})) r))"
            )
        parameters = "((e Bool) (event Event) (w World) (o Outcome) (seg Segment) (call Call))"
        return [f"(define-fun After {parameters} Result", f"  (let ((chose? {chose}))\n  {text}))"]

    def _call(self, event: Event, said: Mapping[str, Any], w: str) -> str:
        """Return what comes with an event at end e."""
        reads, read = (
            self.facts.call_fields(event),
            {n for one in self.model.events for n in self.facts.call_fields(one)},
        )
        values = []
        for name, sort in CALL_FIELDS.items():
            if name in read and name == "ISN":
                values.append(f"(Isn e {w})")
            elif name in read:
                values.append(self.language.value(said[name] if name in reads else NOTHING_SAID[name], sort))
        return f"(call-of {' '.join(values or ['false'])})"

    # --- steps ------------------------------------------------------------------------------------------------

    def _ways(self) -> list[str]:
        """Return every way to take a step, and the step that a way is."""
        ways = [(f"{ENDS[own.end]}: {own.says}", self._own(own)) for own in self.model.own]
        heads = (0, self.capacity) if self.fifo else tuple(range(self.size))
        number, slots = len(ways), {}
        for slot in heads:
            for stays in (False, True)[: 1 if self.model.duplicates == 0 else 2]:
                slots[number] = (slot, stays)
                number += 1
        losses = [(f"the segment in slot {slot} is lost", self._loss(slot)) for slot in heads if self.model.losses != 0]
        bits = bits_of(number + len(losses))
        lines, text = [f"(define-sort Way () (_ BitVec {bits}))"], "(Arrival w way)"
        for i, (says, body) in enumerate(ways + losses):
            way = i if i < len(ways) else i + len(slots)
            lines += [f"; way {way}: {says}", f"(define-fun Way.{way} ((w World)) Result\n  {body})"]
            text = f"(ite (= way {vector(way, bits)}) (Way.{way} w)\n    {text})"
        return [
            *lines,
            *self._arrivals(slots, bits),
            f"(define-fun Step ((w World) (way Way)) Result\n    {text})",
            "(define-fun May ((w World) (way Way)) Bool (ok (Step w way)))",
            "(define-fun Take ((w World) (way Way)) World (then (Step w way)))",
            "(define-fun Next ((w World) (v World) (way Way)) Bool (and (May w way) (= v (Take w way))))",
        ]

    def _arrivals(self, slots: Mapping[int, tuple[int, bool]], bits: int) -> list[str]:
        """Return the ways in which a segment arrives: one function, the slot chosen by the way."""
        arrival, lines = symbol(self.model.arrival.name), []
        guard, seg, before = "false", "no-segment", "w"
        for way, (slot, stays) in slots.items():
            lines.append(f"; way {way}: the segment in slot {slot} arrives{' and stays' if stays else ''}")
            left, changes = (
                self._budget("DUPLICATES", self.model.duplicates) if stays else ("true", self.removed(slot, "w"))
            )
            this = f"(= way {vector(way, bits)})"
            guard = f"(ite {this} (and (there.{slot} w) {left}) {guard})"
            seg = f"(ite {this} (slot.{slot} w) {seg})"
            before = f"(ite {this} {self.world(changes, 'w')} {before})"
        return [
            *lines,
            "(define-fun Arrival ((w World) (way Way)) Result",
            f"  (let ((may {guard}) (seg {seg}) (before {before}))",
            f"  (let ((e (to seg))) (let ((call {self._call(self.model.arrival, NOTHING_SAID, 'w')}))",
            f"  (let ((r (After e it-is.{arrival} before (Event.{arrival} e (Tcb-of e w) seg call) seg call)))",
            "  (result (and may (ok r)) (then r)))))))",
        ]

    def _own(self, own: Own) -> str:
        name = counter(own)
        guard = ["(fires o)"]
        if name:
            number = own.below if own.below is not None else own.at
            compare = "bvult" if own.below is not None else "="
            guard.append(f"({compare} ({name} w) {vector(number or 0, self.widths[name])})")
        state = f"({symbol(self.facts.state.name)} (Tcb-of e w))"
        guard += [self.language.among(state, self.facts.state.sort, own.states)] * bool(own.states)
        guard += [self._away(i) for i in range(self.model.most_sent)] * own.once
        spent = "w"
        if own.spends:
            more = f"(ite (refused o) ({name} w) (bvadd ({name} w) {vector(1, self.widths[name])}))"
            spent = self.world({name: more}, "w")
        if own.event == CRASH:
            tcb = f"(tcb {' '.join(self.rules.blank(v.name) for v in self.model.assigned)})"
            flags = " ".join(["true", *["false"] * (len(FLAGS) - 1 + len(self.rules.traced))])
            blank = " ".join(["no-segment"] * self.model.most_sent)
            outcome = f"(outcome {tcb} {vector(0, COUNT)} {vector(0, COUNT)} {blank} {flags})"
        else:
            outcome = f"(Event.{symbol(own.event.name)} e (Tcb-of e w) no-segment call)"
        call = self._call(own.event, {**NOTHING_SAID, **own.call}, "w")
        after = f"(After e it-is.{symbol(own.event.name)} {spent} o no-segment call)"
        return (
            f"(let ((e {'true' if own.end else 'false'})) (let ((call {call})) (let ((o {outcome}))\n"
            f"  (ite (and {' '.join(guard)}) {after} (result false w)))))"
        )

    def _away(self, i: int) -> str:
        """Return that no copy of segment number i of those to be sent is in flight."""
        alike = " ".join(
            f"(and (there.{j} w) (= (to (slot.{j} w)) (to (sent.{i} o)))"
            + "".join(f" (= (SEG.{symbol(n)} (slot.{j} w)) (SEG.{symbol(n)} (sent.{i} o)))" for n in self.model.fields)
            + ")"
            for j in range(self.size)
        )
        return f"(not (and (bvult {vector(i, COUNT)} (number o)) (or false {alike})))"

    def _loss(self, slot: int) -> str:
        guard, spent = self._budget("LOSSES", self.model.losses)
        same = {f"broken.{one.name}": "false" for one in self.beside.steps}
        return (
            f"(result (and (there.{slot} w) {guard}) {self.world({**self.removed(slot, 'w'), **spent, **same}, 'w')})"
        )

    def _budget(self, name: str, limit: int | None) -> tuple[str, dict[str, str]]:
        if limit is None:
            return "true", {}
        width = self.widths[name]
        return f"(bvult ({name} w) {vector(limit, width)})", {name: f"(bvadd ({name} w) {vector(1, width)})"}

    # --- runs -------------------------------------------------------------------------------------------------

    def _initial(self) -> list[str]:
        values = {name: "false" for name, sort in self.sorts.items() if sort == "Bool"}
        values |= {name: vector(0, width) for name, width in self.widths.items()}
        values |= {f"LAST.NXT.{ENDS[end]}": vector(0, self.model.bits) for end in self.facts.following}
        values |= {f"slot.{i}": "no-segment" for i in range(self.size)}
        for end, name in enumerate(ENDS):
            said = [self.language.value(self.model.start(end, v.name), v.sort) for v in self.model.assigned]
            values[f"tcb.{name}"] = f"(tcb {' '.join(said)})"
            ghosts = [self.language.value(g.initial, g.variable.sort) for g in self.model.ghosts]
            values[f"ghost.{name}"] = f"(ghosts {' '.join(ghosts)})"
        return [f"(define-fun Init () World (world {' '.join(values[name] for name in self.sorts)}))"]


def write(model: Model, name: str, depth: int = DEPTH) -> str:  # noqa: ARG001  # only some languages name the content
    """Return a model in SMT-LIB, unrolled to a depth. Raise OutOfReach for what SMT-LIB cannot say."""
    return Smt(model, depth).text()
