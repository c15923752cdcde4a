"""Requests of every kind with what `verify` finds for each, once, and the reports of that."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import cache
from typing import Any

from checker.explore.graph import Limits
from checker.report import as_json
from checker.report.style import Style
from checker.report.text import report
from checker.verdict import exit_code
from checker.verify import Request, Result, verify
from spec.environment import IsnPolicy, Scenario
from spec.matrices import MATRICES
from spec.parametric_worlds import last_ack
from spec.properties import PROPERTIES
from spec.scenarios import LIVE_REOPEN, QUICK, SCENARIOS
from spec.time_wait import TimeWait
from spec.words import HOLDS

PLAIN = Style(colour=False)
TUTORIAL = Request(("three-way", "two-way", "fin-in-ack2"), tuple(PROPERTIES), SCENARIOS["tutorial"])
ISN = MATRICES["standard"]["isn-three-way"]
SMALL = replace(
    ISN, id="small", cells={place: ISN.cells[place] for place in [("0", "const"), ("0", "fresh"), ("1", "clock(1)")]}
)
SURPRISING = replace(
    SMALL, id="surprising", cells={place: replace(cell, expected=HOLDS) for place, cell in SMALL.cells.items()}
)


@cache
def results() -> dict[str, tuple[Request, Result]]:
    """Return what several requests give, by name."""
    two_way = replace(TUTORIAL, variants=("two-way",))
    requests = {
        "tutorial": TUTORIAL,
        "tables": Request(("three-way",), ("P-01",), SCENARIOS["tutorial"], matrices=(SMALL, SURPRISING)),
        "endless": Request(("three-way",), ("P-30a", "P-30b"), Scenario("live", "Endless runs.", (LIVE_REOPEN,))),
        "no fairness": Request(
            ("three-way",), ("P-30a",), Scenario("live", "Endless runs.", (LIVE_REOPEN,)), fairness=()
        ),
        "timed": Request(
            ("three-way",), ("P-33", "P-34"), Scenario("timed", "A clock.", (last_ack(TimeWait(1), None, 1, 2),))
        ),
        "limited": replace(TUTORIAL, limits=Limits(states=10)),
        "fail-fast": replace(two_way, fail_fast=True),
        "changed": replace(two_way, changed=True),
        "other policy": replace(two_way, isn=IsnPolicy("const")),
        "several worlds": Request(
            ("two-way",), ("P-01", "P-04"), Scenario("few", "A few worlds.", QUICK[:1] + QUICK[3:4])
        ),
    }
    found = {name: (request, verify(request)) for name, request in requests.items()}
    interrupted = replace(found["limited"][1], interrupted=True)
    return {**found, "interrupted": (TUTORIAL, interrupted), "nothing": (TUTORIAL, Result([], []))}


NAMES = (
    "tutorial", "tables", "endless", "no fairness", "timed", "limited", "fail-fast", "changed", "other policy",
    "several worlds", "interrupted", "nothing",
)  # fmt: skip


def code(result: Result) -> int:
    return exit_code(result.all, interrupted=result.interrupted)


def data_of(name: str) -> Any:
    request, result = results()[name]
    return json.loads(as_json.report(request, result, code(result)))


def text_of(name: str, *, quiet: bool = False) -> str:
    request, result = results()[name]
    return report(request, result, PLAIN, {}, verbose=False, quiet=quiet)
