"""The command line. Results go to stdout, progress to stderr on a terminal; the exit code is verdict.exit_code's."""

from __future__ import annotations

import argparse
import re
import traceback
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NoReturn

from checker.exits import EXIT_FAILED, EXIT_INTERNAL, EXIT_INTERRUPTED, EXIT_OK, EXIT_USAGE
from checker.output import complain, emit, use_utf_8
from checker.usage import UsageError
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
  4  internal error, a trace that does not replay, engines disagree      130  interrupted
"""


class _Parser(argparse.ArgumentParser):
    """Argument errors in one sentence, with the nearest valid name."""

    def error(self, message: str) -> NoReturn:
        choice = re.fullmatch(r"(.*invalid choice: '(.*?)').*\(choose from (.*)\)", message)
        if choice is None:
            raise UsageError(f"{message}. See --help.")
        names = re.findall(r"[\w-]+", choice[3])  # quoted or not, as the Python version has it
        raise UsageError(f"{choice[1]}, choose from {', '.join(names)}.{nearest(choice[2], names)} See --help.")

    def print_help(self, file: Any = None) -> None:
        emit(self.format_help()) if file is None else super().print_help(file)


def _flags(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser, commands = _parser()
    flags, unknown = parser.parse_known_args(arguments)
    if unknown:
        word = next((word for word in unknown if word.startswith("-")), unknown[0]).partition("=")[0]
        here = commands.choices.get(flags.command, parser)
        hint = nearest(word, re.findall(r"(?<!\w)--?\w[\w-]*", here.format_help())) if word.startswith("-") else ""
        raise UsageError(f"unrecognized argument {word!r}.{hint} See --help.")
    if flags.command is None:
        raise UsageError(f"a command is needed: one of {', '.join(commands.choices)}. See --help.")
    return flags


def _parser() -> tuple[argparse.ArgumentParser, argparse._SubParsersAction[_Parser]]:
    parser = _Parser(
        prog="synproof",
        description="RFC 9293's TCP connection lifecycle as one relation: verify it, read it, replay its runs.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", parser_class=_Parser)
    _add_verify(commands.add_parser("verify", help="check properties of variants in a scenario", allow_abbrev=False))
    _add_prove(commands.add_parser("prove", help="have z3 prove or refute, for all 32-bit numbers", allow_abbrev=False))
    _add_certify(
        commands.add_parser("certify", help="have another solver check the certificates of proofs", allow_abbrev=False)
    )
    _add_explore(commands.add_parser("explore", help="walk a world by hand, step by step", allow_abbrev=False))
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
    trace.add_argument("--html", type=Path, metavar="FILE", help="write a page to step through it instead")
    _add_diagram(commands.add_parser("diagram", help="draw states, runs, pairs, checks, tables", allow_abbrev=False))
    _add_compare(commands.add_parser("compare", help="two variants under the same schedule", allow_abbrev=False))
    diff = commands.add_parser("diff", help="show a variant as a patch on another", allow_abbrev=False)
    diff.add_argument("a", metavar="A")
    diff.add_argument("b", metavar="B")
    commands.add_parser("doctor", help="what is installed here, and what is missing", allow_abbrev=False)
    docs = commands.add_parser("docs", help="write the pages of a course: rules, states, variants", allow_abbrev=False)
    docs.add_argument("folder", type=Path, metavar="DIR")
    docs.add_argument("--variant", action="append", metavar="NAME", help="only these variants (repeatable)")
    docs.add_argument("--scenario", default="quick", metavar="NAME", help="where verdicts are found (quick)")
    return parser, commands


def _add_verify(verify: argparse.ArgumentParser) -> None:
    verify.add_argument("--variant", action="append", metavar="NAME", help="a variant, or 'all' (repeatable)")
    verify.add_argument("--property", action="append", metavar="ID", help="a property, or 'all' (repeatable)")
    verify.add_argument("--scenario", metavar="NAME", help="tutorial, quick, standard (default) or deep")
    verify.add_argument("--isn", metavar="POLICY", help="ISN policy of both ends: fresh, next, const, clock:K")
    verify.add_argument("--engine", metavar="KIND", help="explore worlds (explore, the default), ask z3, or both")
    verify.add_argument("--fairness", metavar="NAMES", help="of endless runs: some of FC,FT,FA,FS,FF, or none")
    bounds = verify.add_argument_group("bounds, instead of the scenario's own")
    bounds.add_argument("--network", metavar="KIND", help="bag, set or fifo")
    bounds.add_argument("--time-wait", metavar="T", help="untimed, infinite, or N[:letter|fin|any_emission] times MSL")
    bounds.add_argument("--attacker", metavar="KIND", help="none, blind, on-path or flood, with :N for N segments")
    for flag, text in (
        ("msl", "lifetime of a segment in ticks; untimed worlds get a clock"),
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


def _add_prove(prove: argparse.ArgumentParser) -> None:
    prove.add_argument("--variant", action="append", metavar="NAME", help="a variant, or 'all' (repeatable)")
    prove.add_argument("--property", action="append", metavar="ID", help="a property or query, or 'all' (repeatable)")
    prove.add_argument("--bits", type=int, default=32, metavar="N", help="width of sequence numbers (default 32)")
    prove.add_argument(
        "--find", action="store_true", help="find lemmas about one end instead of using the written ones"
    )
    prove.add_argument("--certificates", type=Path, metavar="DIR", help="write every claim as an SMT-LIB file")
    prove.add_argument("--format", choices=("text", "json"), default="text")
    prove.add_argument("-o", "--output", type=Path, metavar="FILE", help="write the report to a file")
    prove.add_argument("--color", choices=("auto", "always", "never"), default="auto")
    prove.add_argument("-q", "--quiet", action="store_true", help="only the table")
    prove.add_argument("-v", "--verbose", action="store_true", help="every witness")


def _add_certify(certify: argparse.ArgumentParser) -> None:
    certify.add_argument("folder", type=Path, metavar="DIR")
    certify.add_argument("--solver", action="append", metavar="NAME", help="cvc5 (default), z3, bitwuzla or a program")
    certify.add_argument("--timeout", type=float, default=60.0, metavar="S", help="seconds for one claim (default 60)")
    certify.add_argument("--format", choices=("text", "json"), default="text")
    certify.add_argument("-o", "--output", type=Path, metavar="FILE", help="write the report to a file")


def _add_explore(explore: argparse.ArgumentParser) -> None:
    explore.add_argument("--variant", metavar="NAME", help="a variant (default three-way)")
    explore.add_argument("--scenario", metavar="NAME", help="tutorial (default), quick, standard or deep")
    explore.add_argument("--world", metavar="NAME", help="one of its worlds, or of the first scenario that has it")
    explore.add_argument("--isn", metavar="POLICY", help="ISN policy of both ends: fresh, next, const, clock:K")
    explore.add_argument("--load", type=Path, metavar="FILE", help="start at the end of a saved run, in its world")
    explore.add_argument("--max-states", type=int, default=1_000_000, metavar="N", help="stop exploring at N states")
    explore.add_argument("--html", type=Path, metavar="FILE", help="write a page to walk it in a browser instead")
    explore.add_argument("--color", choices=("auto", "always", "never"), default="auto")


def _add_diagram(diagram: argparse.ArgumentParser) -> None:
    kinds = ("states", "ladder", "pairs", "flow", "matrix")
    diagram.add_argument("kind", choices=kinds, metavar="KIND", help=", ".join(kinds))
    diagram.add_argument("file", nargs="?", type=Path, metavar="FILE", help="ladder: a saved trace; matrix: its name")
    diagram.add_argument("--variant", default="three-way", metavar="NAME")
    diagram.add_argument("--against", metavar="NAME", help="states: what differs from this variant")
    diagram.add_argument("--reached", metavar="SCENARIO", help="states: how often each edge is taken there")
    diagram.add_argument("--world", metavar="NAME", help="states, pairs: one world")
    diagram.add_argument("--state", action="append", metavar="NAME", help="flow: in this state alone (repeatable)")
    diagram.add_argument("--property", metavar="ID", help="ladder: the shortest run that breaks it")
    diagram.add_argument("--scenario", default="standard", metavar="NAME", help="ladder: where to look (standard)")
    diagram.add_argument("--relative", action="store_true", help="ladder: SEQ and ACK from the ISS on")
    diagram.add_argument("--all", action="store_true", help="pairs: however many there are")
    diagram.add_argument("--format", metavar="NAME", help="text, svg, mermaid, dot, png or pdf; else by -o's suffix")
    diagram.add_argument("-o", "--output", type=Path, metavar="FILE")


def _add_compare(compare: argparse.ArgumentParser) -> None:
    compare.add_argument("a", metavar="A")
    compare.add_argument("b", metavar="B")
    compare.add_argument("--property", metavar="ID", help="compare by a run that breaks this one")
    compare.add_argument("--scenario", default="quick", metavar="NAME", help="where to look (quick)")
    compare.add_argument("--picture", type=Path, metavar="FILE", help="both runs as svg, png, pdf or dot")
    compare.add_argument("--color", choices=("auto", "always", "never"), default="auto")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the program; return its exit code. Nothing but an internal error prints a traceback."""
    try:
        use_utf_8()
        return _run(_flags(arguments))
    except UsageError as error:
        complain(str(error))
        return EXIT_USAGE
    except OSError as error:  # the system refuses something, such as a working directory that is gone
        complain(f"{error.filename or 'the system'}: {error.strerror}.")
        return EXIT_USAGE
    except KeyboardInterrupt:
        complain("interrupted.")
        return EXIT_INTERRUPTED
    except Exception as error:  # noqa: BLE001  # the last resort: whatever it is, it must not look like a verdict
        return _internal(error)


