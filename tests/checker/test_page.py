"""A world's page against the explored graph: every state and every step is there and says the same."""

from __future__ import annotations

import pytest

from checker.explore.graph import LOSE, Edges, action_kind, action_subject
from checker.page import NO_ROOM, page_of
from checker.usage import UsageError
from checker.walk import Walk
from diagrams.walkable import Walkable
from spec.environment import World
from spec.scenarios import SCENARIOS, TUTORIAL_WORLD
from spec.variants import VARIANTS

pytestmark = pytest.mark.usefixtures("compile_once")
QUICK = {world.name: world for world in SCENARIOS["quick"].worlds}
CASES = [("three-way", "open-close"), ("two-way", "reopen"), ("three-way", "last-ack"), ("three-way", "live-close")]


def both(variant: str, world: World) -> tuple[Walkable, Walk]:
    return page_of(VARIANTS[variant], world), Walk(VARIANTS[variant], world)


@pytest.mark.parametrize(("variant", "name"), CASES)
def test_every_state_and_every_step_is_there(variant: str, name: str) -> None:
    page, walk = both(variant, QUICK[name])
    graph, edges = walk.graph, walk.graph.edges or Edges()
    assert len(page.nodes) == len(graph.states)
    assert sum(len(node.edges) for node in page.nodes) == len(edges.target)
    assert sum(target >= 0 for node in page.nodes for _, target in node.edges) == graph.transitions
    begin = [*edges.begin, len(edges.target)]
    for number, node in enumerate(page.nodes):
        mine = sorted(target for _, target in node.edges)
        assert mine == sorted(edges.target[begin[number] : begin[number + 1]])


@pytest.mark.parametrize(("variant", "name"), CASES)
def test_a_walk_at_the_prompt_and_on_the_page_is_the_same(variant: str, name: str) -> None:
    """Down some runs to their ends: the same steps in the same order, the same states, rules and segments."""
    page, walk = both(variant, QUICK[name])
    for turn in range(1, 5):
        walk.restart()
        for depth in range(40):
            node = page.nodes[walk.state]
            agree(page, walk)
            able = [target for _, target in node.edges if target >= 0]
            changing = sum(target != walk.state for target in able)
            if not changing:
                break
            walk.take((turn * 7 + depth * turn) % changing + 1)


def agree(page: Walkable, walk: Walk) -> None:
    node, run = page.nodes[walk.state], walk.trace()
    for end in (0, 1):
        assert page.locals[node.ends[end]].values[0] == walk.states[end]
    flying = sorted(page.segments[number].text for number in node.flying)
    assert len(flying) == len(run.in_flight(len(run.steps)))
    assert set(node.breaks) <= {broken.about.id for broken in walk.broken()}
    able = [page.moves[move] for move, target in node.edges if target >= 0]
    cut = [page.moves[move] for move, target in node.edges if target < 0]
    for move, option in zip(able, walk.enabled(), strict=True):
        assert (move.kind, move.end) == (option.step.kind, option.step.end)
        assert [h.rules for h in move.happenings] == [event.chain for event in option.step.events]
        assert [h.signals for h in move.happenings] == [event.signals for event in option.step.events]
        assert sum(len(h.sent) for h in move.happenings) == sum(len(event.sent) for event in option.step.events)
        assert move.cut_by == ""
    assert [move.cut_by for move in cut] == [option.cut_by for option in walk.cut_off()]


def test_properties_broken_in_a_state_are_told() -> None:
    page, walk = both("two-way", QUICK["reopen"])
    for command in (1, 1, 2):
        walk.take(command)
    told = {id_ for node in page.nodes for id_ in node.breaks} | {id_ for move in page.moves for id_ in move.breaks}
    assert "P-01" in told
    assert set(page.properties) == told
    assert page.properties["P-01"][0] == "no ghost connection"
    assert all(not node.breaks for node in page_of(VARIANTS["three-way"], TUTORIAL_WORLD).nodes)


def test_what_has_no_room_and_what_a_bound_forbids_is_told_apart() -> None:
    page = page_of(VARIANTS["three-way"], QUICK["open-close"])
    assert {move.cut_by for move in page.moves} == {"", "incarnations", NO_ROOM}
    cut = next(move for move in page.moves if move.cut_by == "incarnations")
    assert (cut.says, cut.happenings) == ("B receives <SEQ=100><CTL=SYN> (stale)", ())
    assert "retransmissions" in {move.cut_by for move in page_of(VARIANTS["three-way"], QUICK["crash"]).moves}


def test_losses_ticks_and_forged_segments_are_steps() -> None:
    ticks = page_of(VARIANTS["three-way"], QUICK["last-ack"])
    assert "tick" in {move.kind for move in ticks.moves}
    page, walk = both("three-way", next(w for w in SCENARIOS["standard"].worlds if w.name == "open-close"))
    edges = walk.graph.edges or Edges()
    lost = {action_subject(action) for action in edges.action if action_kind(action) == LOSE}
    assert lost
    assert lost == {move.segment for move in page.moves if move.kind == "lose"}
    attacked = page_of(VARIANTS["three-way"], QUICK["under-attack"])
    forged = [move for move in attacked.moves if move.kind == "forge"]
    assert forged
    assert all(move.look == "forged" and move.segment is not None for move in forged)


def test_what_still_waits_is_noted() -> None:
    page = page_of(VARIANTS["three-way"], QUICK["last-ack"])
    assert any(each.note.endswith("ticks to wait") for each in page.locals)


def test_the_same_world_gives_the_same_page() -> None:
    first, second = (page_of(VARIANTS["two-way"], TUTORIAL_WORLD) for _ in range(2))
    assert first == second


def test_too_large_a_world_is_one_sentence_that_says_what_to_do() -> None:
    big = next(world for world in SCENARIOS["standard"].worlds if world.name == "text")
    with pytest.raises(UsageError) as caught:
        page_of(VARIANTS["three-way"], big)
    assert str(caught.value) == (
        "--html: three-way in world text has more states than the 50,000 that a page holds: choose a smaller --world, "
        "or walk it at the prompt, without --html."
    )
    with pytest.raises(UsageError, match="more states than --max-states 100: raise it"):
        page_of(VARIANTS["three-way"], TUTORIAL_WORLD, most=100)
