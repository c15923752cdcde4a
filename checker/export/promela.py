"""Promela: one process, one d_step a transition, so that Spin stores the model's states and nothing else.

Spin cannot take back what a d_step has begun: a step that a bound of the world forbids ends where it began and, in a
pan compiled with -DPRINTF, prints "cut off: ..." once. Spin's transitions are those of the model, these, and one for
the initial state.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from checker.export.facts import Facts, counter
from checker.export.model import NOTHING_SAID, Model, Own
from checker.export.packing import DESTINATION
from checker.export.promela_beside import Beside
from checker.export.promela_network import Slots
from checker.export.promela_rules import Rules, call, in_states, statements
from checker.export.promela_words import LONGEST, arithmetic, member, number, scratch_type, type_of
from checker.export.reach import OutOfReach
from checker.export.terms import enumerations, identifier
from spec.environment import ENDS
from spec.ghosts import CRASH
from spec.language import Event, Rule
from spec.language.sorts import SEQ
from spec.vocabulary import NO_CONNECTION, OPEN

_HEAD = """
   Written by `synproof export --to promela`. A d_step is a transition; one that a bound of the world forbids leads back
   to where it came from and, in a pan compiled with -DPRINTF, prints a line.
   Depth first:    spin -a FILE && cc -O3 -fwrapv -DSAFETY -DNOREDUCE -o pan pan.c && ./pan -E
   Breadth first:  spin -a -DSHOWALL FILE && cc -O3 -fwrapv -DBFS -DSAFETY -DNOREDUCE -o pan pan.c && ./pan -E */
"""
_SCRATCH = """\
/* between transitions all of this is 0; -DSHOWALL keeps it in the state, which breadth-first search insists on */
#ifdef SHOWALL
#define SCRATCH
#else
#define SCRATCH hidden
#endif"""
_COUNTS = ("me", "at", "chose", "refused", "cut", "to", "sent", "n", "slot", "last")


