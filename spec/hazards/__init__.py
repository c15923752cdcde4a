"""The hazards of the literature, by id: what the checker is to rediscover, or to refute."""

from __future__ import annotations

from spec.hazards import attacks, closing, half_open, opening, time_wait
from spec.hazards.hazard import MUST_HOLD, REACHES, VIOLATES, Experiment, Hazard, Switch

_FILES = (opening, half_open, closing, time_wait, attacks)
HAZARDS: dict[str, Hazard] = {
    hazard.id: hazard for hazard in sorted((h for file in _FILES for h in file.HAZARDS), key=lambda hazard: hazard.id)
}

__all__ = ["HAZARDS", "MUST_HOLD", "REACHES", "VIOLATES", "Experiment", "Hazard", "Switch"]
