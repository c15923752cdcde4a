"""TIME-WAIT assassination (RFC 1337 §2, Figure 1): reordering is enough, RFC 5961 does not help, F1 does (H-18)."""

from __future__ import annotations

import pytest

from checker.explore.run import PartFound, explore_world
from checker.replay import replay
from spec.environment import User, active_open, close, passive_open
from spec.network import FIFO, Network
from spec.properties import PROPERTIES
from spec.trace import DELIVER, OWN
from spec.variants import VARIANTS
from tests.checker.runs import world

P_32 = PROPERTIES["P-32"]
POLITE = (User((active_open(), close(states=("ESTABLISHED",)))), User((passive_open(), close(states=("CLOSE-WAIT",)))))
REORDERED = world(*POLITE, network=Network(capacity=4))
"""Nothing is lost, repeated or sent again; nobody crashes, aborts or closes out of turn."""


def asked(variant: str, network: Network = REORDERED.network) -> PartFound:
    here = world(*POLITE, network=network)
    run = explore_world(VARIANTS[variant].relation, here, [P_32], variant=variant)
    assert run.complete
    return run.parts[0]


@pytest.mark.parametrize("variant", ["three-way", "rfc9293", "rfc793"], ids=["with 5961", "without", "RFC 793"])
def test_a_late_ack_is_enough_with_and_without_rfc_5961(variant: str) -> None:
    found = asked(variant)
    assert found.trace is not None
    replay(found.trace, VARIANTS[variant].relation, found.part)
    assert {step.kind for step in found.trace.steps} == {OWN, DELIVER}
    assert found.steps == 12
    end = found.trace.steps[-1].end
    assert found.trace.tcb(end, found.steps - 1)["STATE"] == "TIME-WAIT"
    assert found.trace.tcb(end, found.steps)["STATE"] == "CLOSED"


@pytest.mark.parametrize("variant", ["rfc1337", "rfc9293+1337", "tw-drop-all"])
def test_a_time_wait_that_ignores_rst_cannot_be_assassinated(variant: str) -> None:
    assert asked(variant).steps is None


def test_order_alone_protects() -> None:
    assert asked("three-way", Network(FIFO, 4)).steps is None
