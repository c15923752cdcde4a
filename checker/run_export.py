"""The `export` command: the relation in a world for other checkers, or a saved run for other programs."""

from __future__ import annotations

import argparse
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from checker.delivery import check_writable, deliver
from checker.exits import EXIT_OK
from checker.usage import UsageError, known
from spec.language import nearest

if TYPE_CHECKING:
    from checker.export.model import Model

MODELS = {"promela": "promela", "tla": "tla", "murphi": "murphi", "smtlib": "smtlib"}
"""Formats of a variant in a world, for other checkers: the module of checker/export whose `write` writes them."""
RUNS = {"pcap": "export.saved:run_pcap", "packetdrill": "export.saved:run_packetdrill"}
"""Formats of a saved run (FILE): "module:function" of what carries out the command with its flags."""
RUN_FLAGS = ("client", "server", "vantage", "end")
"""Flags that only saved runs have."""
DEEPEST = 100
"""The longest run that can be asked for."""
BITS = (2, 32)
"""The widths of sequence numbers that can be asked for."""


def add_flags(export: argparse.ArgumentParser) -> None:
    """Declare the flags of the command."""
    export.add_argument("file", nargs="?", type=Path, metavar="FILE", help="a saved run, for formats that show one")
    export.add_argument("--to", metavar="FORMAT", help=", ".join([*MODELS, *RUNS]))
    export.add_argument("--variant", metavar="NAME", help="a variant (default three-way)")
    export.add_argument("--scenario", metavar="NAME", help="tutorial (default), quick, standard or deep")
    export.add_argument("--world", metavar="NAME", help="one of its worlds, or of the first scenario that has it")
    export.add_argument(
        "--isn", metavar="POLICY", help="of both ends: fresh, next, const, clock:K; of a saved run: A,B or solve"
    )
    export.add_argument("--seq-bits", type=int, metavar="N", help="width of sequence numbers (the world's own)")
    export.add_argument("--property", action="append", metavar="ID", help="a property to be checked (repeatable)")
    export.add_argument(
        "--depth", type=int, metavar="N", help="smtlib: ask for a run of at most N steps that breaks it"
    )
    export.add_argument("-o", "--output", type=Path, metavar="FILE", help="write to a file")
    runs = export.add_argument_group("saved runs")
    runs.add_argument("--client", metavar="END", help="pcap: 192.0.2.1:49152 or other address and port of the opener")
    runs.add_argument(
        "--server", metavar="END", help="pcap: 192.0.2.2:9 or other of its peer; [2001:db8::2]:9 for IPv6"
    )
    runs.add_argument("--vantage", metavar="WHERE", help="pcap: seen at A, at B or in the middle (the default)")
    runs.add_argument("--end", metavar="END", help="packetdrill: the end under test, A (default) or B")


def run_export(flags: argparse.Namespace) -> int:
    """Write what the flags ask for; return the exit code. Raise UsageError for what cannot be exported."""
    names = [*MODELS, *RUNS]
    if flags.to not in names:
        asked = "export needs --to" if flags.to is None else f"--to: no such format as {flags.to!r}"
        raise UsageError(f"{asked}: one of {', '.join(names)}.{nearest(flags.to or '', names) if flags.to else ''}")
    if flags.to in RUNS:
        module, _, function = RUNS[flags.to].partition(":")
        return int(getattr(import_module(f"checker.{module}"), function)(flags))
    if flags.file is not None:
        raise UsageError(f"{flags.file}: --to {flags.to} exports a variant in a world, not a saved run.")
    of_runs = next((name for name in RUN_FLAGS if getattr(flags, name) is not None), None)
    if of_runs is not None:
        raise UsageError(f"--{of_runs}: --to {flags.to} does not take it; it is for saved runs.")
    if flags.output is not None:
        check_writable(flags.output)
    text = _model(flags)
    deliver(flags.output, text.rstrip("\n") if flags.output is None else text)
    return EXIT_OK


def _model(flags: argparse.Namespace) -> str:
    """Return the text that the flags ask for."""
    from checker.export.model import of_world
    from checker.export.terms import identifier
    from checker.flag_words import policy
    from checker.worlds import world_named
    from spec.properties import PROPERTIES
    from spec.variants import VARIANTS

    variant = VARIANTS[known("variant", flags.variant or "three-way", list(VARIANTS))]
    world = variant.world(world_named(flags.scenario, flags.world))
    if not variant.knows(world):
        raise UsageError(f"--world: users of {world.name} make calls that {variant.name} does not know.")
    if flags.isn is not None:
        world = world.with_isn(policy(flags.isn, "--isn"))
    if flags.seq_bits is not None:
        low, high = BITS
        if not low <= flags.seq_bits <= high:
            raise UsageError(f"--seq-bits: must be a number from {low} to {high}, not {flags.seq_bits}.")
        world = replace(world, seq_bits=flags.seq_bits)
    properties = [PROPERTIES[known("property", name, list(PROPERTIES))] for name in flags.property or ()]
    name = f"{variant.name}_{world.name}" if flags.output is None else flags.output.stem
    model = of_world(variant.relation, world, properties)
    if flags.depth is not None:
        return _unrolled(flags, model)
    return str(import_module(f"checker.export.{MODELS[flags.to]}").write(model, identifier(name)))


def _unrolled(flags: argparse.Namespace, model: Model) -> str:
    """Return the text of a run of so many steps."""
    from checker.export import smtlib

    if flags.to != "smtlib":
        raise UsageError(f"--depth: --to {flags.to} does not take it; it is for smtlib.")
    if not 1 <= flags.depth <= DEEPEST:
        raise UsageError(f"--depth: must be a number from 1 to {DEEPEST}, not {flags.depth}.")
    if not model.properties:
        raise UsageError("--depth: asks for a run that breaks a property: name one with --property.")
    return smtlib.write(model, "", flags.depth)
