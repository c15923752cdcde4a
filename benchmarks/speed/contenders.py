"""Who is measured: our explorer, Spin, Rumur and TLC, each as commands to build and to run, and how to read its counts.

Spin counts the initial state as a transition, and steps that a bound forbids as steps that lead nowhere; TLC counts
the initial state as a transition. What is read here is in our terms.
"""

from __future__ import annotations

import math
import os
import re
import shutil
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.speed.measuring import Failed, Spent, spend

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Counts:
    """What all must agree on."""

    states: int
    transitions: int

    def __str__(self) -> str:
        return f"{self.states:,} states, {self.transitions:,} transitions"


@dataclass(frozen=True)
class Contender:
    """One program on one model.

    files     texts to be written into an empty folder before it is built there.
    build     commands before `run`.
    read      its counts, from what it prints.
    inside    CPU seconds of exploring by its own account; without it, they are all that the run costs.
    ours      it runs in our tree, with `kept` copies of compiled code: those of earlier runs, or none.
    """

    name: str
    run: tuple[str, ...]
    read: Callable[[str], Counts]
    build: tuple[tuple[str, ...], ...] = ()
    files: Mapping[str, str] = field(default_factory=dict)
    inside: Callable[[str], float] | None = None
    ours: bool = False
    kept: Path | None = None

    def built(self, folder: Path) -> float:
        """Write the files and build, in a folder that is made for it; return the CPU seconds."""
        folder.mkdir(parents=True)
        for name, text in self.files.items():
            (folder / name).write_text(text, encoding="utf-8")
        return sum(spend(command, folder).seconds for command in self.build)

    def ran(self, folder: Path, most: float | None = None) -> Spent:
        """Return what a run costs; it gets at most so many CPU seconds."""
        if not self.ours:
            return spend(self.run, folder, None, most)
        environment = dict(os.environ)
        environment.pop("PYTHONDONTWRITEBYTECODE", None)
        environment["SYNPROOF_CACHE"] = str(self.kept or folder / "kept")
        return spend(self.run, ROOT, environment, most)

    def explored(self, spent: Spent) -> float:
        """Return the CPU seconds of exploring in a run."""
        return spent.seconds if self.inside is None else self.inside(spent.said)


def number(pattern: str, text: str) -> float:
    """Return the number that a pattern finds in what a program says. Raise Failed if it does not say it."""
    found = re.search(pattern, text)
    if found is None:
        raise Failed(f"no {pattern!r} in what it says:\n{text[-500:]}")
    return float(found[1])


def missing(*programs: str) -> str:
    """Return the first of some programs that is not installed, "" when all are."""
    return next((program for program in programs if shutil.which(program) is None), "")


# --- ours -----------------------------------------------------------------------------------------------------------


def ours(words: tuple[str, ...], kept: Path | None) -> Contender:
    """Return one of our own programs, with copies of compiled code in a folder, or never compiled before."""
    return Contender(
        "ours",
        (sys.executable, "-m", *words),
        lambda said: Counts(int(number(r"states=(\d+)", said)), int(number(r"transitions=(\d+)", said))),
        inside=lambda said: number(r"exploring=([\d.]+)", said),
        ours=True,
        kept=kept,
    )


# --- peers ----------------------------------------------------------------------------------------------------------

BEST = ("-march=native", "-fwrapv", "-DSAFETY", "-DNOREDUCE", "-DNOBOUNDCHECK", "-DNOCOMP")
USUAL = ("-fwrapv", "-DSAFETY", "-DNOREDUCE")


@dataclass(frozen=True)
class Form:
    """A model in the peers' languages, by the ending of the file; how many states it has, and steps cut off."""

    name: str
    texts: Mapping[str, str]
    states: int
    cut: int = 0


