"""The figures of RFC 9293, RFC 1337 and RFC 5961 as scripts (spec/script.py): data, one file each.

Files are as near to the RFC's own lines as scripts are; what differs is said in `note`. Whether a figure is a run of
the relation is nowhere said here: checker/script.py plays it.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files

from spec.script import Script, parse

NAMES: tuple[str, ...] = (
    *(f"9293-{number}" for number in range(6, 14)), *(f"1337-{number}" for number in range(1, 5)), "5961-1",
)  # fmt: skip
"""The figures' ids, in the order of the RFCs."""


def source(name: str) -> str:
    """Return the text of a figure's script. Raise KeyError for an id that is not in NAMES."""
    if name not in NAMES:
        raise KeyError(name)
    return files(__package__).joinpath(f"{name}.txt").read_text(encoding="utf-8")


@cache
def figure(name: str) -> Script:
    """Return a figure by its id. Raise KeyError for one that is not there."""
    return parse(source(name), f"{name}.txt")
