"""Lemmas: what makes properties inductive, in the language of the properties; and what proofs assume."""

from __future__ import annotations

from spec.lemmas import one_end, two_ends
from spec.lemmas.lemma import ARBITRARY, Assumption, Lemma

ASSUMPTIONS: dict[str, Assumption] = {each.id: each for each in (*two_ends.ASSUMPTIONS, *one_end.ASSUMPTIONS)}
"""Every assumption by id."""

__all__ = ["ARBITRARY", "ASSUMPTIONS", "Assumption", "Lemma"]
