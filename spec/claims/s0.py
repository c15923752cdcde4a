"""The claims of tutorial 0: its glossary and opening (s0_opening), closing and TIME-WAIT (s0_closing)."""

from __future__ import annotations

from spec.claims import s0_closing, s0_opening
from spec.claims.claim import Claim

CLAIMS: tuple[Claim, ...] = (*s0_opening.CLAIMS, *s0_closing.CLAIMS)
