"""Where the tutorials contradict each other, or themselves: X1 to X18, each side with the questions that decide it.

Which side is right is computed: all of its questions are answered yes. A side that no tutorial takes names no claims.
"""

from __future__ import annotations

from spec.claims import disputes_closing, disputes_opening
from spec.claims.claim import Contradiction

CONTRADICTIONS: tuple[Contradiction, ...] = tuple(
    sorted(
        (*disputes_opening.CONTRADICTIONS, *disputes_closing.CONTRADICTIONS), key=lambda each: int(each.id.strip("X"))
    )
)