class Promela:
    """The Promela text of a model."""

    def __init__(self, model: Model) -> None:
        if not 2 <= model.bits <= LONGEST:
            raise OutOfReach(f"Promela's numbers have 2 to {LONGEST} bits, the world's {model.bits}.")
        self.model, self.facts, self.slots = model, Facts(model), Slots(model)
        self.beside = Beside(self.facts, self.slots)
        self.rules = Rules(self.facts, self.slots, self.beside.traced)

    def text(self) -> str:
        """Return the whole file."""
        rules = [self.rules.rule(rule) for rule in self.model.rules]
        sections = [
            self._head(), self._constants(), self._variables(), self._scratch(), self._numbering(),
            self._network(), self._words(), self.rules.forgetting(), *rules,
            *(self.rules.event(event) for event in self.model.events), self.beside.text(),
            self._begin(), self._finish(), self._clear(),
            self._take(), self._process(),
        ]  # fmt: skip
        return "\n\n".join("\n".join(section) for section in sections if section) + "\n"

    # --- declarations -----------------------------------------------------------------------------------------

    def _head(self) -> list[str]:
        bounds = [f"   {name}: {value}" for name, value in self.model.bounds.items()]
        return [f"/* {self.model.name}: {self.model.title}", *bounds, *_HEAD.rstrip().splitlines()]

    def _constants(self) -> list[str]:
        sorts = [*self.facts.sorts.values(), *self.facts.fields.values(), *self.beside.sorts()]
        members = [(member(sort, name), i) for sort in enumerations(sorts) for i, name in enumerate(sort.members)]
        reasons = [("CAPACITY", 1), ("INCARNATIONS", 2)]
        lines = [f"#define {name} {value}" for name, value in [*members, *reasons, ("END_OF_CHAIN", 255)]]
        return [*lines, *self.beside.constants(), *arithmetic(self.model.bits)]

    def _variables(self) -> list[str]:
        model, lines = self.model, ["/* TCP Peer A is 0, TCP Peer B is 1 */"]
        for variable in model.assigned:
            values = [self.rules.language.value(model.start(end, variable.name), variable.sort) for end in (0, 1)]
            kind = type_of(variable.sort, model.bits)
            lines.append(f"{kind} {identifier(variable.name)}[2] = {{{', '.join(values)}}};  /* {variable.meaning} */")
        lines += ["byte CHOSEN[2];  /* ISSs chosen */"] * self.facts.chooses
        lines += [
            f"{type_of(SEQ, model.bits)} LAST_NXT[2];  /* SND.NXT of the last TCB deleted */"
        ] * self.facts.follows
        lines += [
            f"byte {counter(own)};  /* {own.counter.says} */" for own in _counted(model) if own.counter is not None
        ]
        lines += ["byte LOSSES;"] * bool(model.losses) + ["byte DUPLICATES;"] * bool(model.duplicates)
        return [*lines, *self.beside.declarations(), *self.slots.declarations()]

    def _scratch(self) -> list[str]:
        bits, sorts = self.model.bits, self.facts.sorts
        named = [(f"SEG_{identifier(name)}", sort) for name, sort in self.facts.fields.items()]
        named += [(f"was_{identifier(variable.name)}", variable.sort) for variable in self.model.assigned]
        named += [(f"old_{identifier(name)}", sorts[name]) for name in sorted(self.rules.kept)]
        named += [("was_LAST_NXT", SEQ)] * self.facts.follows
        named += self.beside.scratch()
        lines = [f"SCRATCH {scratch_type(sort, bits)} {name};" for name, sort in named]
        return [
            *_SCRATCH.splitlines(),
            f"SCRATCH byte {', '.join([*_COUNTS, *self.beside.counts()])};",
            *lines,
            *self.slots.scratch(),
        ]

    def _numbering(self) -> list[str]:
        """Return the macro of the ISN on offer, and how many an end may choose."""
        if not self.facts.chooses or self.model.numbering is None:
            return []
        a, b = (self._isn(end) for end in (0, 1))
        one, two = (numbering.limit for numbering in self.model.numbering)
        return [
            "/* the initial sequence number on offer (RFC 9293 §3.4.1), and how many an end may choose */",
            f"#define ISN(e) (e == 0 -> {a} : {b})",
            f"#define MOST_ISNS(e) (e == 0 -> {one} : {two})",
        ]

    def _isn(self, end: int) -> str:
        numbering = self.model.numbering or ()
        one, bits = numbering[end], self.model.bits
        if one.values:
            text = number(one.values[-1], bits)
            for i, value in reversed(list(enumerate(one.values[:-1]))):
                text = f"(CHOSEN[{end}] == {i} -> {number(value, bits)} : {text})"
            return text
        base = number(one.base, bits)
        if one.follows:
            return f"(CHOSEN[{end}] == 0 -> {base} : LAST_NXT[{end}])"
        return f"ADD({base}, CHOSEN[{end}] * {one.step})" if one.step else base

    def _network(self) -> list[str]:
        slots = self.slots
        once = slots.in_flight() if any(own.once for own in self.model.own) else []
        return ["/* the network */", *slots.segment_macro(), *once, *slots.emit(), *slots.put(), *slots.remove()]

    def _words(self) -> list[str]:
        """Return the macros of named expressions; the rules have been written down, so all are known."""
        return [line for lines in self.rules.definitions.values() for line in lines]

    # --- what surrounds an event ------------------------------------------------------------------------------

    def _begin(self) -> list[str]:
        names = [identifier(variable.name) for variable in self.model.assigned]
        kept = [f"was_{name} = {name}[me]" for name in names]
        kept += ["was_LAST_NXT = LAST_NXT[me]"] * self.facts.follows
        kept += self.beside.begins()
        return [
            "/* an event begins at end e: everything is kept as it was */",
            "inline begin(e) {",
            *statements(["me = e", *kept, *self.slots.copied("was_NET", "NET")]),
            "}",
        ]

    def _finish(self) -> list[str]:
        names = [identifier(variable.name) for variable in self.model.assigned]
        back = [f"{name}[me] = was_{name}" for name in names] + self.slots.copied("NET", "was_NET")
        back += ["CHOSEN[me] = CHOSEN[me] - chose"] * self.facts.chooses
        back += ["LAST_NXT[me] = was_LAST_NXT"] * self.facts.follows
        back += self.beside.back()
        fine = self.beside.asserted() or ["skip"]
        return [
            "/* what the world says to an event: it chose an ISS too many, or its segments do not fit: taken back */",
            "inline finish() {",
            *self._chosen(),
            *["  history();"] * self.beside.watches,
            *self._listens(),
            "  do",
            "  :: n < sent && cut == 0 -> put(); n++",
            "  :: else -> break",
            "  od;",
            "  if",
            f"  :: cut == 0 -> {'; '.join(fine)}",
            "  :: else ->",
            *statements(back, "       "),
            "       ;",
            "       if",
            '       :: cut == CAPACITY -> printf("cut off: network capacity\\n")',
            '       :: else -> printf("cut off: incarnations\\n")',
            "       fi",
            "  fi",
            "}",
        ]

    def _chosen(self) -> list[str]:
        """Return what follows from an ISS chosen; an end that returns to TIME-WAIT takes up its old one."""
        lines, state = [], self.facts.state
        if self.facts.chooses:
            returns = ["  :: STATE[me] == TIME_WAIT -> chose = 0"] if "TIME-WAIT" in state.sort.members else []
            lines += [
                "  if", "  :: chose == 0 -> skip", *returns,
                "  :: else ->",
                "       if",
                "       :: CHOSEN[me] == MOST_ISNS(me) -> cut = INCARNATIONS; chose = 0",
                "       :: else -> CHOSEN[me]++",
                "       fi",
                "  fi;",
            ]  # fmt: skip
        if self.facts.follows:
            gone, before = in_states("me", self.facts, NO_CONNECTION), self._was(NO_CONNECTION)
            who = " || ".join(f"me == {end}" for end in self.facts.following)
            last = f"  :: ({who}) && {gone} && !{before} -> LAST_NXT[me] = was_SND_NXT"
            lines += ["  if", last, "  :: else", "  fi;"]
        return lines

    def _was(self, states: Sequence[str]) -> str:
        return self.rules.language.among(f"was_{self.facts.state_name}", self.facts.state.sort, states)

    def _listens(self) -> list[str]:
        """Return that a persistent listener listens again as soon as its TCB is gone."""
        who = " || ".join(f"me == {end}" for end in (0, 1) if self.model.listens[end])
        if not who:
            return []
        told = [*self.beside.before(), *self._told(OPEN.event, NOTHING_SAID)]
        again = ["at = 0", *told, self._event(OPEN.event, NOTHING_SAID), *["history()"] * self.beside.watches]
        state = self.facts.state_name
        return [
            "  if",
            f"  :: {state}[me] == CLOSED && ({who}) ->",
            *statements(again, "       "),
            "  :: else",
            "  fi;",
        ]

    def _told(self, event: Event, said: Mapping[str, Any]) -> list[str]:
        """Return the statements that tell history of an event."""
        values = {name: str(int(value)) for name, value in {**NOTHING_SAID, **said}.items()}
        return self.beside.told(event.name, {**values, "ISN": "ISN(me)"})

    def _clear(self) -> list[str]:
        names = [f"SEG_{identifier(name)}" for name in self.facts.fields]
        names += [f"was_{identifier(variable.name)}" for variable in self.model.assigned]
        names += [f"old_{identifier(name)}" for name in sorted(self.rules.kept)]
        names += ["was_LAST_NXT"] * self.facts.follows
        names += self.slots.scratch_names()
        needed = [f"{name} = 0" for name in [*_COUNTS, *self.beside.counts()]]
        names += [name for name, _ in self.beside.scratch()]
        return [
            "inline clear() {",
            *statements(needed),
            "#ifdef SHOWALL",
            "  ;",
            *statements([f"{name} = 0" for name in names]),
            "#endif",
            "}",
        ]

    def _take(self) -> list[str]:
        reads = [f"SEG_{identifier(name)} = {self.slots.field(name, 'k')}" for name in self.facts.fields]
        to = f"to = {self.slots.field(DESTINATION, 'k')} - 1"
        return ["/* the segment in slot k is at hand */", "inline take(k) {", *statements([*reads, to]), "}"]

    # --- transitions ------------------------------------------------------------------------------------------

    def _process(self) -> list[str]:
        own = [line for one in self.model.own for line in self._own(one)]
        return [
            "active proctype synproof() {",
            "end:",
            "  do",
            *self.beside.always(),
            *own,
            *self._deliveries(),
            "  od",
            "}",
        ]

    def _own(self, own: Own) -> list[str]:
        e, name = str(own.end), counter(own)
        guard = [f"{name} < {own.below}"] * (own.below is not None) + [f"{name} == {own.at}"] * (own.at is not None)
        guard += [in_states(e, self.facts, own.states)] * bool(own.states)
        spend = [f"if :: cut == 0 && refused == 0 -> {name}++ :: else fi"] * own.spends
        lines = [f"  /* {ENDS[own.end]}: {own.says} */"]
        if own.event == CRASH:
            blank = [f"{identifier(v.name)}[me] = {self.rules.blank(v.name)}" for v in self.model.assigned]
            return [*lines, transition(guard, [f"begin({e})", *self._told(CRASH, {}), *blank, "finish()", *spend])]
        if own.once:
            return lines + [self._once(own, rule, guard) for rule in self.model.rules_of(own.event)]
        fires = call(f"FIRES_{identifier(own.event.name)}", [e, *self._said(own.event, own.call)])
        told = self._told(own.event, own.call)
        body = [f"begin({e})", *told, self._event(own.event, own.call), "finish()", *spend]
        return [*lines, transition([*guard, fires], body)]

    def _once(self, own: Own, rule: Rule[Any], guard: Sequence[str]) -> str:
        e, name = str(own.end), identifier(rule.id)
        said = [str(int(own.call[one])) for one in self.facts.calls([rule])]
        sent = [self.rules.segment(m.fields, self.rules.scope(e), e) for m in self.facts.once(own, rule)]
        away = [f"!IN_FLIGHT({segment})" for segment in sent]
        when = call(f"WHEN_{name}", [e, *said])
        told = self._told(own.event, own.call)
        return transition([*guard, when, *away], [f"begin({e})", *told, call(name, said), "finish()"])

    def _event(self, event: Event, said: Any) -> str:
        return call(f"EVENT_{identifier(event.name)}", self._said(event, said))

    def _said(self, event: Event, said: Any) -> list[str]:
        return [str(int(said[name])) for name in self.facts.calls_of(event)]

    def _deliveries(self) -> list[str]:
        model, lines = self.model, ["  /* a segment arrives, arrives and stays (a duplicate), is lost */"]
        arrive = [self._event(model.arrival, {}), "finish()"]
        for slot in self.slots.heads:
            there = [self.slots.there(slot)]
            take = [f"take({slot})", "begin(to)", *self._told(model.arrival, {})]
            lines.append(transition(there, [*take, f"remove({slot})", *arrive]))
            if model.duplicates != 0:
                left = [f"DUPLICATES < {model.duplicates}"] * bool(model.duplicates)
                spend = ["if :: cut == 0 -> DUPLICATES++ :: else fi"] * bool(model.duplicates)
                lines.append(transition([*there, *left], [*take, *arrive, *spend]))
            if model.losses != 0:
                left, spend = [f"LOSSES < {model.losses}"] * bool(model.losses), ["LOSSES++"] * bool(model.losses)
                lines.append(transition([*there, *left], [f"remove({slot})", *spend]))
        return lines


def transition(guard: Sequence[str], body: Sequence[str]) -> str:
    """Return one transition; it leaves the scratch variables as it found them."""
    return f"  :: d_step {{ {' && '.join(guard) or 'true'} -> {'; '.join([*body, 'clear()'])} }}"


def _counted(model: Model) -> list[Own]:
    """Return for each counter the first own step that has it."""
    found: dict[str, Own] = {}
    for own in model.own:
        found.setdefault(counter(own), own)
    return list(found.values())


def write(model: Model, name: str) -> str:  # noqa: ARG001  # only some languages name a file's content
    """Return a model in Promela. Raise OutOfReach for what Promela cannot say."""
    return Promela(model).text()
