"""TLA+: an event is a function from a TCB to what comes of it, so that what a bound forbids is simply not a step.

TLC counts as "states generated" the model's transitions and one for each initial state.
"""

from __future__ import annotations

from collections.abc import Sequence

from checker.export.facts import Facts, counter
from checker.export.model import NOTHING_SAID, Model, Own
from checker.export.reach import OutOfReach
from checker.export.terms import identifier
from checker.export.tla_beside import Beside
from checker.export.tla_rules import Rules
from checker.export.tla_words import LONGEST, arithmetic, quoted, tla
from spec.environment import ENDS
from spec.ghosts import CRASH
from spec.network import BAG, FIFO, SET
from spec.vocabulary import NO_CONNECTION, OPEN

_HEAD = """\
Written by `synproof export --to tla`. TLC: deadlocks are no errors here, so
  java -jar tla2tools.jar -deadlock -config {name}.cfg {name}.tla
with {name}.cfg:
"""
_NETWORK = {
    BAG: (
        "Nothing == EmptyBag",
        "InFlight == BagToSet(net)",
        "Without(n, m) == n (-) SetToBag({{m}})",
        "Full(n, m) == BagCardinality(n) >= {capacity}",
        "With(n, m) == n (+) SetToBag({{m}})",
    ),
    SET: (
        "Nothing == {{}}",
        "InFlight == net",
        "Without(n, m) == n \\ {{m}}",
        "Full(n, m) == m \\notin n /\\ Cardinality(n) >= {capacity}",
        "With(n, m) == n \\cup {{m}}",
    ),
    FIFO: (
        "Nothing == [e \\in Ends |-> << >>]",
        "InFlight == UNION {{{{net[e][i] : i \\in 1 .. Len(net[e])}} : e \\in Ends}}",
        "Without(n, m) == [n EXCEPT ![m.to] = Tail(@)]",
        "Full(n, m) == Len(n[m.to]) >= {capacity}",
        "With(n, m) == [n EXCEPT ![m.to] = Append(@, m)]",
    ),
}
"""The network's operators; InFlight is what is in flight, and next to arrive is what Heads says."""


