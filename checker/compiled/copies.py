"""What one run worked out, kept for the next: files in a folder of the user's, whole or absent.

Looked for at every start, so with as few modules as can be.
"""

from __future__ import annotations

import contextlib
import os
from importlib.util import source_hash

_MAGIC = b"synproof 2\n"


def folder() -> str:
    """Return where copies are kept: SYNPROOF_CACHE, or synproof in the user's cache folder."""
    named = os.environ.get("SYNPROOF_CACHE")
    if named:
        return named
    base = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache")
    return os.path.join(base, "synproof")


def digest(content: bytes) -> str:
    """Return 64 bits, in hexadecimal, that damaged or other content has not."""
    return source_hash(content).hex()


def kept(key: str) -> bytes | None:
    """Return the content of the kept copy of this key, or None: absent, damaged, or not the user's own."""
    try:
        with open(os.path.join(folder(), key), "rb") as file:
            whole = file.read()
            status = os.fstat(file.fileno())
    except OSError:
        return None
    mine = not hasattr(os, "getuid") or (status.st_uid == os.getuid() and not status.st_mode & 0o022)
    sealed, _, rest = whole.partition(b"\n")
    if not mine or not rest.startswith(_MAGIC) or digest(rest).encode() != sealed:
        return None
    return rest[len(_MAGIC) :]


def keep(key: str, content: bytes) -> None:
    """Keep a copy, whole or not at all; where that cannot be, the next run works it out again."""
    rest = _MAGIC + content
    path = os.path.join(folder(), key)
    scratch = f"{path}.{os.getpid()}.part"
    with contextlib.suppress(OSError):
        os.makedirs(folder(), mode=0o700, exist_ok=True)
        with os.fdopen(os.open(scratch, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(digest(rest).encode() + b"\n" + rest)
        os.replace(scratch, path)
