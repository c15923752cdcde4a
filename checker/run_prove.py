"""The `prove` and `certify` commands: ask, report, save, and return the exit code."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from checker import certify
from checker.config import Options
from checker.delivery import Tell, check_writable, colour, deliver, telling
from checker.prove import ABOUT_RELATIONS, Asked, Proofs, asked, compare, exit_code, prove
from checker.report.proofs import as_data, as_json, text
from checker.report.style import Style
from checker.symbolic.certificates import writable, write
from checker.usage import UsageError, known
from checker.verify import DEFAULT_VARIANTS, Request, Result
from spec.variants import VARIANTS

WIDTHS = (8, 64)
"""The widths of sequence numbers that can be asked for, in bits."""


def request(variants: Sequence[str], ids: Sequence[str], bits: int) -> Asked:
    """Return what to prove. Raise UsageError for a name that does not exist or a width that cannot be."""
    low, high = WIDTHS
    if not low <= bits <= high:
        raise UsageError(f"--bits: must be a number from {low} to {high}, not {bits}.")
    names = list(VARIANTS) if "all" in variants else [known("variant", name, list(VARIANTS)) for name in variants]
    return asked(list(dict.fromkeys(names)), ids, bits)


def run_prove(flags: argparse.Namespace) -> int:
    """Prove what the flags ask and print or save the report; return the exit code."""
    what = replace(request(flags.variant or (), flags.property or (), flags.bits), find=flags.find)
    if flags.output is not None:
        check_writable(flags.output)
    if flags.certificates is not None:
        writable(flags.certificates)
    with telling() as tell:
        proofs = prove(what, tell)
        if flags.certificates is not None and proofs.found:
            proofs.found = write(proofs.found, flags.certificates, tell)
    code = exit_code(proofs)
    deliver(flags.output, rendered(proofs, code, flags))
    return code


def run_engine(chosen: Options, flags: argparse.Namespace) -> int:
    """Carry out `verify --engine z3`: prove instead of exploring; return the exit code."""
    if chosen.format == "github":
        raise UsageError("--format: github is a form of what is explored; with --engine z3 it must be text or json.")
    if flags.output is not None:
        check_writable(flags.output)
    with telling() as tell:
        proofs = prove(engine_request(chosen), tell)
    code = exit_code(proofs)
    flags.format = chosen.format
    deliver(flags.output, rendered(proofs, code, flags))
    return code


@dataclass(frozen=True)
class Beside:
    """What z3 says beside an exploration of the same properties, disagreements noted."""

    proofs: Proofs
    flags: argparse.Namespace

    @property
    def exit_code(self) -> int:
        """The exit code of the proofs."""
        return exit_code(self.proofs)

    @property
    def data(self) -> dict[str, Any]:
        """The keys that a JSON report gains."""
        return {"disagreements": self.proofs.disagree, "proofs": [as_data(proof) for proof in self.proofs.found]}

    def text(self, style: Style) -> str:
        """Return the proofs as text."""
        return text(self.proofs, style, verbose=self.flags.verbose, quiet=self.flags.quiet)


def beside(chosen: Options, asked: Request, result: Result, flags: argparse.Namespace, tell: Tell | None) -> Beside:
    """Ask z3 what the explorer was asked, as far as it can decide it, and compare."""
    proofs = Proofs(interrupted=True) if result.interrupted else prove(engine_request(chosen), tell)
    if not asked.changed:
        compare(proofs, result.verdicts)
    return Beside(proofs, flags)


def engine_request(chosen: Options) -> Asked:
    """Return what z3 is asked beside or instead of the explorer: of the properties chosen, those that it can decide."""
    able = [name for name in chosen.property or ABOUT_RELATIONS if name in ABOUT_RELATIONS]
    if not able:
        raise UsageError(f"--engine: z3 is asked {', '.join(ABOUT_RELATIONS)}, not {', '.join(chosen.property)}.")
    variants = ("three-way", "two-way") if chosen.variant == DEFAULT_VARIANTS else chosen.variant
    return request(variants, able, chosen.seq_bits or 32)


def rendered(proofs: Proofs, code: int, flags: argparse.Namespace) -> str:
    """Return the report in the form that the flags ask for."""
    if flags.format == "json":
        return as_json(proofs, code)
    style = Style(colour=colour(flags.color, to_file=flags.output is not None))
    return text(proofs, style, verbose=flags.verbose, quiet=flags.quiet)


def run_certify(flags: argparse.Namespace) -> int:
    """Have other solvers check certificates again; return the exit code."""
    if flags.output is not None:
        check_writable(flags.output)
    solvers = tuple(flags.solver or ("cvc5",))
    with telling() as tell:
        found = certify.certify(flags.folder, solvers, flags.timeout, tell)
    deliver(flags.output, certify.as_json(found) if flags.format == "json" else certify.text(found))
    return certify.exit_code(found)
