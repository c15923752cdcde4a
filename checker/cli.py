"""The command line. Results go to stdout, progress to stderr on a terminal; the exit code is verdict.exit_code's."""

from __future__ import annotations

import argparse
import re
import traceback
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Any, NoReturn

from checker import run_trace
from checker.exits import EXIT_INTERNAL, EXIT_INTERRUPTED, EXIT_OK, EXIT_USAGE
from checker.output import complain, emit, use_utf_8
from checker.run_export import add_flags
from checker.usage import UsageError, need_z3
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
    run_trace.add_flags(commands.add_parser("trace", help="show a saved trace; judge a capture", allow_abbrev=False))
    _add_diagram(commands.add_parser("diagram", help="draw states, runs, pairs, checks, tables", allow_abbrev=False))
    _add_compare(commands.add_parser("compare", help="two variants under the same schedule", allow_abbrev=False))
    diff = commands.add_parser("diff", help="show a variant as a patch on another", allow_abbrev=False)
    diff.add_argument("a", metavar="A")
    diff.add_argument("b", metavar="B")
    add_flags(commands.add_parser("export", help="the relation in a world, for other checkers", allow_abbrev=False))
    _add_replay(commands.add_parser("replay", help="play a figure of the RFCs, or your own", allow_abbrev=False))
    _add_claims(commands.add_parser("claims", help="decide what five tutorials say of TCP", allow_abbrev=False))
    _add_hazards(commands.add_parser("hazards", help="rediscover the hazards of the literature", allow_abbrev=False))
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
    limits.add_argument(
        "--fingerprints", action="store_true", help="know states by 64-bit hashes: less memory, not exact"
    )
    limits.add_argument(
        "--reduce",
        metavar="NAMES",
        help="make fewer states: dead (what nothing reads), swap (ends alike), or none",
    )
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


def _add_replay(replay: argparse.ArgumentParser) -> None:
    replay.add_argument("file", nargs="?", type=Path, metavar="FILE", help="a script, written as the RFCs' figures are")
    replay.add_argument("--figure", metavar="ID", help="a figure of the RFCs, such as 9293-7, instead")
    replay.add_argument("--figures", action="store_true", help="all of them, as a table")
    replay.add_argument("--variant", metavar="NAME", help="play it in this variant, not in its own")
    replay.add_argument("--format", choices=("text", "json", "svg", "mermaid"), help="text, or by -o's suffix")
    replay.add_argument("-o", "--output", type=Path, metavar="FILE")


def _add_claims(claims: argparse.ArgumentParser) -> None:
    claims.add_argument("ids", nargs="*", metavar="ID", help="claims (S3-15) or contradictions (X5); all by default")
    claims.add_argument(
        "--source", action="append", metavar="S", help="all claims of a tutorial, S0 to S4 (repeatable)"
    )
    claims.add_argument("--trace", action="store_true", help="the runs behind the verdicts")
    claims.add_argument("--format", choices=("text", "json"), default="text")
    claims.add_argument("-o", "--output", type=Path, metavar="FILE", help="write the report to a file")
    claims.add_argument("--color", choices=("auto", "always", "never"), default="auto")
    claims.add_argument("-v", "--verbose", action="store_true", help="the answer to every question")


def _add_hazards(hazards: argparse.ArgumentParser) -> None:
    hazards.add_argument("ids", nargs="*", metavar="ID", help="hazards such as H-18; all by default")
    hazards.add_argument("--trace", action="store_true", help="each run, why it is one, and what prevents it")
    hazards.add_argument("--no-repairs", action="store_true", help="do not look for what prevents them")
    hazards.add_argument("--format", choices=("text", "json"), default="text")
    hazards.add_argument("-o", "--output", type=Path, metavar="FILE", help="write the report to a file")
    hazards.add_argument("--color", choices=("auto", "always", "never"), default="auto")


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


_RUNS = {
    "verify": "run_verify:run",
    "prove": "run_prove:run_prove",
    "certify": "run_prove:run_certify",
    "explore": "run_explore:run_explore",
    "diagram": "run_diagram:run_diagram",
    "compare": "run_compare:run_compare",
    "trace": "run_trace:run_trace",
    "export": "run_export:run_export",
    "replay": "run_replay:run_replay",
    "claims": "run_claims:run_claims",
    "hazards": "run_hazards:run_hazards",
    "docs": "run_docs:run_docs",
    "doctor": "doctor:run_doctor",
}
"""Where a command is carried out: a module of ours and a function, loaded only when it is asked for."""


def _run(flags: argparse.Namespace) -> int:
    if flags.command in ("prove", "certify"):
        need_z3(flags.command)
    if flags.command in _RUNS:
        module, _, function = _RUNS[flags.command].partition(":")
        return int(getattr(import_module(f"checker.{module}"), function)(flags))
    emit(_read(flags))
    return EXIT_OK


def _read(flags: argparse.Namespace) -> str:
    from checker import show

    match flags.command:
        case "rules":
            return show.rules(flags.variant, flags.ids, not_modelled=flags.not_modelled)
        case "explain":
            return show.explain(flags.id, flags.variant)
        case "diff":
            return show.diff(flags.a, flags.b)
        case _:
            return show.listing()
