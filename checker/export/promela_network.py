"""Promela's network: sorted slots (bag, set) or two queues, each slot as many words as a segment takes."""

from __future__ import annotations

from checker.export.model import Model
from checker.export.packing import DESTINATION, Place, packed, words
from checker.export.promela_words import LONGEST
from checker.export.terms import identifier
from spec.network import FIFO, SET


class Slots:
    """The network of a model as Promela text."""

    def __init__(self, model: Model) -> None:
        self.model = model
        self.fifo = model.network.kind == FIFO
        self.capacity = model.network.capacity
        self.places = packed({**model.fields, **{name: expr.sort for name, expr in model.tags.items()}}, model.bits)
        self.words = words(self.places)
        self.size = self.capacity * (2 if self.fifo else 1)
        self.heads = (0, self.capacity) if self.fifo else tuple(range(self.capacity))

    def declarations(self) -> list[str]:
        """Return the slots; all are empty at first."""
        order = "two queues, to A and to B" if self.fifo else "in falling order, empty slots last"
        return [f"int NET{w}[{self.size}];  /* {order} */" for w in range(self.words)]

    def scratch(self) -> list[str]:
        """Return the scratch variables: slots as they were, segments to be sent, one of them."""
        most = self.model.most_sent
        return [f"SCRATCH int was_NET{w}[{self.size}], out{w}[{most}], one{w};" for w in range(self.words)]

    def scratch_names(self) -> list[str]:
        """Return the scratch variables one by one."""
        slots = [f"was_NET{w}[{i}]" for w in range(self.words) for i in range(self.size)]
        outs = [f"out{w}[{i}]" for w in range(self.words) for i in range(self.model.most_sent)]
        return [*slots, *outs, *(f"one{w}" for w in range(self.words))]

    def arguments(self, prefix: str) -> str:
        """Return a segment's words under a name."""
        return ", ".join(f"{prefix}{w}" for w in range(self.words))

    def segment_macro(self) -> list[str]:
        """Return the macro that packs a segment's fields, the destination being the other end's number."""
        names = ", ".join(identifier(name) for name in self.model.fields)
        given = {name: place for name, place in self.places.items() if name not in self.model.tags}
        parts = [
            " | ".join(_packed(name, place) for name, place in given.items() if place.word == w) or "0"
            for w in range(self.words)
        ]
        return [f"#define SEGMENT(to, {names}) {', '.join(f'({part})' for part in parts)}"]

    def field(self, name: str, slot: str) -> str:
        """Return a field of the segment in a slot."""
        return unpacked(self.places[name], f"NET{{}}[{slot}]")

    def there(self, slot: int) -> str:
        """Return that a slot holds a segment that may be next: each of several equal ones counts once."""
        occupied = f"NET0[{slot}] != 0"
        if self.fifo or not slot:
            return occupied
        differ = " || ".join(f"NET{w}[{slot}] != NET{w}[{slot - 1}]" for w in range(self.words))
        return f"{occupied} && ({differ})"

    def same(self, slot: str, prefix: str) -> str:
        """Return that a slot holds these words."""
        return " && ".join(f"NET{w}[{slot}] == {prefix}{w}" for w in range(self.words))

    def in_flight(self) -> list[str]:
        """Return the macro that a segment is in flight."""
        names = self.arguments("c")
        alike = " || ".join(
            f"({' && '.join(f'{self._bare(w, slot)} == (c{w})' for w in range(self.words))})"
            for slot in range(self.size)
        )
        return [f"#define IN_FLIGHT_({names}) ({alike})", "#define IN_FLIGHT(segment) IN_FLIGHT_(segment)"]

    def _bare(self, word: int, slot: int) -> str:
        """Return a slot's word without the ghosts of its segment."""
        ghosts = sum(
            (1 << place.bits) - 1 << place.shift
            for name, place in self.places.items()
            if place.word == word and name in self.model.tags
        )
        return f"(NET{word}[{slot}] & ~{ghosts})" if ghosts else f"NET{word}[{slot}]"

    def copied(self, target: str, source: str) -> list[str]:
        """Return statements that copy all slots."""
        return [f"{target}{w}[{i}] = {source}{w}[{i}]" for w in range(self.words) for i in range(self.size)]

    def emit(self) -> list[str]:
        """Return the macro that keeps a segment until the step is known to be possible.

        It is no inline: Spin misreads "-> (" in an inline's arguments.
        """
        body = "; ".join(f"out{w}[sent] = c{w}" for w in range(self.words))
        return [f"#define EMIT_({self.arguments('c')}) {body}; sent++", "#define EMIT(segment) EMIT_(segment)"]

    def put(self) -> list[str]:
        """Return the inline that puts segment number n of those to be sent into the network."""
        full = "cut = CAPACITY" if self.model.network.overflow == "block" else "skip"
        load = "; ".join(f"one{w} = out{w}[n]" for w in range(self.words))
        return ["inline put() {", f"  {load};", *(self._append(full) if self.fifo else self._insert(full)), "}"]

    def _append(self, full: str) -> list[str]:
        to = self.places[DESTINATION].shift
        store = "; ".join(f"NET{w}[slot] = one{w}" for w in range(self.words))
        return [
            f"  slot = ((one0 >> {to}) == 2 -> {self.capacity} : 0); last = slot + {self.capacity};",
            "  do",
            "  :: slot < last && NET0[slot] != 0 -> slot++",
            "  :: else -> break",
            "  od;",
            "  if",
            f"  :: slot == last -> {full}",
            f"  :: else -> {store}",
            "  fi",
        ]

    def _insert(self, full: str) -> list[str]:
        larger = " || ".join(
            f"({' && '.join([*(f'NET{v}[slot] == one{v}' for v in range(w)), f'NET{w}[slot] > one{w}'])})"
            for w in range(self.words)
        )
        shift = "; ".join(f"NET{w}[last] = NET{w}[last - 1]" for w in range(self.words))
        store = "; ".join(f"NET{w}[slot] = one{w}" for w in range(self.words))
        known = f"slot < {self.capacity} && {self.same('slot', 'one')}"
        return [
            "  slot = 0;",
            "  do",
            f"  :: slot < {self.capacity} && ({larger}) -> slot++",
            "  :: else -> break",
            "  od;",
            f"  last = NET0[{self.capacity - 1}] != 0;  /* full */",
            "  if",
            *([f"  :: {known} -> skip  /* a set: it is there already */"] if self.model.network.kind == SET else []),
            "  :: else ->",
            "       if",
            f"       :: last == 1 -> {full}",
            "       :: else ->",
            f"            last = {self.capacity - 1};",
            "            do",
            f"            :: last > slot -> {shift}; last--",
            "            :: else -> break",
            "            od;",
            f"            {store}",
            "       fi",
            "  fi",
        ]

    def remove(self) -> list[str]:
        """Return the inline that takes the segment out of slot k."""
        shift = "; ".join(f"NET{w}[slot] = NET{w}[slot + 1]" for w in range(self.words))
        clear = "; ".join(f"NET{w}[slot] = 0" for w in range(self.words))
        end = (
            f"(k < {self.capacity} -> {self.capacity - 1} : {2 * self.capacity - 1})"
            if self.fifo
            else self.capacity - 1
        )
        return [
            "inline remove(k) {",
            f"  slot = k; last = {end};",
            "  do",
            f"  :: slot < last -> {shift}; slot++",
            "  :: else -> break",
            "  od;",
            f"  {clear}",
            "}",
        ]


def unpacked(place: Place, word: str) -> str:
    """Return a field out of its word, whose text has {} for the word's number."""
    code = word.format(place.word)
    if place.bits == LONGEST:
        return code
    shifted = f"({code} >> {place.shift})" if place.shift else code
    return f"({shifted} & {(1 << place.bits) - 1})"


def _packed(name: str, place: Place) -> str:
    text = f"({identifier(name)})"
    return f"{text} << {place.shift}" if place.shift else text