def spin(form: Form, level: str, flags: tuple[str, ...], slots: int, *, breadth: bool = False) -> Contender:
    """Return Spin with a table of 2^slots places; by breadth it finds shortest runs, as we do."""
    wide = ("-DBFS",) * breadth

    def read(said: str) -> Counts:
        if "search depth too small" in said or "errors: 0" not in said:
            raise Failed(f"spin did not finish:\n{said[-500:]}")
        transitions = int(number(r"(\d+) transitions", said)) - 1 - form.cut
        return Counts(int(number(r"(\d+) states, stored", said)), transitions)

    return Contender(
        f"spin {'-DBFS ' * breadth}{level} -w{slots}, {form.name}",
        ("./pan", "-E", "-m100000", f"-w{slots}"),
        read,
        (("spin", "-a", *("-DSHOWALL",) * breadth, "m.pml"), ("cc", "-w", level, *flags, *wide, "-o", "pan", "pan.c")),
        {"m.pml": form.texts["pml"]},
    )


def rumur(form: Form, level: str) -> Contender:
    """Return Rumur, one thread."""
    plain = ("--threads", "1", "--symmetry-reduction", "off", "--deadlock-detection", "off")
    machine = ("--output-format", "machine-readable")
    return Contender(
        f"rumur {level}, {form.name}",
        ("./v",),
        lambda said: Counts(
            int(number(r'<summary states="(\d+)"', said)), int(number(r'<summary .*rules_fired="(\d+)"', said))
        ),
        (
            ("rumur", *plain, *machine, "-o", "v.c", "m.m"),
            ("cc", "-w", "-std=c11", level, "-march=native", "-o", "v", "v.c", "-lpthread"),
        ),
        {"m.m": form.texts["m"]},
    )


def tlc(form: Form, classpath: str) -> Contender:
    """Return TLC, one worker; the start of its machine is part of its run."""
    java = ("java", "-XX:+UseSerialGC", "-cp", classpath, "tlc2.TLC")
    usual = ("-deadlock", "-noGenerateSpecTE", "-checkpoint", "0", "-workers", "1")
    title = re.search(r"MODULE (\w+)", form.texts["tla"])
    module = title[1] if title else "model"
    return Contender(
        f"tlc, {form.name}",
        (*java, *usual, "-config", "m.cfg", f"{module}.tla"),
        lambda said: Counts(
            int(number(r"\n\d+ states generated, (\d+) distinct states found", said)),
            int(number(r"\n(\d+) states generated, ", said)) - 1,
        ),
        (),
        {f"{module}.tla": form.texts["tla"], "m.cfg": form.texts["cfg"]},
    )


@dataclass(frozen=True)
class Peers:
    """The peers that are installed; `classpath` is TLC's."""

    classpath: str | None

    def lacking(self) -> Iterator[str]:
        """Yield a sentence for each peer that cannot be run."""
        for name, programs in (("spin", ("spin", "cc")), ("rumur", ("rumur", "cc"))):
            if absent := missing(*programs):
                yield f"{name}: not run, {absent} is not installed."
        if self.classpath is None:
            yield "tlc: not run, give --tlc JAR or set TLC_JAR."
        elif missing("java"):
            yield "tlc: not run, java is not installed."

    def has(self, name: str) -> bool:
        """Return whether a peer can be run."""
        if name == "tlc":
            return self.classpath is not None and not missing("java")
        return not missing(name, "cc")

    def candidates(self, kind: str, form: Form) -> Iterator[Contender]:
        """Yield what a kind of peer may be run as on a model; the best of them is the one to beat."""
        least = math.ceil(math.log2(max(form.states, 2)))
        tables = (max(least, 16), max(least, 16) + 2)
        if kind == "spin" and self.has("spin"):
            yield from (spin(form, "-O3", BEST, slots) for slots in tables)
        elif kind == "spin, breadth first" and self.has("spin"):
            yield from (spin(form, "-O3", BEST, slots, breadth=True) for slots in tables)
        elif kind == "spin, usual flags" and self.has("spin"):
            yield spin(form, "-O3", USUAL, tables[0])
        elif kind == "rumur" and self.has("rumur"):
            yield rumur(form, "-O3")
        elif kind == "tlc" and self.has("tlc"):
            yield tlc(form, str(self.classpath))
        elif kind == "any, built first":
            if self.has("spin"):
                yield from (spin(form, level, BEST, tables[0]) for level in ("-O0", "-O1"))
            if self.has("rumur"):
                yield from (rumur(form, level) for level in ("-O0", "-O1"))
            if self.has("tlc"):
                yield tlc(form, str(self.classpath))
