"""Worlds as plain data and back, so that a saved trace carries the world it belongs to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from spec.attackers import Attacker
from spec.environment import Faults, IsnPolicy, User, UserCall, World
from spec.network import Network
from spec.time_wait import TimeWait
from spec.variants.socket_calls import STEPS as SOCKET_STEPS
from spec.vocabulary import STEPS


def world_to_data(world: World) -> dict[str, Any]:
    """Return the world as numbers, strings, lists and dicts."""
    data = asdict(world)
    for user, told in zip(world.users, data["users"], strict=True):
        for call, line in zip(user.calls, told["calls"], strict=True):
            line["step"] = call.step.name
    return data


def world_from_data(data: Mapping[str, Any]) -> World:
    """Return the world that `world_to_data` described. Raise KeyError, TypeError or ValueError if it did not."""
    steps = {step.name: step for step in (*STEPS, *SOCKET_STEPS)}
    users = tuple(
        User(
            tuple(
                UserCall(**{**call, "step": steps[call["step"]], "states": tuple(call["states"])})
                for call in user["calls"]
            ),
            *(bool(user[name]) for name in ("ordered", "listens", "reads")),
        )
        for user in data["users"]
    )
    isn = tuple(IsnPolicy(**{**policy, "values": tuple(policy.get("values", ()))}) for policy in data["isn"])
    incarnations = tuple(int(n) for n in data["incarnations"])
    if not len(users) == len(isn) == len(incarnations) == 2:
        raise ValueError("a world has two ends")
    return World(
        str(data["name"]),
        str(data["title"]),
        (users[0], users[1]),
        Network(**data["network"]),
        Faults(**{**data["faults"], "crashing": tuple(data["faults"]["crashing"])}),
        (isn[0], isn[1]),
        (incarnations[0], incarnations[1]),
        int(data["seq_bits"]),
        int(data["window"]),
        None if data["time_wait"] is None else TimeWait(**data["time_wait"]),
        bool(data["quiet_time"]),
        None if data["attacker"] is None else _attacker(data["attacker"]),
        str(data["asks"]),
    )


def _attacker(data: Mapping[str, Any]) -> Attacker:
    return Attacker(str(data["kind"]), data["injections"], tuple(int(end) for end in data["victims"]))
