"""A text of the subset as functions of machine code: kept from an earlier run, or compiled now."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from functools import cache
from types import ModuleType
from typing import NamedTuple

from checker.compiled import copies, native

INTERPRETED = "SYNPROOF_INTERPRETED"
"""The environment variable that, set to 1, has Python run everything."""
Functions = Mapping[str, Callable[..., int]]


class Text(NamedTuple):
    """What is compiled.

    modules    whose functions may call each other; called: those to be called from outside.
    bound      parameters that are fixed, by name; wide_bits: how many bits a `Wide` number has, 64 or 128.
    thoroughly whether better code is worth twice the time of compiling.
    """

    modules: tuple[ModuleType, ...]
    called: tuple[Callable[..., int], ...]
    bound: tuple[tuple[str, int], ...] = ()
    wide_bits: int = 64
    thoroughly: bool = False


def parameters(function: Callable[..., int]) -> tuple[str, ...]:
    """Return the names of a function's parameters, in order."""
    code = getattr(function, "__code__")  # noqa: B009  # to a type checker a Callable has none
    return tuple(code.co_varnames[: code.co_argcount])


def ready(text: Text) -> Functions | None:
    """Return the functions as an earlier run on a machine like this compiled them, or None. Raise NotNative."""
    code = native.kept(_key(text))
    return None if code is None else _called(code, text)


def compiled(text: Text) -> Functions:
    """Return the functions compiled now, and keep a copy. Raise NotNative where that cannot be."""
    from checker.compiled.lowering import lowered

    constants = {
        name: value for module in text.modules for name, value in vars(module).items() if isinstance(value, int)
    }
    source = "\n".join(_source(str(module.__file__)) for module in text.modules)
    names = [function.__name__ for function in text.called]
    code = native.compiled(
        lowered(source, constants, names, dict(text.bound), wide_bits=text.wide_bits), thoroughly=text.thoroughly
    )
    native.keep(_key(text), code)
    return _called(code, text)


def _called(code: native.Code, text: Text) -> Functions:
    addresses = native.load(code)
    return {each.__name__: native.function(addresses[each.__name__], len(parameters(each))) for each in text.called}


@cache
def _source(path: str) -> str:
    with open(path, encoding="utf-8") as file:
        return file.read()


@cache
def _key(text: Text) -> str:
    """Return the name of the kept copy: a digest of everything that decides about the code."""
    compiler = [os.path.join(os.path.dirname(__file__), name) for name in ("lowering.py", "native.py")]
    sources = [_source(path) for path in (*(str(module.__file__) for module in text.modules), *compiler)]
    names = [function.__name__ for function in text.called]
    whole = "\0".join((*sources, repr((names, *text[2:])), native.machine_key()))
    return copies.digest(whole.encode())
