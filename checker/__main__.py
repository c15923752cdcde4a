"""`python -m checker`: makes sure that the right `spec` and `diagrams` are next to `checker`, then runs the program."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path


def misplaced() -> str | None:
    """Return the sentence to print when `spec` or `diagrams` would come from elsewhere, else None."""
    home = Path(__file__).resolve().parent.parent
    for name in ("spec", "diagrams"):
        found = importlib.util.find_spec(name)
        where = None if found is None or found.origin is None else Path(found.origin).resolve()
        if where is None or where.parent.parent != home:
            return (
                f"synproof: the package '{name}' would be loaded from {where or 'nowhere'} instead of {home / name}: "
                "run from another directory, or use the 'synproof' command."
            )
    return None


if __name__ == "__main__":
    problem = misplaced()
    if problem is not None:
        sys.stderr.write(f"{problem}\n")
        raise SystemExit(2)
    from checker.cli import main

    raise SystemExit(main())
