"""The `trace` command: a saved run, replayed and shown; or a capture, held against the relation."""

from __future__ import annotations

import argparse
from pathlib import Path

from checker.exits import EXIT_OK
from checker.output import emit
from checker.usage import UsageError

_CAPTURES = (
    b"\xa1\xb2\xc3\xd4", b"\xd4\xc3\xb2\xa1", b"\xa1\xb2\x3c\x4d", b"\x4d\x3c\xb2\xa1", b"\x0a\x0d\x0d\x0a",
    b"\x1f\x8b", b"\x28\xb5\x2f\xfd", b"\x04\x22\x4d\x18", b"\xfd7zX", b"BZh", b"PK\x03\x04", b"snoop",
)  # fmt: skip
"""What captures begin with: pcap, pcapng, gzip, and what the reader knows to refuse in a sentence of its own."""
_SUFFIXES = (".pcap", ".pcapng", ".cap", ".dmp", ".gz")
_JSON = (*(bytes([octet]) for octet in b'{["-0123456789'), b"true", b"false", b"null")
SAVED, CAPTURE = "a saved trace", "a capture"
FLAGS = {
    "html": ("--html", SAVED), "segments": ("--segments", CAPTURE), "explain": ("--explain", CAPTURE),
    "raw": ("--raw", CAPTURE), "profile": ("--profile", CAPTURE), "tolerate": ("--tolerate", CAPTURE),
    "vantage": ("--vantage", CAPTURE), "order": ("--order", CAPTURE), "connection": ("--connection", CAPTURE),
    "ladder": ("--ladder", CAPTURE), "format": ("--format", CAPTURE), "output": ("-o", CAPTURE),
    "color": ("--color", CAPTURE), "quiet": ("-q", CAPTURE), "jobs": ("--jobs", CAPTURE),
}  # fmt: skip
"""The options that one kind of file has alone: their names, and of which."""


def add_flags(trace: argparse.ArgumentParser) -> None:
    """Add what `trace` may be asked."""
    trace.add_argument("file", type=Path, metavar="FILE", help="a saved trace (ITF), or a capture (pcap, pcapng, gzip)")
    trace.add_argument("-v", "--verbose", action="store_true", help="also what changed; captures: all connections")
    trace.add_argument("--html", type=Path, metavar="FILE", help="a saved trace: write a page to step through it")
    held = trace.add_argument_group("a capture is held against RFC 9293")
    held.add_argument("--profile", metavar="NAME", help="rfc9293 (default), rfc793 or linux")
    held.add_argument("--tolerate", action="append", metavar="NAME", help="allow a deviation of Linux (repeatable)")
    held.add_argument("--vantage", choices=("client", "server", "middle"), help="where it was taken (middle)")
    held.add_argument("--order", choices=("capture", "time"), help="take segments as recorded (default), or by time")
    held.add_argument("--connection", metavar="N", help="only one: its number (3, 3.2) or ADDR:PORT-ADDR:PORT")
    held.add_argument("--jobs", type=int, metavar="N", help="follow it with N processes (one a core, if it is large)")
    shown = trace.add_argument_group("what is shown of a capture")
    shown.add_argument("--segments", action="store_true", help="a line for each frame, as the RFCs' figures are drawn")
    shown.add_argument("--raw", action="store_true", help="sequence numbers as on the wire, not from each ISN on")
    shown.add_argument("--explain", type=int, metavar="N", help="the rules at frame N, with their conditions' values")
    shown.add_argument("--ladder", type=Path, metavar="FILE", help="draw one connection: svg, png, pdf, mmd, dot, txt")
    shown.add_argument("--format", choices=("text", "json"), help="text (default) or json")
    shown.add_argument("-o", "--output", type=Path, metavar="FILE", help="write the report to a file")
    shown.add_argument("--color", choices=("auto", "always", "never"))
    shown.add_argument("-q", "--quiet", action="store_true", help="only what does not conform, and the summary")


def run_trace(flags: argparse.Namespace) -> int:
    """Carry out `trace` with the kind of file that it is given; return the exit code."""
    kind = kind_of(flags.file)
    for name, (flag, needs) in FLAGS.items():
        if needs != kind and getattr(flags, name) not in (None, False):
            raise UsageError(f"{flag}: is for {needs}; {flags.file} is {kind}.")
    if kind == CAPTURE:
        from checker.run_capture import run_capture  # loaded only when there is a capture

        return run_capture(flags)
    emit(_saved(flags))
    return EXIT_OK


def _saved(flags: argparse.Namespace) -> str:
    if flags.html is not None:
        from checker.run_page import write_trace

        return write_trace(flags.html, flags.file)
    from checker import show

    return show.trace(flags.file, verbose=flags.verbose)


def kind_of(path: Path) -> str:
    """Return what a file is, by its first octets. A pipe, which cannot be read twice, is a capture.

    Raise UsageError when it is neither a capture nor JSON.
    """
    try:
        if path.exists() and not path.is_file() and not path.is_dir():
            return CAPTURE
        with path.open("rb") as file:
            first = file.read(4096)
    except OSError as error:
        raise UsageError(f"{path}: cannot be read ({error.strerror}); give a saved trace or a capture.") from error
    if first.startswith(_CAPTURES) or path.suffix.lower() in _SUFFIXES:
        return CAPTURE
    if not first.lstrip().startswith(_JSON):
        raise UsageError(f"{path}: is neither a capture (pcap, pcapng) nor a saved trace (it is not JSON).")
    return SAVED
