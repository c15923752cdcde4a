"""Worlds whose ends cannot be told apart: of a state and its mirror image one is enough.

The ends must have the same user, faults and way to choose ISNs. Then they differ in the numbers that they choose
alone, and no rule, ghost or property compares one end's numbers with the other's (P-47: rotating either space changes
nothing). So both are given the same numbers, and a mirror image is what is left when the ends are exchanged.
"""

from __future__ import annotations

from dataclasses import replace

from checker.explore.networks import MOST_SORTED
from spec.environment import IsnPolicy, World
from spec.network import FIFO

_STEADY = ("fresh", "clock", "const")
"""Policies by which the n-th ISN depends on nothing but n."""


def alike(world: World) -> bool:
    """Return whether a world's ends cannot be told apart, and its network is one of sorted segments without a clock."""
    same = world.users[0] == world.users[1] and world.isn[0] == world.isn[1]
    same = same and world.incarnations[0] == world.incarnations[1] and world.isn[0].kind in _STEADY
    crashes_alike = not world.faults.crashes or len(set(world.faults.crashing)) == 2
    network = world.network
    is_sorted = network.kind != FIFO and network.capacity <= MOST_SORTED and network.lifetime is None
    return same and crashes_alike and is_sorted and world.attacker is None


def numbered_alike(world: World) -> World:
    """Return the world in which both ends choose the ISNs of the first."""
    count = world.incarnations[0] + 1
    numbers = IsnPolicy("given", values=tuple(world.next_isn(0, chosen, 0) for chosen in range(count)))
    return replace(world, isn=(numbers, numbers))
