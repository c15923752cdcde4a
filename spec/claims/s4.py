"""The claims of tutorial 4: opening (s4_opening), closing and TIME-WAIT (s4_closing), each by its socket calls."""

from __future__ import annotations

from spec.claims import s4_closing, s4_opening
from spec.claims.claim import Claim

CLAIMS: tuple[Claim, ...] = (*s4_opening.CLAIMS, *s4_closing.CLAIMS)
