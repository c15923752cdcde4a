"""P-36 asks only what an end can know it is asked: when it applies is settled by the TCB alone."""

from __future__ import annotations

from spec.language import GHOST
from spec.properties.knowledge import KNOWLEDGE


def test_whether_a_part_applies_is_settled_by_the_tcb() -> None:
    given = [part for formula in KNOWLEDGE.parts for g in formula.given for part in g.walk()]
    assert given
    assert not any(part.op == "peer" or (part.op == "var" and part.payload[0] == GHOST) for part in given)
