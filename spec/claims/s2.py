"""The claims of tutorial 2: opening and numbers (s2_opening), closing and TIME-WAIT (s2_closing)."""

from __future__ import annotations

from spec.claims import s2_closing, s2_opening
from spec.claims.claim import Claim

CLAIMS: tuple[Claim, ...] = (*s2_opening.CLAIMS, *s2_closing.CLAIMS)