def _internal(error: Exception) -> int:
    from checker.concrete import RulesOverlap
    from checker.replay import ReplayError

    if isinstance(error, (ReplayError, RulesOverlap)):
        complain(f"internal error: {error}")
    else:
        traceback.print_exception(error)
        complain("internal error; please report the lines above.")
    return EXIT_INTERNAL


def _run(flags: argparse.Namespace) -> int:
    if flags.command == "verify":
        from checker.config import options  # the explorer is loaded only when it is needed
        from checker.run_verify import run_verify

        chosen = options(flags, Path.cwd())
        if chosen.engine != "explore":
            _need_z3(f"--engine {chosen.engine}")
        if chosen.engine == "z3":
            from checker.run_prove import run_engine

            return run_engine(chosen, flags)
        return run_verify(chosen, flags)
    if flags.command in ("prove", "certify"):
        _need_z3(flags.command)
        from checker import run_prove  # z3 is loaded only when it is needed

        return run_prove.run_prove(flags) if flags.command == "prove" else run_prove.run_certify(flags)
    if flags.command == "explore":
        from checker.run_explore import run_explore  # likewise the explorer

        return run_explore(flags)
    if flags.command == "diagram":
        from checker.run_diagram import run_diagram

        return run_diagram(flags)
    if flags.command == "compare":
        from checker.run_compare import run_compare

        return run_compare(flags)
    if flags.command == "docs":
        from checker.run_docs import run_docs

        return run_docs(flags)
    if flags.command == "doctor":
        from checker import doctor

        told, fine = doctor.text()
        emit(told)
        return EXIT_OK if fine else EXIT_FAILED
    emit(_read(flags))
    return EXIT_OK


def _need_z3(what: str) -> None:
    """Raise UsageError when z3 is to be asked and is not installed."""
    if find_spec("z3") is None:
        raise UsageError(f"{what}: needs the package z3-solver: install it, or use the .venv that `make verify` makes.")


def _read(flags: argparse.Namespace) -> str:
    from checker import show

    match flags.command:
        case "rules":
            return show.rules(flags.variant, flags.ids, not_modelled=flags.not_modelled)
        case "explain":
            return show.explain(flags.id, flags.variant)
        case "trace" if flags.html is not None:
            from checker.run_page import write_trace

            return write_trace(flags.html, flags.file)
        case "trace":
            return show.trace(flags.file, verbose=flags.verbose)
        case "diff":
            return show.diff(flags.a, flags.b)
        case _:
            return show.listing()
