"""What is said to a user who asks for something that is not there."""

from __future__ import annotations

from collections.abc import Iterable
from importlib.util import find_spec

from spec.language import nearest


class UsageError(Exception):
    """One clear sentence about a flag, a name, a file or the configuration; exit code 2."""


def known(kind: str, name: str, names: Iterable[str]) -> str:
    """Return `name` if it is one of `names`; raise UsageError with the nearest one otherwise."""
    names = list(names)
    if name not in names:
        raise UsageError(f"{kind} {name!r} does not exist.{nearest(name, names)} 'list' shows all.")
    return name


def need_z3(what: str) -> None:
    """Raise UsageError when z3 is to be asked and is not installed."""
    if find_spec("z3") is None:
        raise UsageError(f"{what}: needs the package z3-solver: install it, or use the .venv that `make verify` makes.")
