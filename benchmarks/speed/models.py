"""What is explored: the common model of benchmarks/tcp_pair.py, and the real relation in the worlds of a scenario."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from benchmarks.speed.contenders import Contender, Counts, Form, ours
from benchmarks.speed.worlds import relation, worlds
from benchmarks.tcp_pair import AGREE, BITS, WINDOW
from benchmarks.tcp_pair_rules import TCP_PAIR
from checker.export import murphi, promela, tla
from checker.export.model import Model, of_rules, of_world
from spec.network import SET, Network

INCARNATIONS = 2
"""Of each end, in the common model."""
BY_HAND = ("tcp_pair.pml", "tcp_pair.m", "TcpPair.tla")
"""The common model written by hand for Spin, Rumur and TLC: a folder may hold it, so that a peer has its best form."""


@dataclass(frozen=True)
class Subject:
    """One model: how our explorer is told of it, and its forms in the peers' languages once it has been counted."""

    name: str
    words: tuple[str, ...]
    model: Model
    written: Mapping[str, str]

    def ours(self, kept: Path | None, *, timed: bool) -> Contender:
        """Return our explorer on this model; see contenders.ours."""
        times = ("--time",) if timed and self.words[0].endswith("tcp_pair") else ()
        return ours((*self.words, *times), kept)

    def forms(self, counts: Counts, cut: int) -> Iterator[Form]:
        """Yield the form written by hand, where there is one, and the exported form."""
        exported = {
            "pml": promela.write(self.model, "model"),
            "m": murphi.write(self.model, "model"),
            "tla": tla.write(self.model, "model"),
            "cfg": tla.config(self.model),
        }
        if self.written:
            yield Form("written by hand", self.written, counts.states, cut)
        yield Form("exported", exported, counts.states, cut)


def pair(capacity: int, by_hand: Path | None) -> Subject:
    """Return the common model with so many segments in flight, perhaps with forms by hand from a folder."""
    roles = ({"ACTIVE": True, "FIRST.ISS": 0, "LIMIT": INCARNATIONS}, {"FIRST.ISS": 1, "LIMIT": INCARNATIONS})
    model = of_rules(TCP_PAIR, BITS, roles, Network(SET, capacity, "lose"), (WINDOW, AGREE))
    words = ("benchmarks.tcp_pair", str(capacity), str(INCARNATIONS))
    return Subject(f"K={capacity}", words, model, {} if by_hand is None else _by_hand(by_hand, capacity))


def _by_hand(folder: Path, capacity: int) -> dict[str, str]:
    texts = {
        name: (folder / name).read_text(encoding="utf-8") for name in ("tcp_pair.pml", "tcp_pair.m", "TcpPair.tla")
    }
    bounds = f"#define K {capacity}\n#define NINC {INCARNATIONS}\n"
    murphi_text = re.sub(r"(?m)^( *K *: *)\d+", rf"\g<1>{capacity}", texts["tcp_pair.m"])
    murphi_text = re.sub(r"(?m)^( *NINC *: *)\d+", rf"\g<1>{INCARNATIONS}", murphi_text)
    constants = f"CONSTANTS K = {capacity} NInc = {INCARNATIONS}"
    config = f"SPECIFICATION Spec\n{constants}\nINVARIANTS Window Agree\n"
    return {"pml": bounds + texts["tcp_pair.pml"], "m": murphi_text, "tla": texts["TcpPair.tla"], "cfg": config}


def scenario(name: str) -> tuple[Subject, ...]:
    """Return the real relation in each world of a scenario that peers can explore."""
    return tuple(
        Subject(world.name, ("benchmarks.speed.worlds", name, world.name), of_world(relation(), world), {})
        for world in worlds(name).values()
    )
