"""The words of verdicts."""

from __future__ import annotations

HOLDS, FAILS, VACUOUS = "HOLDS", "FAILS", "VACUOUS"
"""HOLDS: in every state, step or run within the printed bounds. FAILS: a run is shown. VACUOUS: nothing to say."""
