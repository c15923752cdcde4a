"""The command line. Results go to stdout, progress to stderr on a terminal; the exit code is verdict.exit_code's."""

from __future__ import annotations

import argparse
import os
import sys
import traceback
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from checker import show
from checker.concrete import RulesOverlap
from checker.config import UsageError, options, request
from checker.itf import TraceFileError
from checker.replay import ReplayError
from checker.verdict import EXIT_INTERNAL, EXIT_INTERRUPTED, EXIT_OK, EXIT_USAGE
from spec.language import nearest

_EPILOG = """\
examples:
  synproof verify                                   the default: handshakes side by side
  synproof verify --variant two-way --property P-01
  synproof verify --scenario quick --dup 2 --format json -o report.json
  synproof explain L-3

exit codes of verify:
  0  every verdict is the expected one, within the printed bounds
  1  a property failed, held against expectation, or was vacuous
  2  usage or configuration      3  inconclusive: a limit was reached
  4  internal error, or a trace that does not replay      130  interrupted
"""


class _Parser(argparse.ArgumentParser):
    """Argument errors in one sentence, with the nearest valid name."""

    def error(self, message: str) -> NoReturn:
        raise UsageError(f"{message}{self._nearest(message)} See --help.")

    def _nearest(self, message: str) -> str:
        flags = [flag for action in self._actions for flag in action.option_strings]
        for action in self._actions:
            if isinstance(action, argparse._SubParsersAction):  # noqa: SLF001  # argparse has no public way
                flags += list(action.choices)
        word = message.replace("'", " ").split("arguments: ")[-1].split("choice: ")[-1].split()
        return f".{nearest(word[0], flags)}" if word else "."


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="synproof",
        description="RFC 9293's TCP connection lifecycle as one relation: verify it, read it, replay its runs.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True, parser_class=_Parser)
    _add_verify(commands.add_parser("verify", help="check properties of variants in a scenario", allow_abbrev=False))
    rules = commands.add_parser("rules", help="print the rule table, in the RFC's order", allow_abbrev=False)
    rules.add_argument("ids", nargs="*", metavar="ID", help="only these rules")
    rules.add_argument("--variant", default="three-way", metavar="NAME")
    rules.add_argument("--not-modelled", action="store_true", help="what is left out on purpose, and why")
    explain = commands.add_parser("explain", help="explain a rule or a property", allow_abbrev=False)
    explain.add_argument("id", metavar="ID")
    explain.add_argument("--variant", default="three-way", metavar="NAME")
    commands.add_parser("list", help="list rules, properties, variants and scenarios", allow_abbrev=False)
    trace = commands.add_parser("trace", help="replay and show a saved trace", allow_abbrev=False)
    trace.add_argument("file", type=Path, metavar="FILE")
    trace.add_argument("-v", "--verbose", action="store_true", help="also what changed in each step")
    diff = commands.add_parser("diff", help="show a variant as a patch on another", allow_abbrev=False)
    diff.add_argument("a", metavar="A")
    diff.add_argument("b", metavar="B")
    return parser


def _add_verify(verify: argparse.ArgumentParser) -> None:
    verify.add_argument("--variant", action="append", metavar="NAME", help="a variant, or 'all' (repeatable)")
    verify.add_argument("--property", action="append", metavar="ID", help="a property, or 'all' (repeatable)")
    verify.add_argument("--scenario", metavar="NAME", help="tutorial, quick, standard (default) or deep")
    verify.add_argument("--isn", metavar="POLICY", help="ISN policy of both ends: fresh, next, const, clock:K")
    bounds = verify.add_argument_group("bounds, instead of the scenario's own")
    bounds.add_argument("--network", metavar="KIND", help="bag, set or fifo")
    for flag, text in (
        ("capacity", "segments in flight"),
        ("loss", "losses in a run"),
        ("dup", "duplicates in a run"),
        ("retransmissions", "retransmissions of each end"),
        ("crashes", "crashes of each end"),
        ("user-timeouts", "user timeouts of each end"),
        ("incarnations", "ISSs each end may choose"),
        ("seq-bits", "width of sequence numbers"),
        ("window", "receive buffer in octets"),
    ):
        bounds.add_argument(f"--{flag}", type=int, metavar="N", help=text)
    limits = verify.add_argument_group("limits; reaching one makes a verdict UNKNOWN")
    limits.add_argument("--max-states", type=int, metavar="N", help="states of one world")
    limits.add_argument("--max-memory", type=int, metavar="MIB", help="memory of the process")
    limits.add_argument("--timeout", type=float, metavar="S", help="seconds for one world")
    output = verify.add_argument_group("output")
    output.add_argument("--format", metavar="KIND", help="text, json or github")
    output.add_argument("-o", "--output", type=Path, metavar="FILE", help="write the report to a file")
    output.add_argument("--traces", type=Path, metavar="DIR", help="save the run behind each failure (ITF)")
    output.add_argument("--fail-fast", action="store_true", help="stop a world at its first failure")
    output.add_argument("--color", choices=("auto", "always", "never"), default="auto")
    output.add_argument("-q", "--quiet", action="store_true", help="only the tables and what is not as expected")
    output.add_argument("-v", "--verbose", action="store_true", help="runs with all that changed in each step")


def _complain(sentence: str) -> None:
    sys.stderr.write(f"synproof: {sentence}\n")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the program; return its exit code. Nothing but an internal error prints a traceback."""
    try:
        flags = _parser().parse_args(arguments)
        return _run(flags)
    except (UsageError, TraceFileError) as error:
        _complain(str(error))
        return EXIT_USAGE
    except KeyboardInterrupt:
        _complain("interrupted.")
        return EXIT_INTERRUPTED
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return EXIT_OK
    except (ReplayError, RulesOverlap) as error:
        _complain(f"internal error: {error}")
        return EXIT_INTERNAL
    except Exception:  # noqa: BLE001  # the last resort: whatever it is, it must not look like a verdict
        traceback.print_exc()
        _complain("internal error; please report the lines above.")
        return EXIT_INTERNAL


def _run(flags: argparse.Namespace) -> int:
    if flags.command == "verify":
        from checker.run_verify import run_verify  # the explorer is loaded only when it is needed

        chosen = options(flags, Path.cwd())
        return run_verify(request(chosen), chosen.format, flags)
    sys.stdout.write(_read(flags))
    sys.stdout.flush()
    return EXIT_OK


def _read(flags: argparse.Namespace) -> str:
    match flags.command:
        case "rules":
            return show.rules(flags.variant, flags.ids, not_modelled=flags.not_modelled)
        case "explain":
            return show.explain(flags.id, flags.variant)
        case "trace":
            return show.trace(flags.file, verbose=flags.verbose)
        case "diff":
            return show.diff(flags.a, flags.b)
        case _:
            return show.listing()
