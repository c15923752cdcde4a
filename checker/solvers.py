"""Solvers that re-check certificates: Python packages in a process of their own, and any program that takes a file."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import subprocess
import sys
import threading
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Protocol

from checker.usage import UsageError
from spec.language import nearest

KNOWN = ("cvc5", "z3", "bitwuzla")
WORDS = ("sat", "unsat", "unknown")
TIME_OUT, UNREAD = "time-out", "unread"
"""What is said when there was no answer: not in time, or not to this text."""
_CHILD = Path(__file__).parent / "symbolic" / "asked.py"
_STATUS = re.compile(r"^\s*\(set-info\s+:status\s+\w+\s*\)", re.MULTILINE)
_OTHER_STATUS = re.compile(r"Expected result \w+ but got (\w+)")
_STARTING = 60.0


@dataclass(frozen=True)
class Said:
    """sat, unsat, unknown, time-out or unread; detail says why."""

    word: str
    detail: str = ""


class Solver(Protocol):
    """Something that can be asked whether what a file says can be."""

    name: str
    version: str

    def ask(self, path: Path, text: str, timeout: float) -> Said:
        """Return what the solver says to a file, whose text this is, within so many seconds."""

    def close(self) -> None:
        """End what was started."""


def solver(name: str) -> Solver:
    """Return the solver of a name, or the program of a name or path. Raise UsageError when there is none."""
    if name in KNOWN and find_spec(name) is not None:
        return Package(name)
    program = shutil.which(name)
    if program is not None:
        return Program(name, program)
    if name in KNOWN:
        wheel = "z3-solver" if name == "z3" else name
        raise UsageError(f"{name} is not installed: pip install {wheel}, or put its program on the PATH.")
    hint = nearest(name, KNOWN)
    raise UsageError(f"solver {name!r} is none of {', '.join(KNOWN)}, nor a program that can be run.{hint}")


def meaning(output: str) -> Said:
    """Return what the output of a solver means: one answer and no complaint, or it was not read."""
    other = _OTHER_STATUS.search(output)  # cvc5 on a :status that it does not find; only the manifest's word counts
    if other is not None and other[1] in WORDS:
        return Said(other[1])
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    answers = [line for line in lines if line in WORDS]
    errors = [line for line in lines if "error" in line.lower() and "check annotation" not in line]
    if len(answers) == 1 and not errors:
        return Said(answers[0])
    if errors:
        return Said(UNREAD, errors[0][:200])
    return Said(UNREAD, f"{len(answers)} answers instead of one{f': {lines[0][:200]}' if lines else ''}")


class Package:
    """A Python package in a child process, which is killed when it takes too long and started again."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._child: subprocess.Popen[str] | None = None
        self.version = self._start()

    def _start(self) -> str:
        self._child = subprocess.Popen(  # noqa: S603  # our own file, and a name out of KNOWN
            [sys.executable, "-P", str(_CHILD), self.name],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            encoding="utf-8",
        )
        line, _ = self._reply(_STARTING)
        if not line:
            self.close()
            raise UsageError(f"{self.name} is installed but cannot be loaded.")
        return str(json.loads(line))

    def _reply(self, timeout: float) -> tuple[str, bool]:
        """Return the child's next line, "" when it ended, and whether it was killed for its time."""
        child, late = self._child, threading.Event()
        if child is None or child.stdout is None:
            return "", False

        def kill() -> None:
            late.set()
            child.kill()

        clock = threading.Timer(timeout, kill)
        clock.daemon = True
        clock.start()
        try:
            return child.stdout.readline(), late.is_set()
        finally:
            clock.cancel()

    def ask(self, path: Path, text: str, timeout: float) -> Said:  # noqa: ARG002  # a program wants the path
        """Return what the package says to a text."""
        if self._child is None:
            self._start()
        try:
            self._send(_STATUS.sub("", text))
            line, late = self._reply(timeout)
        except BrokenPipeError:
            line, late = "", False
        if line.endswith("\n"):
            return meaning(json.loads(line))
        self.close()
        return Said(TIME_OUT, f"no answer in {timeout:g} s") if late else Said(UNREAD, f"{self.name} ended abruptly")

    def _send(self, text: str) -> None:
        if self._child is not None and self._child.stdin is not None:
            self._child.stdin.write(json.dumps(text) + "\n")
            self._child.stdin.flush()

    def close(self) -> None:
        """End the child."""
        child, self._child = self._child, None
        if child is not None:
            child.kill()
            for pipe in filter(None, (child.stdin, child.stdout)):
                with contextlib.suppress(OSError):
                    pipe.close()
            child.wait()


class Program:
    """A program that takes an SMT-LIB file and prints an answer."""

    def __init__(self, name: str, path: str) -> None:
        self.name, self._path = name, path
        self.version = ""

    def ask(self, path: Path, text: str, timeout: float) -> Said:  # noqa: ARG002  # a package wants the text
        """Return what the program says to a file."""
        try:
            done = subprocess.run(  # noqa: S603  # the program that the user named
                [self._path, os.fspath(path)],
                stdin=subprocess.DEVNULL,
                capture_output=True,
                encoding="utf-8",
                errors="replace",
                timeout=timeout,
                check=False,
            )
        except subprocess.TimeoutExpired:
            return Said(TIME_OUT, f"no answer in {timeout:g} s")
        except OSError as error:
            raise UsageError(f"{self.name}: cannot be run ({error.strerror}).") from error
        said = meaning(done.stdout)
        if said.word == UNREAD and not done.stdout.strip():
            first = next(iter(done.stderr.split("\n")), "").strip()
            return Said(UNREAD, first[:200] or f"{self.name} prints nothing and exits with {done.returncode}")
        return said

    def close(self) -> None:
        """Nothing was left running."""
