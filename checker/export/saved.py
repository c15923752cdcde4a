"""`export --to pcap` and `--to packetdrill`: a saved run as a capture or as a script."""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable, Sequence

from checker.delivery import check_writable, deliver, write_whole
from checker.exits import EXIT_OK
from checker.export import wire
from checker.export.lifted import Numbers
from checker.export.packetdrill import packetdrill
from checker.export.pcap import CLIENT, MIDDLE, SERVER, VANTAGES, Ends, pcap
from checker.show import replayed
from checker.usage import UsageError
from spec.environment import ENDS
from spec.language import nearest
from spec.trace import Trace

OF_A_WORLD = ("variant", "scenario", "world", "seq_bits", "property")
"""Flags of formats that export a variant in a world: a saved run has its own."""
OF_A_CAPTURE, OF_A_SCRIPT = ("client", "server", "vantage"), ("end",)
_LARGEST = (1 << 32) - 1


def run_pcap(flags: argparse.Namespace) -> int:
    """Write a saved run as a capture. Raise UsageError for flags that make no sense and for what has no counterpart."""
    _only(flags, OF_A_SCRIPT)
    if flags.output is None:
        raise UsageError("--to pcap: a capture is not text; give it a file with -o.")
    ends = Ends(_endpoint("--client", flags.client, CLIENT), _endpoint("--server", flags.server, SERVER))
    vantage, isn = _one_of("--vantage", flags.vantage or MIDDLE, VANTAGES), numbers(flags.isn)
    return _write(flags, lambda trace: pcap(trace, ends, isn, vantage))


def run_packetdrill(flags: argparse.Namespace) -> int:
    """Write a saved run as a script. Raise UsageError for flags that make no sense and for what has no counterpart."""
    _only(flags, OF_A_CAPTURE)
    end, isn = _one_of("--end", flags.end or ENDS[0], ENDS), numbers(flags.isn)
    return _write(flags, lambda trace: packetdrill(trace, end, isn))


def numbers(text: str | None) -> Numbers:
    """Return what --isn asks for: A,B or solve. Raise UsageError for anything else."""
    if text is None or text == "solve":
        return "solve" if text else None
    found = re.fullmatch(r"([0-9]{1,10}),([0-9]{1,10})", text)
    if found is None or max(int(found[1]), int(found[2])) > _LARGEST:
        raise UsageError(f"--isn: {text!r} must be two numbers from 0 to {_LARGEST}, such as 100,300, or solve.")
    return int(found[1]), int(found[2])


def _endpoint(flag: str, text: str | None, otherwise: wire.Endpoint) -> wire.Endpoint:
    try:
        return otherwise if text is None else wire.endpoint(text)
    except UsageError as error:
        raise UsageError(f"{flag}: {error}") from error


def _one_of(flag: str, word: str, words: Sequence[str]) -> str:
    if word not in words:
        raise UsageError(f"{flag}: {word!r} must be one of {', '.join(words)}.{nearest(word, words)}")
    return word


def _only(flags: argparse.Namespace, others: Sequence[str]) -> None:
    """Raise UsageError when there is no saved run, or for a flag of another format."""
    if flags.file is None:
        raise UsageError(f"--to {flags.to}: exports a saved run; give its file, such as runs/P-01.itf.json.")
    given = next((name for name in (*OF_A_WORLD, *others) if getattr(flags, name) is not None), None)
    if given is not None:
        why = "a saved run has its own" if given in OF_A_WORLD else "it is of another format"
        raise UsageError(f"--{given.replace('_', '-')}: --to {flags.to} does not take it; {why}.")


def _write(flags: argparse.Namespace, made: Callable[[Trace], str | bytes]) -> int:
    """Write what is made of the saved run, which is replayed first."""
    if flags.output is not None:
        check_writable(flags.output)
    trace, _ = replayed(flags.file)
    try:
        content = made(trace)
    except UsageError as error:
        raise UsageError(f"{flags.file}: {error}") from error
    if isinstance(content, bytes):
        write_whole(flags.output, content)
    else:
        deliver(flags.output, content)
    return EXIT_OK
