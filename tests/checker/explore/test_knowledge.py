"""What ends know, on graphs small enough to see it, and in the worlds of the real relation."""

from __future__ import annotations

from array import array
from dataclasses import dataclass, field, replace
from typing import NamedTuple

import pytest

from checker.explore.graph import LOCAL, Graph, Limits
from checker.explore.kernel import explore
from checker.explore.knowledge import KnowledgeFound, found
from checker.explore.machine import TcpMachine
from checker.explore.networks import PackedNetwork
from checker.explore.watch import Watched
from checker.explore.writer import TraceWriter
from checker.replay import replay
from spec.environment import IsnPolicy, World
from spec.language.beside import Part
from spec.properties.knowledge import KNOWLEDGE
from spec.scenarios import CRASH, UNCERTAIN
from spec.variants import VARIANTS

# --- graphs made by hand: a state is "x1 p", A's TCB x with ghost 1 and B's TCB p ---------------------------

FLAGS = ((2, 4), (8, 16))


class Seen(NamedTuple):
    tcb: str
    ghosts: str


@dataclass
class Fake:
    """A machine of whose pairs it is known from which end given holds, and from which holds holds."""

    given: dict[str, str]
    holds: dict[str, str]
    locals: tuple[list[Seen], list[Seen]] = field(default_factory=lambda: ([], []))
    asked: list[str] = field(default_factory=list)

    def number(self, end: int, name: str) -> int:
        here = Seen(name[0], name[1:])
        if here not in self.locals[end]:
            self.locals[end].append(here)
        return self.locals[end].index(here)

    def joint(self, a: int, b: int) -> int:
        name = " ".join("".join(self.locals[end][local]) for end, local in enumerate((a, b)))
        self.asked.append(name)
        flags = 0
        for end, letter in enumerate("AB"):
            flags |= FLAGS[end][0] * (letter in self.given.get(name, ""))
            flags |= FLAGS[end][1] * (letter in self.holds.get(name, ""))
        return flags


def judged(kind: str, states: list[str], *, given: dict[str, str] | None = None, **holds: str) -> KnowledgeFound:
    """Return what is found in these states; `given` and `holds` name the ends ("A", "B" or "AB") for each state."""
    machine = Fake(given or {}, {name.replace("_", " "): ends for name, ends in holds.items()})
    pairs = [name.split() for name in states]
    packed = [machine.number(0, a) | machine.number(1, b) << LOCAL for a, b in pairs]
    graph = Graph(packed, array("q"), array("q"))
    result = found(machine, graph, Watched(KNOWLEDGE, Part(kind, "knowledge", ()), 0, 0, FLAGS))
    assert len(machine.asked) == len(set(machine.asked)) == len(set(states))
    return result


def test_an_end_knows_what_is_so_in_every_state_with_its_tcb() -> None:
    given = {"x p": "A", "x q": "A"}
    assert judged("knows", ["x p", "x q", "y q"], given=given, x_p="A", x_q="A") == (True, None)
    assert judged("knows", ["x p", "x q", "y q"], given=given, x_p="A") == (True, 1)
    assert judged("knows", ["x p", "x q", "y q"], given=given, x_p="A", x_q="B") == (True, 1)


def test_what_other_tcbs_see_is_no_matter() -> None:
    assert judged("knows", ["x p", "y p"], given={"x p": "A"}, x_p="A") == (True, None)
    assert judged("knows", ["x p", "y p"], given={"x p": "B", "y p": "B"}, x_p="B") == (True, 1)


def test_ghosts_are_hidden_from_the_ends() -> None:
    given = {"x1 p": "A", "x2 p": "A"}
    assert judged("knows", ["x1 p", "x2 p"], given=given, x1_p="A") == (True, 1)
    assert judged("unsure", ["x1 p", "x2 p"], given=given, x1_p="A") == (True, None)


def test_the_state_that_speaks_against_knowledge_is_the_first_that_looks_the_same() -> None:
    states = ["w p", "x p", "x q", "x r", "x q"]
    assert judged("knows", states, given={"x p": "A"}, x_p="A") == (True, 2)


