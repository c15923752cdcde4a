"""Mistakes that authors of rules make: each is refused at import, in a sentence, and by mypy where it can.

Every file in mistakes/ is one row of the same rule with one mistake in it; none.py has none.
"""

from __future__ import annotations

import re
import runpy
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

from spec.language import SpecError

ROOT = Path(__file__).parents[2]
FOLDER = Path(__file__).parent / "mistakes"


class Caught(NamedTuple):
    """The codes by which mypy reports a mistake (None: it sees nothing wrong), and the sentence at import."""

    mypy: set[str] | None
    sentence: str


CAUGHT = {
    "misspelt_variable": Caught({"attr-defined"}, "RCV has no 'NEXT'. Did you mean 'NXT'?"),
    "misspelt_state": Caught({"arg-type"}, "rule X-1: 'LISTN' is not a TCP state. Did you mean 'LISTEN'?"),
    "misspelt_goto": Caught({"arg-type"}, "rule X-1: 'SYN_RCVD' is not a TCP state. Did you mean 'SYN-RECEIVED'?"),
    "and_between_conditions": Caught(
        {"unreachable"},
        "'SYN in SEG.CTL' is a formula, not a truth value: write one condition per line of when=, "
        "any_of(...) for 'or', negated(...) for 'not', between(...) for a chain of comparisons.",
    ),
    "chained_comparison": Caught(
        {"operator"},
        "there is no '<' on 'SND.UNA': sequence numbers wrap round. "
        "Write lt(a, b), or between(a, '<', x, '=<', b) for a range.",
    ),
    "ampersand": Caught(
        {"operator"},
        "'&' is not defined on 'RCV.NXT', on purpose (it binds tighter than '=='): "
        "write one condition per line of when=, or all_of(...).",
    ),
    "bool_to_seq": Caught(
        {"arg-type"},
        "RCV.NXT <- SYN in SEG.CTL: 'SYN in SEG.CTL' is a bool, where a seq is needed: "
        "write a number, such as SEG.SEQ + count(...).",
    ),
    "number_as_condition": Caught(
        {"arg-type"},
        "rule X-1: when= holds 'SEG.SEQ', which is not a condition: compare it with something.",
    ),
    "assigned_twice": Caught(None, "rule X-1: RCV.NXT is assigned twice: all updates are simultaneous, keep one."),
    "ack_without_number": Caught(None, "segment(): ACK= and CTL=ACK go together: give both or neither."),
    "assigning_the_segment": Caught(
        {"attr-defined"},
        "SEG.SEQ cannot be assigned: a rule changes the endpoint's own variables only, such as RCV.NXT.",
    ),
    "no_comma": Caught(
        {"arg-type"},
        "rule X-1: when= is 'SYN in SEG.CTL', not a tuple: write when=(x,), with a comma even for one.",
    ),
    "no_cite": Caught({"call-arg"}, "Rule.__init__() missing 1 required keyword-only argument: 'cite'"),
}


@pytest.fixture(scope="module")
def mypy_codes() -> dict[str, set[str]]:
    """Run mypy once, as `make types` does, over every file; return the codes it reports, by file."""
    files = map(str, sorted(FOLDER.glob("*.py")))
    command = [sys.executable, "-m", "mypy", "--no-pretty", "--no-color-output", *files]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300, check=False)
    assert not done.stderr
    found: dict[str, set[str]] = {}
    for line in done.stdout.splitlines():
        error = re.fullmatch(r"tests/typing/mistakes/(\w+)\.py:\d+: error: .*\[([a-z-]+)\]", line)
        if error:
            found.setdefault(error[1], set()).add(error[2])
    return found


def test_every_file_is_in_the_table() -> None:
    assert {path.stem for path in FOLDER.glob("*.py")} == {*CAUGHT, "none"}
    assert len(CAUGHT) == 13


def test_mypy_reports_what_the_table_says_and_nothing_in_the_good_row(
    mypy_codes: dict[str, set[str]],
) -> None:
    assert mypy_codes == {name: caught.mypy for name, caught in CAUGHT.items() if caught.mypy}


def test_the_good_row_imports() -> None:
    made = runpy.run_path(str(FOLDER / "none.py"))
    assert made["RELATION"].rule("X-1") is made["RULE"]


@pytest.mark.parametrize("name", CAUGHT)
def test_import_refuses_it_in_one_sentence(name: str) -> None:
    with pytest.raises((SpecError, TypeError)) as caught:
        runpy.run_path(str(FOLDER / f"{name}.py"))
    said, place = str(caught.value), re.compile(rf" \(mistakes/{name}\.py:\d+\)")
    assert place.sub("", said) == CAUGHT[name].sentence
    assert bool(place.search(said)) == said.startswith("rule ")