class Tla:
    """The TLA+ text of a model."""

    def __init__(self, model: Model, name: str) -> None:
        if not 2 <= model.bits <= LONGEST:
            raise OutOfReach(
                f"TLC counts to 2^31, the world's numbers have {model.bits} bits: give --seq-bits 2 to {LONGEST}."
            )
        self.model, self.name, self.facts, self.language = model, name, Facts(model), tla(model.bits)
        self.beside = Beside(self.facts, self.language)
        self.rules = Rules(self.facts, self.language)

    def text(self) -> str:
        """Return the whole module."""
        rules = [self.rules.rule(rule) for rule in self.model.rules]
        events = [self.rules.event(event) for event in self.model.events]
        words = [f"{call(word.name, word.needs)} == {word.body}" for word in self.rules.words.words]
        sections = [
            self._head(), self._declarations(), arithmetic(self.model.bits), self._network(), self._numbering(), words,
            self.rules.forgetting(), *rules, *events, self.beside.text(), self._frame(), self._next(),
            self.beside.invariant_lines(),
        ]  # fmt: skip
        return "\n\n".join("\n".join(section) for section in sections if section) + f"\n{'=' * 77}\n"

    def _head(self) -> list[str]:
        title = f" MODULE {self.name} "
        about = [f"{self.model.name}: {self.model.title}"]
        about += [f"{name}: {value}" for name, value in self.model.bounds.items()]
        about += ["", *_HEAD.format(name=self.name).splitlines(), *(f"  {line}" for line in self.config().splitlines())]
        return [
            f"{'-' * 30}{title}{'-' * 30}",
            *comment(about),
            "EXTENDS Integers, Sequences, FiniteSets, Bags",
        ]

    def config(self) -> str:
        """Return what TLC's configuration file must hold."""
        names = self.beside.names()
        return "\n".join(["INIT Init", "NEXT Next", *([f"INVARIANTS {' '.join(names)}"] if names else [])]) + "\n"

    def _declarations(self) -> list[str]:
        lines = ["\\* TCP Peer A is 0, TCP Peer B is 1", "Ends == {0, 1}", "VARIABLES"]
        lines += ["  tcb,    \\* what each end remembers"]
        lines += [f"  \\*   {v.name}: {v.meaning}" for v in self.model.assigned]
        lines += ["  used,   \\* how often things have happened", *self._counted()]
        lines += ["  ghost,  \\* history, which no rule reads"] * bool(self.model.ghosts)
        lines += ["  broken, \\* what the last step was that no step may be"] * self.beside.watches
        lines += ["  net     \\* what is in flight", f"vars == <<{', '.join(self.variables())}>>"]
        return lines

    def variables(self) -> list[str]:
        """Return the names of the state's variables."""
        return ["tcb", "used", *["ghost"] * bool(self.model.ghosts), *["broken"] * self.beside.watches, "net"]

    def _counted(self) -> list[str]:
        return [f"  \\*   {name}: {says}" for name, says in self._counters().items()]

    def _counters(self) -> dict[str, str]:
        """Return what is counted, by name."""
        found = {counter(own): own.counter.says for own in self.model.own if own.counter is not None}
        found |= {"CHOSEN": "ISSs that each end has chosen"} if self.facts.chooses else {}
        found |= {"LAST_NXT": "SND.NXT of each end's last TCB deleted"} if self.facts.follows else {}
        found |= {"LOSSES": "segments lost"} if self.model.losses else {}
        found |= {"DUPLICATES": "segments repeated"} if self.model.duplicates else {}
        return found or {"NOTHING": "nothing is counted here"}

    def _network(self) -> list[str]:
        network = self.model.network
        said = [line.format(capacity=network.capacity) for line in _NETWORK[network.kind]]
        put = "RECURSIVE Sent(_, _)", "Sent(n, ms) == IF ms = << >> THEN n"
        if network.overflow == "lose":
            rest = ["  ELSE Sent(IF Full(n, Head(ms)) THEN n ELSE With(n, Head(ms)), Tail(ms))", "Fits(n, ms) == TRUE"]
        else:
            rest = [
                "  ELSE Sent(With(n, Head(ms)), Tail(ms))",
                "RECURSIVE Fits(_, _)",
                "Fits(n, ms) == IF ms = << >> THEN TRUE",
                "  ELSE ~Full(n, Head(ms)) /\\ Fits(With(n, Head(ms)), Tail(ms))",
            ]
        heads = (
            "Heads == {Head(net[e]) : e \\in {x \\in Ends : net[x] # << >>}}"
            if network.kind == FIFO
            else "Heads == InFlight"
        )
        return ["\\* the network: " + str(network), *said, heads, *put, *rest]

    def _numbering(self) -> list[str]:
        """Return the ISN on offer."""
        if not self.facts.chooses or self.model.numbering is None:
            return []
        said = []
        for one in self.model.numbering:
            if one.values:
                last = len(one.values)
                text = f"<<{', '.join(map(str, one.values))}>>[IF n < {last} THEN n + 1 ELSE {last}]"
            elif one.follows:
                text = f"(IF n = 0 THEN {one.base} ELSE last)"
            else:
                text = f"({one.base} + n * {one.step}) % Modulus" if one.step else str(one.base)
            said.append(text)
        a, b = self.model.numbering
        return [
            "\\* the n-th initial sequence number of an end (RFC 9293 section 3.4.1), and how many it may choose",
            f"Isn(e, n, last) == IF e = 0 THEN {said[0]} ELSE {said[1]}",
            f"MostIsns(e) == IF e = 0 THEN {a.limit} ELSE {b.limit}",
        ]

    def _frame(self) -> list[str]:
        """Return what a step does: unless a bound forbids it, the end, the network and what is counted move on."""
        state, listens = self.facts.state_name, [end for end in (0, 1) if self.model.listens[end]]
        returns = f' /\\ o.tcb.{state} # "TIME-WAIT"' if "TIME-WAIT" in self.model.relation.states else ""
        there = f'e \\in {{{", ".join(map(str, listens))}}} /\\ o.tcb.{state} = "CLOSED"'
        again = [
            f"      said == {self.rules.call(OPEN.event, NOTHING_SAID, 'e', 'now')}",
            f"      again == IF {there}",
            "               THEN Event_OPEN(e, o.tcb, << >>, said) ELSE [o EXCEPT !.chain = << >>, !.sent = << >>]",
            "      listens == again.chain # << >>",
        ]
        lines = [
            f"      chose == o.chose{returns}",
            f"      now == {self._now()}",
            *(again if listens else []),
            *self._history(bool(listens)),
            f"      end == {'IF listens THEN again.tcb ELSE o.tcb' if listens else 'o.tcb'}",
        ]
        return [
            "\\* what comes of an event at end e, counted in `counted`, its segments sent into n;",
            "\\* a persistent listener listens again",
            "Takes(e, event, o, seg, call, n, counted) ==",
            "  LET" + lines[0][5:],
            *lines[1:],
            "  IN",
            *(["  /\\ ~(chose /\\ used.CHOSEN[e] = MostIsns(e))"] * self.facts.chooses),
            "  /\\ Fits(n, sent)",
            "  /\\ tcb' = [tcb EXCEPT ![e] = end]",
            "  /\\ used' = now",
            *(["  /\\ ghost' = [ghost EXCEPT ![e] = history]"] * bool(self.model.ghosts)),
            *(["  /\\ broken' = wrong"] * self.beside.watches),
            "  /\\ net' = Sent(n, sent)",
        ]

    def _now(self) -> str:
        """Return what is counted after the event."""
        changes = ["!.CHOSEN[e] = IF chose THEN @ + 1 ELSE @"] * self.facts.chooses
        if self.facts.follows:
            gone = f"{{{', '.join(map(quoted, NO_CONNECTION))}}}"
            state = self.facts.state_name
            who = f"e \\in {{{', '.join(map(str, self.facts.following))}}}"
            leaves = f"{who} /\\ tcb[e].{state} \\notin {gone} /\\ o.tcb.{state} \\in {gone}"
            changes.append(f"!.LAST_NXT[e] = IF {leaves} THEN tcb[e].SND_NXT ELSE @")
        return f"[counted EXCEPT {', '.join(changes)}]" if changes else "counted"

    def _history(self, listens: bool) -> list[str]:  # noqa: FBT001  # whether an end listens for ever
        """Return the segments sent, the ghosts after the event and what it breaks."""
        ghosts = bool(self.model.ghosts)
        g = "ghost[e]" if ghosts else "<< >>"
        first = f"e, event, tcb[e], {g}, h, o, seg, call"
        second = 'e, "OPEN", o.tcb, h, history, again, << >>, said'
        lines = []
        if ghosts:
            lines += [f"      h == Written(e, event, tcb[e], {g}, o, seg, call)"]
            later = 'IF listens THEN Written(e, "OPEN", o.tcb, h, again, << >>, said) ELSE h' if listens else "h"
            lines += [f"      history == {later}"]
        else:
            lines += ["      h == << >>", "      history == << >>"] * self.beside.watches
        if ghosts:
            sent = f"[i \\in DOMAIN o.sent |-> Tagged({first}, o.sent[i])]"
            more = f"[i \\in DOMAIN again.sent |-> Tagged({second}, again.sent[i])]"
        else:
            sent, more = "o.sent", "again.sent"
        lines += [f"      sent == {sent}" + (f" \\o {more}" if listens else "")]
        if self.beside.watches:
            after = f" \\cup (IF listens THEN Broken({second}) ELSE {{}})" if listens else ""
            lines += [f"      wrong == Broken({first}){after}"]
        return lines

    def _next(self) -> list[str]:
        lines, names = [], []
        for i, own in enumerate(self.model.own):
            name = f"{ENDS[own.end]}_{i + 1}_{identifier(own.event.name)}"
            names.append(name)
            lines += [f"\\* {ENDS[own.end]}: {own.says}", f"{name} ==", *self._own(own), ""]
        return [
            *lines,
            *self._deliveries(),
            *self._init(),
            "Next ==",
            *(f"  \\/ {name}" for name in names),
            *self._each(),
        ]

    def _own(self, own: Own) -> list[str]:
        e, name = str(own.end), counter(own)
        state = f"tcb[{e}].{self.facts.state_name}"
        lines = [f"  /\\ used.{name} < {own.below}"] * (own.below is not None)
        lines += [f"  /\\ used.{name} = {own.at}"] * (own.at is not None)
        lines += [f"  /\\ {state} \\in {{{', '.join(map(quoted, own.states))}}}"] * bool(own.states)
        counted = f"[used EXCEPT !.{name} = @ + 1]" if own.spends else "used"
        if own.event == CRASH:
            changes = ", ".join(f"!.{identifier(v.name)} = {self.rules.blank(v.name)}" for v in self.model.assigned)
            outcome = f'[tcb |-> [tcb[e] EXCEPT {changes}], sent |-> << >>, chain |-> <<"E-2">>, chose |-> FALSE]'
            call = "<< >>"
        else:
            outcome = f"Event_{identifier(own.event.name)}(e, tcb[e], << >>, call)"
            call = self.rules.call(own.event, own.call, e)
            counted = f"(IF o.refused THEN used ELSE {counted})" if own.spends else counted
        away = "{Bare(m) : m \\in InFlight}" if self.model.tags else "InFlight"
        return [
            *lines,
            f"  /\\ LET e == {e}",
            f"         call == {call}",
            f"         o == {outcome}",
            "     IN /\\ o.chain # << >>",
            *([f"        /\\ \\A i \\in DOMAIN o.sent : o.sent[i] \\notin {away}"] * own.once),
            f"        /\\ Takes(e, {quoted(own.event.name)}, o, << >>, call, net, {counted})",
        ]

    def _deliveries(self) -> list[str]:
        arrival, model = self.model.arrival, self.model
        name = identifier(arrival.name)
        lines = [
            "\\* segment m arrives; the network becomes n, and what is counted `counted`",
            "Arrives(m, n, counted) ==",
            f"  LET call == {self.rules.call(arrival, NOTHING_SAID, 'm.to')}",
            f"      o == Event_{name}(m.to, tcb[m.to], m, call)",
            f"  IN Takes(m.to, {quoted(arrival.name)}, o, m, call, n, counted)",
            "Deliver(m) == Arrives(m, Without(net, m), used)",
        ]
        if model.duplicates != 0:
            left, counted = self._budget("DUPLICATES", model.duplicates)
            lines += [f"Repeat(m) == {left}Arrives(m, net, {counted})"]
        if model.losses != 0:
            left, counted = self._budget("LOSSES", model.losses)
            same = [name for name in self.variables() if name not in ("net", "used", "broken")]
            broken = " /\\ broken' = {}" if self.beside.watches else ""
            rest = f"used' = {counted}{broken} /\\ UNCHANGED <<{', '.join(same)}>>"
            lines += [f"Lose(m) == {left}net' = Without(net, m) /\\ {rest}"]
        return [*lines, ""]

    @staticmethod
    def _budget(name: str, limit: int | None) -> tuple[str, str]:
        if limit is None:
            return "", "used"
        return f"used.{name} < {limit} /\\ ", f"[used EXCEPT !.{name} = @ + 1]"

    def _each(self) -> list[str]:
        ways = ["Deliver(m)", *["Repeat(m)"] * (self.model.duplicates != 0), *["Lose(m)"] * (self.model.losses != 0)]
        return ["  \\/ \\E m \\in Heads : " + " \\/ ".join(ways)]

    def _init(self) -> list[str]:
        tcbs = [
            ", ".join(
                f"{identifier(v.name)} |-> {self.language.value(self.model.start(end, v.name), v.sort)}"
                for v in self.model.assigned
            )
            for end in (0, 1)
        ]
        each = dict.fromkeys(("CHOSEN", "LAST_NXT"), "[e \\in Ends |-> 0]")
        zeros = [f"{name} |-> {each.get(name, '0')}" for name in self._counters()]
        ghosts = ", ".join(
            f"{identifier(g.name)} |-> {self.language.value(g.initial, g.variable.sort)}" for g in self.model.ghosts
        )
        return [
            "Init ==",
            f"  /\\ tcb = [e \\in Ends |-> IF e = 0 THEN [{tcbs[0]}]",
            f"                           ELSE [{tcbs[1]}]]",
            f"  /\\ used = [{', '.join(zeros)}]",
            *([f"  /\\ ghost = [e \\in Ends |-> [{ghosts}]]"] * bool(ghosts)),
            *(["  /\\ broken = {}"] * self.beside.watches),
            "  /\\ net = Nothing",
            "",
        ]


def call(name: str, arguments: Sequence[str]) -> str:
    """Return an operator applied, one without arguments by its name alone."""
    return f"{name}({', '.join(arguments)})" if arguments else name


def comment(lines: Sequence[str]) -> list[str]:
    """Return lines of text as comments; TLA+ files are ASCII."""
    return [f"\\* {line}".rstrip() for line in lines]


def write(model: Model, name: str) -> str:
    """Return a model as a TLA+ module of this name. Raise OutOfReach for what TLC cannot explore."""
    return plain(Tla(model, name).text())


def plain(text: str) -> str:
    """Return the text in ASCII, as older TLA+ tools want it."""
    return text.replace("\N{SECTION SIGN}\N{SECTION SIGN}", "sections ").replace("\N{SECTION SIGN}", "section ")


def config(model: Model) -> str:
    """Return what TLC's configuration file for a model must hold."""
    return Tla(model, "model").config()
