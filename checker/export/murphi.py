"""Murphi: what a step does is a procedure on the whole state; it is tried on a copy, and a rule fires if it may be.

Rumur's "rules fired" are the model's transitions.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from checker.export.facts import Facts, counter
from checker.export.model import NOTHING_SAID, Model, Own
from checker.export.murphi_beside import Beside
from checker.export.murphi_network import Slots
from checker.export.murphi_rules import Rules
from checker.export.murphi_words import LONGEST, among, type_of
from checker.export.promela_words import member
from checker.export.reach import OutOfReach
from checker.export.terms import enumerations, identifier
from spec.environment import ENDS
from spec.ghosts import CRASH
from spec.language import Event
from spec.language.sorts import BOOL
from spec.vocabulary import CALL_FIELDS, NO_CONNECTION, OPEN

_HEAD = """
Written by `synproof export --to murphi`. Runs may end: deadlocks are no errors here.
  rumur --threads 1 --symmetry-reduction off --deadlock-detection off -o v.c FILE
  cc -O3 -march=native -o v v.c -lpthread && ./v"""

_PARAMETERS = "e: Peer; event: Event; var w: World; var o: Outcome; seg: Segment; call: Call; var ok: boolean"
_TYPES = {"t": "t: Tcb", "seg": "seg: Segment"}


class Murphi:
    """The Murphi text of a model."""

    def __init__(self, model: Model) -> None:
        if not 2 <= model.bits <= LONGEST:
            raise OutOfReach(f"Murphi's numbers have 2 to {LONGEST} bits here, the world's {model.bits}.")
        self.model, self.facts = model, Facts(model)
        self.beside = Beside(self.facts)
        self.rules, self.slots = Rules(self.facts, self.beside.traced), Slots(self.facts)

    def text(self) -> str:
        """Return the whole file."""
        rules = [self.rules.rule(rule) for rule in self.model.rules]
        words = [
            f"function {word.name}({'; '.join(_TYPES[need] for need in word.needs)}): {type_of(word.sort)};"
            f" begin return {word.body}; end;"
            for word in self.rules.words.words
        ]
        sections = [
            self._head(), self._constants(), self._types(), ["var now: World;"], self.slots.text(),
            self._numbering(), words, self.rules.forgetting(), *rules,
            *(self.rules.event(event) for event in self.model.events), self.beside.text(), self._apply(), self._after(),
            self._start(), self._acts(), self._deliveries(),
            self.beside.invariant_lines(),
        ]  # fmt: skip
        return "\n\n".join("\n".join(section) for section in sections if section) + "\n"

    # --- declarations -----------------------------------------------------------------------------------------

    def _head(self) -> list[str]:
        bounds = [f"{name}: {value}" for name, value in self.model.bounds.items()]
        lines = [f"{self.model.name}: {self.model.title}", *bounds, *_HEAD.splitlines()]
        return [f"-- {line}".rstrip() for line in lines]

    def _constants(self) -> list[str]:
        sorts = [*self.facts.sorts.values(), *self.facts.fields.values(), *self.beside.sorts()]
        members = {member(sort, name): i for sort in enumerations(sorts) for i, name in enumerate(sort.members)}
        members |= {f"EVENT_{identifier(event.name)}": i for i, event in enumerate((*self.model.events, CRASH))}
        modulus = 1 << self.model.bits
        numbers = {"MODULUS": modulus, "HALF": modulus // 2, "END_OF_CHAIN": 255, **members}
        return ["const", *(f"  {name}: {value};" for name, value in numbers.items())]

    def _types(self) -> list[str]:
        model, most = self.model, self.model.most_sent
        read = {name for event in model.events for name in self.facts.call_fields(event)}
        calls = {name: sort for name, sort in CALL_FIELDS.items() if name in read}
        outcome = ["tcb: Tcb", f"sent: array [0 .. {most - 1}] of Segment", f"number: 0 .. {most}", "at: 0 .. 255"]
        outcome += [f"{name}: boolean" for name in ("fires", "chose", "refused")]
        outcome += [f"fired_{identifier(rule)}: boolean" for rule in sorted(self.beside.traced)]
        return [
            "type",
            "  Peer: 0 .. 1;  -- TCP Peer A is 0, TCP Peer B is 1",
            f"  Number: 0 .. {(1 << model.bits) - 1};",
            f"  Event: 0 .. {len(model.events)};",
            *self.slots.types(),
            "  Tcb: record",
            *(f"    {identifier(v.name)}: {type_of(v.sort)};  -- {v.meaning}" for v in model.assigned),
            "  end;",
            *self.beside.types(),
            "  Segment: record",
            "    dest: Peer;",
            *(f"    {identifier(name)}: {type_of(sort)};" for name, sort in self.facts.fields.items()),
            "  end;",
            "  Call: record",
            *(f"    {identifier(name)}: {type_of(sort)};" for name, sort in (calls or {"nothing": BOOL}).items()),
            "  end;",
            f"  Outcome: record {'; '.join(outcome)}; end;",
            *self._world(),
        ]

    def _world(self) -> list[str]:
        counters = {counter(own): own.counter for own in self.model.own if own.counter is not None}
        lines = [f"    {name}: 0 .. {one.limit};  -- {one.says}" for name, one in counters.items()]
        if self.facts.chooses and self.model.numbering is not None:
            most = max(one.limit for one in self.model.numbering)
            lines.append(f"    CHOSEN: array [Peer] of 0 .. {most};  -- ISSs chosen")
        lines += ["    LAST_NXT: array [Peer] of Number;  -- SND.NXT of the last TCB deleted"] * self.facts.follows
        lines += [f"    LOSSES: 0 .. {self.model.losses};"] * bool(self.model.losses)
        lines += [f"    DUPLICATES: 0 .. {self.model.duplicates};"] * bool(self.model.duplicates)
        ghosts = ["    ghost: array [Peer] of Ghosts;"] * bool(self.model.ghosts)
        broken = [f"    broken_{one.name}: boolean;" for one in self.beside.steps]
        return [
            "  World: record",
            "    tcb: array [Peer] of Tcb;",
            *ghosts,
            "    net: Network;",
            *lines,
            *broken,
            "  end;",
        ]

    def _numbering(self) -> list[str]:
        """Return the function of the ISN on offer, and how many an end may choose."""
        if not self.facts.chooses or self.model.numbering is None:
            return []
        a, b = (self._isn(end) for end in (0, 1))
        one, two = (numbering.limit for numbering in self.model.numbering)
        return [
            "-- the initial sequence number on offer (RFC 9293 section 3.4.1), and how many an end may choose",
            f"function Isn(e: Peer; w: World): Number; begin return e = 0 ? {a} : {b}; end;",
            f"function MostIsns(e: Peer): Number; begin return e = 0 ? {one} : {two}; end;",
        ]

    def _isn(self, end: int) -> str:
        one, chosen = (self.model.numbering or ())[end], f"w.CHOSEN[{end}]"
        if one.values:
            text = str(one.values[-1])
            for i, value in reversed(list(enumerate(one.values[:-1]))):
                text = f"({chosen} = {i} ? {value} : {text})"
            return text
        if one.follows:
            return f"({chosen} = 0 ? {one.base} : w.LAST_NXT[{end}])"
        return f"(({one.base} + {chosen} * {one.step}) % MODULUS)" if one.step else str(one.base)

    # --- what surrounds an event ------------------------------------------------------------------------------

    def _apply(self) -> list[str]:
        """Return the procedure that lets what comes of an event happen."""
        return [
            "-- what comes of an event happens in the world w; ok tells whether all segments fit",
            f"procedure Apply({_PARAMETERS});",
            f"var i: 0 .. {self.model.most_sent}; {' '.join(self.beside.variables())}",
            "begin",
            *self.beside.history(),
            "  w.tcb[e] := o.tcb;",
            "  i := 0;",
            "  while i < o.number do Insert(w.net, o.sent[i], ok); i := i + 1; end;",
            "end;",
        ]

    def _after(self) -> list[str]:
        """Return the procedure that adds what the world says: of ISSs chosen, of a persistent listener."""
        state, lines = self.facts.state_name, []
        if self.facts.chooses:
            returns = f" & o.tcb.{state} != TIME_WAIT" if "TIME-WAIT" in self.model.relation.states else ""
            lines += [
                f"  if o.chose{returns} then",
                "    if w.CHOSEN[e] = MostIsns(e) then ok := false;",
                "    else w.CHOSEN[e] := w.CHOSEN[e] + 1;",
                "    end;",
                "  end;",
            ]
        if self.facts.follows:
            gone = [among(f"{tcb}.{state}", self.facts.state.sort, NO_CONNECTION) for tcb in ("w.tcb[e]", "o.tcb")]
            who = " | ".join(f"e = {end}" for end in self.facts.following)
            lines += [f"  if ({who}) & !{gone[0]} & {gone[1]} then w.LAST_NXT[e] := w.tcb[e].SND_NXT; end;"]
        lines += ["  Apply(e, event, w, o, seg, call, ok);"]
        who = " | ".join(f"e = {end}" for end in (0, 1) if self.model.listens[end])
        if who:
            lines += [
                f"  if ({who}) & o.tcb.{state} = CLOSED then",
                "    clear again; clear nothing; clear said; again.tcb := w.tcb[e];",
                *(f"    {line}" for line in self._say(OPEN.event, NOTHING_SAID, "said", "e")),
                "    Event_OPEN(e, again, nothing, said);",
                "    if again.fires then Apply(e, EVENT_OPEN, w, again, nothing, said, ok); end;",
                "  end;",
            ]
        return [
            f"procedure After({_PARAMETERS});",
            *["var again: Outcome; nothing: Segment; said: Call;"] * bool(who),
            "begin",
            *lines,
            "end;",
        ]

    def _say(self, event: Event, said: Mapping[str, Any], call: str, end: str) -> list[str]:
        """Return the assignments of what comes with an event."""
        lines = []
        for name in self.facts.call_fields(event):
            text = f"Isn({end}, w)" if name == "ISN" else str(said.get(name, 0)).lower()
            lines.append(f"{call}.{identifier(name)} := {text};")
        return lines

    def _start(self) -> list[str]:
        lines = []
        for end in (0, 1):
            for v in self.model.assigned:
                value = self.rules.language.value(self.model.start(end, v.name), v.sort)
                lines.append(f"  now.tcb[{end}].{identifier(v.name)} := {value};")
            lines += [f"  now.ghost[{end}].{line};" for line in self.beside.start()]
        return ["startstate begin", "  clear now;", *lines, "end;"]

    # --- transitions ------------------------------------------------------------------------------------------

    def _acts(self) -> list[str]:
        """Return everything that an end does by itself: one procedure, for Rumur copies it wherever it is called."""
        lines = [line for i, own in enumerate(self.model.own) for line in self._own(i, own)]
        parameters = f"choice: 0 .. {len(self.model.own) - 1}"
        return [
            f"procedure Do_Act({parameters}; var w: World; var ok: boolean);",
            "var e: Peer; event: Event; o: Outcome; seg: Segment; call: Call;",
            "begin",
            "  e := 0; event := 0; clear o; clear seg; clear call; ok := false;",
            *lines,
            "  end;",
            "  if ok then After(e, event, w, o, seg, call, ok); end;",
            "end;",
            *_tried("Act", [parameters], "an end acts"),
        ]

    def _own(self, i: int, own: Own) -> list[str]:
        e = str(own.end)
        guard = [f"choice = {i}"]
        guard += [f"w.{counter(own)} < {own.below}"] * (own.below is not None)
        guard += [f"w.{counter(own)} = {own.at}"] * (own.at is not None)
        state = f"w.tcb[{e}].{self.facts.state_name}"
        guard += [among(state, self.facts.state.sort, own.states)] * bool(own.states)
        spend = [f"if ok & !o.refused then w.{counter(own)} := w.{counter(own)} + 1; end;"] * own.spends
        away = [f"({j} < o.number & InFlight(w.net, o.sent[{j}]))" for j in range(self.model.most_sent)]
        once = [f"if {' | '.join(away)} then ok := false; end;"] * own.once
        body = [f"e := {e}; event := EVENT_{identifier(own.event.name)}; o.tcb := w.tcb[{e}];", *self._event(own)]
        return [
            f"  {'elsif' if i else 'if'} {' & '.join(guard)} then -- {ENDS[own.end]}: {own.says}",
            *(f"    {line}" for line in (*body, "ok := o.fires;", *once, *spend)),
        ]

    def _event(self, own: Own) -> list[str]:
        if own.event == CRASH:
            blank = [f"o.tcb.{identifier(v.name)} := {self.rules.blank(v.name)};" for v in self.model.assigned]
            return [*blank, "o.fires := true;"]
        said = self._say(own.event, own.call, "call", str(own.end))
        return [*said, f"Event_{identifier(own.event.name)}({own.end}, o, seg, call);"]

    def _deliveries(self) -> list[str]:
        """Return that a segment arrives, arrives and stays (a duplicate), is lost."""
        arrival, model = self.model.arrival, self.model
        left, spend = _budget("DUPLICATES", model.duplicates)
        stays = ["if stays then", *(f"  {line}" for line in spend), "else Remove(w.net, slot);", "end;"]
        may_stay = "true" if model.duplicates is None else f"(!stays{left.replace(' & ', ' | ')})"
        keeps = model.duplicates != 0
        parameters = ["slot: Slot", *["stays: boolean"] * keeps]
        body = [
            "clear o; clear seg; clear call; Load(w.net[slot], seg); e := seg.dest; o.tcb := w.tcb[e];",
            *(stays if keeps else ["Remove(w.net, slot);"]),
            *self._say(arrival, NOTHING_SAID, "call", "e"),
            f"Event_{identifier(arrival.name)}(e, o, seg, call);",
            f"After(e, EVENT_{identifier(arrival.name)}, w, o, seg, call, ok);",
        ]
        return [
            f"procedure Do_Deliver({'; '.join(parameters)}; var w: World; var ok: boolean);",
            "var e: Peer; o: Outcome; seg: Segment; call: Call;",
            "begin",
            f"  ok := There(w.net, slot){f' & {may_stay}' if keeps else ''};",
            "  if ok then",
            *(f"    {line}" for line in body),
            "  end;",
            "end;",
            *_tried("Deliver", parameters, "a segment arrives"),
            *(["", *self._losing()] if model.losses != 0 else []),
        ]

    def _losing(self) -> list[str]:
        left, spend = _budget("LOSSES", self.model.losses)
        return [
            "procedure Do_Lose(slot: Slot; var w: World; var ok: boolean); begin",
            f"  ok := There(w.net, slot){left};",
            f"  if ok then Remove(w.net, slot); {' '.join(spend)} end;",
            "end;",
            *_tried("Lose", ["slot: Slot"], "a segment is lost"),
        ]


def _budget(name: str, limit: int | None) -> tuple[str, list[str]]:
    return ("", []) if limit is None else (f" & w.{name} < {limit}", [f"w.{name} := w.{name} + 1;"])


def _tried(name: str, parameters: Sequence[str], says: str) -> list[str]:
    """Return the function that tries a step on a copy of the state, and the rule that takes it."""
    given = ", ".join(parameter.split(":")[0] for parameter in parameters)
    return [
        f"function Can_{name}({'; '.join(parameters)}): boolean;",
        "var w: World; ok: boolean;",
        f"begin w := now; Do_{name}({given}, w, ok); return ok; end;",
        f"ruleset {'; '.join(parameters)} do",
        f'rule "{says}"',
        f"  Can_{name}({given}) ==>",
        "  var ok: boolean;",
        f"  begin Do_{name}({given}, now, ok);",
        "end;",
        "end;",
    ]


def write(model: Model, name: str) -> str:  # noqa: ARG001  # only some languages name a file's content
    """Return a model in Murphi. Raise OutOfReach for what Murphi cannot say."""
    return Murphi(model).text()
