"""The freedoms that RFC 9293 grants beside the letter of §3.10, as one patch: what conforming implementations do.

The relation itself and its verdicts stay the letter's; captures are held against `granted(TCP)`.
"""

from __future__ import annotations

from spec.freedoms.answering import ANSWERING
from spec.freedoms.choosing import (
    ANNOUNCED,
    CHOICE,
    CHOICE_STEP,
    CONFORM_CALL_FIELDS,
    FREEDOMS,
    FROM,
    LETTER,
    TOLERANCES,
    Freedom,
    chosen,
    with_first_step,
)  # fmt: skip
from spec.freedoms.resetting import RESETTING
from spec.freedoms.sending import SENDING
from spec.language import Relation
from spec.vocabulary import OCTETS, State

GRANTED: tuple[Freedom, ...] = (*ANSWERING, *SENDING, *RESETTING)
"""All freedoms, in the order in which they are applied."""


def granted(relation: Relation[State]) -> Relation[State]:
    """Return the relation with every freedom."""
    relation = with_first_step(relation)
    relation = relation.replace("U-8", when=(*relation.rule("U-8").when, OCTETS > 0))  # a SEND of nothing sends nothing
    for freedom in GRANTED:
        relation = freedom.patch(relation)
    return relation


__all__ = [
    "ANNOUNCED", "CHOICE", "CHOICE_STEP", "CONFORM_CALL_FIELDS", "FREEDOMS", "FROM", "GRANTED", "LETTER", "TOLERANCES",
    "Freedom", "chosen", "granted",
]  # fmt: skip
