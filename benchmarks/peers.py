"""Spin, Rumur and TLC run on exported models: what each of them counts, in our terms.

Spin counts the initial state as a transition, and steps that a bound forbids as steps that lead nowhere (they are
printed, and taken off here); TLC counts the initial state as a transition and states, not steps, as depth.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from checker.export import murphi, promela, tla
from checker.export.model import Model


class PeerFailed(Exception):
    """A peer did not say what it is asked for."""


@dataclass(frozen=True)
class Found:
    """What an exploration found: None where a checker does not say.

    shortest   steps of the run that breaks an invariant; None when all hold.
    cut        steps cut off by the network's capacity and by incarnations.
    """

    states: int
    transitions: int
    depth: int | None = None
    broken: bool = False
    shortest: int | None = None
    cut: tuple[int, int] | None = None


def run(arguments: Sequence[str], folder: Path, allowed: Sequence[int] = (0,)) -> str:
    """Return what a program prints. Raise PeerFailed, with its last lines, for an exit code that is not allowed."""
    done = subprocess.run(arguments, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode not in allowed:
        last = "\n".join((done.stdout + done.stderr).splitlines()[-5:])
        raise PeerFailed(f"{' '.join(arguments)} ended with {done.returncode}:\n{last}")
    return done.stdout


def _number(pattern: str, text: str, who: str) -> int:
    """Return the number that a program says last: before that, it tells how far it has come."""
    found = re.findall(pattern, text)
    if not found:
        raise PeerFailed(f"{who} does not say {pattern!r}:\n{text[-500:]}")
    return int(found[-1])


@dataclass(frozen=True)
class Spin:
    """Spin, depth first; `breadth` also gives shortest runs. `flags` are the compiler's for pan.c."""

    breadth: bool = False
    flags: tuple[str, ...] = ("-O0",)

    @property
    def name(self) -> str:
        """The peer's name."""
        return "spin, breadth first" if self.breadth else "spin"

    @property
    def missing(self) -> str:
        """What is missing here, "" when nothing is."""
        return _missing("spin", "cc")

    def explore(self, model: Model, folder: Path) -> Found:
        """Return what Spin finds."""
        (folder / "model.pml").write_text(promela.write(model, "model"))
        run(["spin", "-a", *["-DSHOWALL"] * self.breadth, "model.pml"], folder)
        usual = ["-w", "-fwrapv", "-DSAFETY", "-DNOREDUCE", "-DPRINTF", *["-DBFS"] * self.breadth]
        run(["cc", *self.flags, *usual, "-o", "pan", "pan.c"], folder)
        said = run(["./pan", "-E", "-m1000000", "-w20"], folder)
        broken = _number(r"errors: (\d+)", said, self.name) > 0
        cut = (said.count("cut off: network capacity"), said.count("cut off: incarnations"))
        states = _number(r"(\d+) states, stored", said, self.name)
        transitions = _number(r"(\d+) transitions", said, self.name) - 1 - sum(cut)
        shortest = self._length(said) if broken and self.breadth else None
        return Found(states, transitions, None, broken, shortest, cut)

    @staticmethod
    def _length(said: str) -> int:
        """Return how many steps lead to the violation: of a state, or by the step after the depth that Spin tells."""
        of_step = re.search(r"assertion violated \(\(?bad_", said) is not None
        return _number(r"assertion violated .*\(at depth (\d+)\)", said, "spin") + of_step


@dataclass(frozen=True)
class Rumur:
    """Rumur, one thread."""

    flags: tuple[str, ...] = ("-O0",)
    name = "rumur"

    @property
    def missing(self) -> str:
        """What is missing here, "" when nothing is."""
        return _missing("rumur", "cc")

    def explore(self, model: Model, folder: Path) -> Found:
        """Return what Rumur finds."""
        (folder / "model.m").write_text(murphi.write(model, "model"))
        plain = ["--threads", "1", "--symmetry-reduction", "off", "--deadlock-detection", "off"]
        run(["rumur", *plain, "--output-format", "machine-readable", "-o", "v.c", "model.m"], folder)
        run(["cc", "-w", "-std=c11", *self.flags, "-march=native", "-o", "v", "v.c", "-lpthread"], folder)
        said = run(["./v"], folder, (0, 1))
        states = _number(r'states="(\d+)"', said, self.name)
        broken = _number(r' errors="(\d+)"', said, self.name) > 0
        shortest = said.count("<transition>") - 1 if broken else None  # the start state is one too
        return Found(states, _number(r'rules_fired="(\d+)"', said, self.name), None, broken, shortest)


@dataclass(frozen=True)
class Tlc:
    """TLC, one worker; `classpath` is its jar."""

    classpath: str
    name = "tlc"

    @property
    def missing(self) -> str:
        """What is missing here, "" when nothing is."""
        return _missing("java")

    def explore(self, model: Model, folder: Path) -> Found:
        """Return what TLC finds."""
        (folder / "model.tla").write_text(tla.write(model, "model"))
        (folder / "model.cfg").write_text(tla.config(model))
        java = ["java", "-XX:+UseSerialGC", "-cp", self.classpath, "tlc2.TLC"]
        usual = ["-deadlock", "-noGenerateSpecTE", "-checkpoint", "0", "-workers", "1"]
        said = run([*java, *usual, "-config", "model.cfg", "model.tla"], folder, (0, 12))
        broken = "is violated" in said
        depth = None if broken else _number(r"depth of the complete state graph search is (\d+)", said, self.name) - 1
        return Found(
            _number(r"(\d+) distinct states found", said, self.name),
            _number(r"(\d+) states generated, ", said, self.name) - 1,
            depth,
            broken,
            len(re.findall(r"^State \d+:", said, re.MULTILINE)) - 1 if broken else None,
        )


Peer = Spin | Rumur | Tlc


def _missing(*programs: str) -> str:
    """Return the first of some programs that is not installed, "" when all are."""
    return next((program for program in programs if shutil.which(program) is None), "")
