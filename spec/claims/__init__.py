"""The claims of five tutorials, each with the questions that decide it, and the contradictions between them."""

from __future__ import annotations

from spec.claims import s0, s1, s2, s3, s4
from spec.claims.claim import SOURCES, Claim, Contradiction
from spec.claims.contradictions import CONTRADICTIONS

CLAIMS: dict[str, Claim] = {claim.id: claim for claim in (*s0.CLAIMS, *s1.CLAIMS, *s2.CLAIMS, *s3.CLAIMS, *s4.CLAIMS)}
"""All claims, by id, in the order of the tutorials."""

__all__ = ["CLAIMS", "CONTRADICTIONS", "SOURCES", "Claim", "Contradiction"]
