"""The `docs` command: write the generated pages to a folder."""

from __future__ import annotations

import argparse

from checker import appendix
from checker.book import written
from checker.delivery import make_folder, telling, write_whole
from checker.output import emit
from checker.usage import UsageError, known
from spec.scenarios import SCENARIOS
from spec.variants import VARIANTS


def run_docs(flags: argparse.Namespace) -> int:
    """Write all pages to the folder; return the exit code. What was there under other names stays."""
    scenario = SCENARIOS[known("scenario", flags.scenario, list(SCENARIOS))]
    names = [known("variant", name, [*VARIANTS, "all"]) for name in flags.variant or ["all"]]
    variants = list(VARIANTS) if "all" in names else list(dict.fromkeys(names))
    if flags.folder.is_file():
        raise UsageError(f"docs {flags.folder}: is a file, not a folder.")
    with telling() as tell:
        pages = {**written(scenario, variants, tell), **appendix.written(tell)}
    make_folder("docs", flags.folder / "pictures")
    for name, text in pages.items():
        write_whole(flags.folder / name, text)
    emit(f"{len(pages)} files written to {flags.folder}; begin with index.md.\n")
    return 0
