"""What is said to a user who asks for something that is not there."""

from __future__ import annotations

from collections.abc import Iterable

from spec.language import nearest


class UsageError(Exception):
    """One clear sentence about a flag, a name, a file or the configuration; exit code 2."""


def known(kind: str, name: str, names: Iterable[str]) -> str:
    """Return `name` if it is one of `names`; raise UsageError with the nearest one otherwise."""
    names = list(names)
    if name not in names:
        raise UsageError(f"{kind} {name!r} does not exist.{nearest(name, names)} 'list' shows all.")
    return name
