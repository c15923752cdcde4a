"""The explorer's clock: how long TIME-WAIT still lasts after a step, as spec/time_wait.py says."""

from __future__ import annotations

from checker.explore.choices import Used
from checker.formulas import Layout, StepView
from spec.environment import World
from spec.time_wait import REARMS, STARTS


class Clock:
    """Sets the wait of one world's ends; it ticks in `Choices.tick`."""

    def __init__(self, world: World, layout: Layout) -> None:
        self._ticks = world.wait_ticks
        self._starts = layout.on_step(STARTS)
        rearm = REARMS[world.time_wait.rearm] if world.time_wait is not None else STARTS
        self._rearms = layout.on_step(rearm)

    def after(self, view: StepView, used: Used) -> Used:
        """Return what is used up after an event: the wait begins, begins anew, is over, or goes on."""
        if self._ticks is None:
            return used
        if view.new_tcb[0] != "TIME-WAIT":
            return used._replace(wait=0)
        return used._replace(wait=self._ticks) if self._starts(view) or self._rearms(view) else used