def test_an_end_is_unsure_if_some_state_looks_the_same_and_is_not() -> None:
    given = {"x p": "A"}
    assert judged("unsure", ["x p", "x q"], given=given, x_p="A") == (True, None)
    assert judged("unsure", ["w p", "x p", "x q"], given=given, x_p="A", x_q="A") == (True, 1)


@pytest.mark.parametrize("kind", ["knows", "unsure"])
def test_without_an_instance_nothing_is_said(kind: str) -> None:
    assert judged(kind, ["x p", "x q"], x_p="A") == (False, None)


def test_a_chain_of_states_that_look_the_same_to_one_end_or_the_other_carries_doubt() -> None:
    chain = ["x p", "x q", "y q", "y r"]
    assert judged("not_common", chain, x_p="AB", x_q="AB", y_q="AB") == (True, None)
    assert judged("not_common", chain, x_p="AB", x_q="AB", y_q="AB", y_r="AB") == (True, 0)


def test_what_no_chain_reaches_is_common_knowledge() -> None:
    states = ["z s", "x p", "x q", "y q"]
    assert judged("not_common", states, x_p="AB", x_q="AB", y_q="AB") == (True, 1)
    assert judged("not_common", states, z_s="AB") == (True, 0)


def test_what_is_never_so_is_not_common_knowledge() -> None:
    assert judged("not_common", ["x p", "y q"]) == (False, None)


def test_both_ends_statements_are_judged() -> None:
    assert judged("not_common", ["x p", "x q"], x_p="AB", x_q="B") == (True, 0)


# --- the real relation ----------------------------------------------------------------------------------------


class Judged(NamedTuple):
    parts: list[KnowledgeFound]
    steps: list[int | None]


def in_world(variant: str, world: World, limits: Limits | None = None) -> Judged:
    """Return what is found for each part of P-36, and in how many steps; each run is replayed."""
    relation = VARIANTS[variant].relation
    machine = TcpMachine(relation, world, [KNOWLEDGE])
    network = PackedNetwork(world.network, machine.destination)
    faults = world.faults
    graph = explore(
        machine, network, losses=faults.losses, duplicates=faults.duplicates, limits=limits or Limits(), watched=0
    )
    assert graph.complete == (limits is None)
    parts = [found(machine, graph, watched) for watched in machine.watch.parts]
    steps: list[int | None] = []
    for number, part in enumerate(parts):
        steps.append(None if part.state is None else len(graph.path(part.state)))
        if part.state is not None:
            trace = TraceWriter(machine, graph, relation, variant).write(graph.path(part.state), "P-36", number)
            replay(trace, relation, KNOWLEDGE.parts[number])
    return Judged(parts, steps)


def test_a_three_way_server_knows_what_a_two_way_server_cannot() -> None:
    three = in_world("three-way", UNCERTAIN)
    assert [part.given for part in three.parts] == [True, True, True]
    assert three.steps == [None, None, None]
    two = in_world("two-way", UNCERTAIN)
    assert two.steps == [2, None, None]
    assert [part.given for part in two.parts] == [True, False, True]  # it never is in SYN-RECEIVED


@pytest.mark.parametrize(("policy", "steps"), [("const", 6), ("clock", 14), ("next", None)])
def test_what_a_server_knows_rests_on_its_isns(policy: str, steps: int | None) -> None:
    found_there = in_world("three-way", UNCERTAIN.with_isn(IsnPolicy(policy, 1)))
    assert found_there.steps == [steps, None, None]


def test_bounds_tell_something_too() -> None:
    """A client that has crashed once and never gives up is there again, and its second SYN says so."""
    assert in_world("three-way", CRASH).steps == [None, 4, None]


def test_that_something_is_known_is_not_established_by_an_unfinished_graph() -> None:
    few = in_world("three-way", replace(CRASH, network=UNCERTAIN.network), Limits(states=20))
    assert few.parts[1] == (True, None)
    assert in_world("two-way", UNCERTAIN, Limits(states=20)).steps[0] == 2
