"""The tables of a profile kept for the next run: which programs captures asked for, and what usually sends a segment.

They are looked for by everything that decides about them: the relation, what may be chosen, and how programs are made.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from checker.compiled import copies
from checker.conform.fastpath import places as p
from checker.conform.fastpath.tables import Tables
from checker.conform.machine import Own
from spec.digest import digest

_HERE = Path(__file__).parent
_MAKERS = (
    "assembling.py", "places.py", "running.py", "tables.py", "learned.py", "../unrolled.py", "../folding.py",
    "../machine.py", "../../concrete.py",
)  # fmt: skip


def restore(tables: Tables) -> None:
    """Fill tables with what an earlier run kept of them, if it did."""
    content = copies.kept(_key(tables))
    if content is None:
        return
    head, _, code = content.partition(b"\n")
    known = json.loads(head)
    for values in known["parts"]:
        tables.part(tuple(values))
    for number in known["constants"]:
        tables.constant(number)
    tables.programs = {_tuples(key): at for key, at in known["programs"]}
    for key, owns in known["habits"]:
        tables.machine.habits.setdefault(_tuples(key), [Own(*own) for own in owns])
    tables.machine.from_listeners.update(map(_tuples, known["listeners"]))
    tables.load(memoryview(code).cast("Q"))


def keep(tables: Tables) -> None:
    """Keep what tables hold for the next run, if they have grown."""
    if not tables.grown:
        return
    machine = tables.machine
    known = {
        "parts": tables.parts,
        "constants": tables.constants,
        "programs": list(tables.programs.items()),
        "habits": list(machine.habits.items()),
        "listeners": sorted(machine.from_listeners),
    }
    copies.keep(_key(tables), json.dumps(known).encode() + b"\n" + bytes(tables.code.numbers[: tables.end]))


def _tuples(value: Any) -> Any:
    """Return a list and all lists in it as tuples."""
    return tuple(map(_tuples, value)) if isinstance(value, list) else value


def _key(tables: Tables) -> str:
    """Return the name of the kept copy."""
    machine, made = tables.machine, [copies.digest((_HERE / name).read_bytes()) for name in _MAKERS]
    whole = json.dumps([digest(machine.relation), sorted(machine.allowed), machine.reader.initial, p.PROGRAMS, made])
    return f"{copies.digest(whole.encode())}.rules"
