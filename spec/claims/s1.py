"""The claims of tutorial 1: before ESTABLISHED, and handshakes (s1_opening); after it, and the close (s1_closing)."""

from __future__ import annotations

from spec.claims import s1_closing, s1_opening
from spec.claims.claim import Claim

CLAIMS: tuple[Claim, ...] = tuple(
    sorted((*s1_opening.CLAIMS, *s1_closing.CLAIMS), key=lambda claim: int(claim.id.partition("-")[2]))
)
"""In the tutorial's order: it goes through the states first, and then through the messages."""
