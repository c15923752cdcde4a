"""Old text that lurks in the reassembly queue (RFC 1337 §2.2, hazard H1, Figure 2), and what comes of it (H2).

The client's first connection is cut short by an ABORT, so that no TIME-WAIT protects the second; its ISN clock is slow.
"""

from __future__ import annotations

import pytest

from checker.explore.run import WorldRun, explore_world
from checker.replay import replay
from checker.verdict import judge
from spec.environment import Faults, IsnPolicy, User, World, abort, active_open, send
from spec.ghosts import HELD_INC, HELD_INDEX, HELD_OCTETS, PINC, SEG_INC, TAKEN, TAKES_HELD
from spec.language import negated
from spec.language.beside import Property, always_step
from spec.network import Network
from spec.properties import PROPERTIES
from spec.variants import VARIANTS
from spec.words import FAILS, HOLDS
from tests.spec.variants.hosts import established

SLOW, FRESH = IsnPolicy("clock", 1), IsnPolicy()
HOLD = VARIANTS["hold"].relation
_RIGHT_SEGMENT = (TAKES_HELD, SEG_INC == PINC)
LURKING = Property(
    "lurking", "", "A segment of this connection brings along no text of an old one.", "RFC 1337 Figure 2",
    (always_step(HELD_INC == PINC, given=_RIGHT_SEGMENT),),
)  # fmt: skip
LURKING_TWICE = Property(
    "lurking-twice", "", "Nor text that was taken before.", "RFC 1337 Figure 2",
    (always_step(negated(TAKEN.meets_run(HELD_INC, HELD_INDEX, HELD_OCTETS)), given=_RIGHT_SEGMENT),),
)  # fmt: skip
TEXT = tuple(PROPERTIES[name] for name in ("P-12", "P-21", "P-22"))


def explore(isn: IsnPolicy, duplicates: int = 0) -> WorldRun:
    client = User((active_open(2), send(2), send(1, 2), abort()))
    world = World(
        "lurking", "", (client, User((), listens=True)),
        Network(capacity=3), Faults(duplicates=duplicates), (isn, FRESH), (2, 2),
    )  # fmt: skip
    return explore_world(HOLD, world, [*TEXT, LURKING, LURKING_TWICE], variant="hold")


@pytest.fixture(scope="module")
def slow() -> WorldRun:
    return explore(SLOW, duplicates=1)


def test_with_a_slow_isn_clock_old_text_lurks_until_the_right_segment_reaches_it(slow: WorldRun) -> None:
    judgement = judge(LURKING, [slow])
    assert (judgement.word, judgement.steps) == (FAILS, 17)
    trace = judgement.trace
    assert trace is not None
    assert [step.events[-1].chain for step in trace.steps[-2:]] == [("A-3d", "H-1"), ("A-3d", "D-1h", "H-3", "H-4")]
    held, right = (trace.segments[step.segment or 0] for step in trace.steps[-2:])
    assert (held.ghosts["INC"], right.ghosts["INC"]) == (1, 2)
    answer = trace.segments[trace.steps[-1].events[-1].sent[0]].fields
    assert answer["ACK"] == trace.tcb(0, len(trace.steps))["SND.NXT"] + 1, "an ACK of what was never sent"


@pytest.mark.parametrize("name", ["P-12", "P-22"])
def test_the_property_says_so_of_this_very_step(slow: WorldRun, name: str) -> None:
    trace = judge(LURKING, [slow]).trace
    assert trace is not None
    replay(trace, HOLD, PROPERTIES[name].parts[0])


def test_text_that_lurks_can_have_been_taken_before(slow: WorldRun) -> None:
    judgement = judge(LURKING_TWICE, [slow])
    assert (judgement.word, judgement.steps) == (FAILS, 18)
    assert judgement.trace is not None
    replay(judgement.trace, HOLD, PROPERTIES["P-21"].parts[0])


@pytest.mark.parametrize("name", ["P-12", "P-21", "P-22"])
def test_fresh_isns_keep_old_text_out(name: str) -> None:
    run = explore(FRESH, duplicates=1)
    assert run.fired["H-3"] > 0
    assert judge(PROPERTIES[name], [run]).word == HOLDS
    assert judge(LURKING, [run]).word == HOLDS


def test_then_both_ends_answer_each_other_for_ever() -> None:
    """RFC 1337 Figure 3 (hazard H2)."""
    a = established("hold", send=103, receive=307)
    b = established("hold", send=307, receive=104)
    segment = "<SEQ=307><ACK=104><CTL=ACK>"  # of the text that lurked, which A has not sent
    before = a.tcb, b.tcb
    [mine] = a.get(segment)
    assert mine == "<SEQ=103><ACK=307><CTL=ACK>"
    assert b.get(mine) == [segment]
    assert (a.tcb, b.tcb) == before
