"""Murphi's network: sorted slots (bag, set) or two queues, each slot as many words as a segment takes."""

from __future__ import annotations

from checker.export.facts import Facts
from checker.export.packing import DESTINATION, Place, packed, words
from checker.export.terms import identifier
from spec.language import Sort
from spec.network import FIFO, SET


class Slots:
    """The network of a model as Murphi text."""

    def __init__(self, facts: Facts) -> None:
        self.facts, self.model = facts, facts.model
        self.fifo = self.model.network.kind == FIFO
        self.capacity = self.model.network.capacity
        self.places = packed(facts.fields, self.model.bits)
        self.words = words(self.places)
        self.size = self.capacity * (2 if self.fifo else 1)

    def types(self) -> list[str]:
        """Return the types of slots."""
        most = [max(p.shift + p.bits for p in self.places.values() if p.word == w) for w in range(self.words)]
        each = " ".join(f"w{w}: 0 .. {(1 << bits) - 1};" for w, bits in enumerate(most))
        order = "two queues, to A and to B" if self.fifo else "in falling order, empty slots last"
        return [
            f"  Slot: 0 .. {self.size - 1};",
            f"  Index: 0 .. {self.size};",
            f"  Packed: record {each} end;",
            f"  Network: array [Slot] of Packed;  -- {order}; w0 is 0 in an empty one",
        ]

    def text(self) -> list[str]:
        """Return what is done with the network."""
        return [*self._pack(), *self._load(), *self._there(), *self._same(), *self._put(), *self._remove()]

    def _pack(self) -> list[str]:
        fields = {
            DESTINATION: "m.dest + 1",
            **{name: self._number(name, sort) for name, sort in self.facts.fields.items()},
        }
        lines = ["procedure Pack(m: Segment; var one: Packed); begin"]
        for w in range(self.words):
            parts = [_up(fields[name], place) for name, place in self.places.items() if place.word == w]
            lines.append(f"  one.w{w} := {' + '.join(parts)};")
        return [*lines, "end;"]

    @staticmethod
    def _number(name: str, sort: Sort) -> str:
        return f"(m.{identifier(name)} ? 1 : 0)" if sort.name == "bool" else f"m.{identifier(name)}"

    def _load(self) -> list[str]:
        lines = ["procedure Load(one: Packed; var m: Segment); begin"]
        lines += [f"  m.dest := {_down(self.places[DESTINATION])} - 1;"]
        for name, sort in self.facts.fields.items():
            text = _down(self.places[name])
            lines.append(f"  m.{identifier(name)} := {f'{text} = 1' if sort.name == 'bool' else text};")
        return [*lines, "end;"]

    def _there(self) -> list[str]:
        """Return the function that says which slots hold what may be next: of equal ones the first."""
        head = f"slot = 0 | slot = {self.capacity}" if self.fifo else "slot = 0 | !Same(net[slot], net[slot - 1])"
        return [
            *self._equal(),
            "function There(net: Network; slot: Slot): boolean; begin",
            f"  return net[slot].w0 != 0 & ({head});",
            "end;",
        ]

    def _equal(self) -> list[str]:
        same = " & ".join(f"a.w{w} = b.w{w}" for w in range(self.words))
        above = " | ".join(
            f"({' & '.join([*(f'a.w{v} = b.w{v}' for v in range(w)), f'a.w{w} > b.w{w}'])})" for w in range(self.words)
        )
        return [
            f"function Same(a: Packed; b: Packed): boolean; begin return {same}; end;",
            f"function Above(a: Packed; b: Packed): boolean; begin return {above}; end;",
        ]

    def _same(self) -> list[str]:
        """Return the function that says whether a copy of a segment is in flight, ghosts apart."""
        alike = ["other.dest = m.dest"]
        alike += [f"other.{identifier(name)} = m.{identifier(name)}" for name in self.model.fields]
        return [
            "function InFlight(net: Network; m: Segment): boolean;",
            "var other: Segment; found: boolean;",
            "begin",
            "  found := false;",
            "  for slot: Slot do",
            "    if net[slot].w0 != 0 then",
            "      clear other; Load(net[slot], other);",
            f"      if {' & '.join(alike)} then found := true; end;",
            "    end;",
            "  end;",
            "  return found;",
            "end;",
        ]

    def _put(self) -> list[str]:
        full = "ok := false;" if self.model.network.overflow == "block" else "-- it is lost"
        body = self._append(full) if self.fifo else self._insert(full)
        return [
            "procedure Insert(var net: Network; m: Segment; var ok: boolean);",
            "var one: Packed; slot: Index; last: Index;",
            "begin",
            "  Pack(m, one);",
            *body,
            "end;",
        ]

    def _append(self, full: str) -> list[str]:
        return [
            f"  slot := m.dest = 1 ? {self.capacity} : 0; last := slot + {self.capacity};",
            "  while slot < last & net[slot].w0 != 0 do slot := slot + 1; end;",
            f"  if slot = last then {full}",
            "  else net[slot] := one;",
            "  end;",
        ]

    def _insert(self, full: str) -> list[str]:
        return [
            "  slot := 0;",
            f"  while slot < {self.capacity} & Above(net[slot], one) do slot := slot + 1; end;",
            *(
                [f"  if slot < {self.capacity} & Same(net[slot], one) then -- a set: it is there already"]
                * (self.model.network.kind == SET)
            ),
            f"  {'elsif' if self.model.network.kind == SET else 'if'} net[{self.capacity - 1}].w0 != 0 then {full}",
            "  else",
            f"    last := {self.capacity - 1};",
            "    while last > slot do net[last] := net[last - 1]; last := last - 1; end;",
            "    net[slot] := one;",
            "  end;",
        ]

    def _remove(self) -> list[str]:
        end = f"k < {self.capacity} ? {self.capacity - 1} : {self.size - 1}" if self.fifo else str(self.capacity - 1)
        return [
            "procedure Remove(var net: Network; k: Slot);",
            "var slot: Index; last: Index;",
            "begin",
            f"  slot := k; last := {end};",
            "  while slot < last do net[slot] := net[slot + 1]; slot := slot + 1; end;",
            *(f"  net[last].w{w} := 0;" for w in range(self.words)),
            "end;",
        ]


def _up(text: str, place: Place) -> str:
    return f"({text}) * {1 << place.shift}" if place.shift else f"({text})"


def _down(place: Place) -> str:
    shifted = f"one.w{place.word} / {1 << place.shift}" if place.shift else f"one.w{place.word}"
    return f"({shifted}) % {1 << place.bits}"
