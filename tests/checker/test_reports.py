"""Reports say what was found: JSON to its schema, annotations for GitHub, text for people."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from checker.cli import main
from checker.report import as_json, github
from checker.report.style import Style
from checker.report.text import matrix_table, rules_of_trace, shown, verdict_table
from checker.verdict import UNKNOWN, Judgement, Verdict
from checker.verify import Request, Result, Table, verify
from spec.matrices import Cell, Matrix
from spec.properties import PROPERTIES
from spec.scenarios import SCENARIOS, TUTORIAL_WORLD
from spec.variants import VARIANTS
from spec.words import FAILS, HOLDS, VACUOUS
from tests.checker.reported import NAMES, PLAIN, SMALL, code, data_of, results, text_of
from tests.checker.runs import ghost_connection

SCHEMA_FILE = Path(as_json.__file__).parent / "schema" / "verify-1.json"
SCHEMA = json.loads(SCHEMA_FILE.read_text(encoding="utf-8"))
VALIDATOR = Draft202012Validator(SCHEMA)


# --- JSON ---------------------------------------------------------------------------------------------------------


def objects(schema: Any) -> Iterator[dict[str, Any]]:
    """Yield every schema of an object within a schema."""
    if isinstance(schema, dict):
        if schema.get("type") == "object":
            yield schema
        for value in schema.values():
            yield from objects(value)
    elif isinstance(schema, list):
        for value in schema:
            yield from objects(value)


def test_the_schema_is_one_and_leaves_no_object_open() -> None:
    Draft202012Validator.check_schema(SCHEMA)
    found = list(objects(SCHEMA))
    assert len(found) > 6
    assert all("additionalProperties" in schema for schema in found)
    closed = [schema for schema in found if schema["additionalProperties"] is False]
    assert all(set(schema["required"]) == set(schema["properties"]) for schema in closed)


def test_the_schema_requires_what_a_verdict_rests_on() -> None:
    needed = "property variant scenario verdict expected complete states transitions depth steps bounds assumptions"
    assert set(needed.split()) <= set(SCHEMA["$defs"]["verdict"]["required"])


@pytest.mark.parametrize("name", NAMES)
def test_every_report_is_valid(name: str) -> None:
    VALIDATOR.validate(data_of(name))


def test_the_reports_of_the_command_line_are_valid(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    verify_two_way = ["verify", "--scenario", "tutorial", "--variant", "two-way", "--format", "json"]
    for flags in (
        ["--property", "P-01"],
        ["--property", "P-01", "--property", "P-42", "--isn", "clock:2"],
        ["--network", "bag", "--capacity", "2", "--loss", "1", "--retransmissions", "1", "--fail-fast"],
        ["--max-states", "10"],
    ):
        exit_status = main([*verify_two_way, *flags])
        printed = json.loads(capsys.readouterr().out)
        VALIDATOR.validate(printed)
        assert printed["exit_code"] == exit_status
        assert main([*verify_two_way, *flags, "-o", str(tmp_path / "report.json")]) == exit_status
        assert json.loads((tmp_path / "report.json").read_text(encoding="utf-8")) == printed


def damaged(data: Any) -> Iterator[Any]:
    """Yield the report with each key of each kind of object left out, then with one too many."""
    for path in ((), ("verdicts", 0), ("verdicts", 0, "bounds", "textbook"), ("coverage", 0)):
        place = data
        for key in path:
            place = place[key]
        for name in [*place, "a key too many"]:
            copy = deepcopy(data)
            here = copy
            for key in path:
                here = here[key]
            if name in here:
                del here[name]
            else:
                here[name] = 1
            yield copy


def test_the_schema_refuses_a_key_too_few_or_too_many() -> None:
    reports = list(damaged(data_of("tutorial")))
    assert len(reports) > 40
    assert not any(VALIDATOR.is_valid(report) for report in reports)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("schema",), 2),
        (("exit_code",), 2),
        (("exit_code",), 130),
        (("interrupted",), True),
        (("verdicts", 0, "property"), "P-1"),
        (("verdicts", 0, "verdict"), "PASSED"),
        (("verdicts", 0, "verdict"), "UNKNOWN"),
        (("verdicts", 0, "expected_verdict"), "UNKNOWN"),
        (("verdicts", 0, "states"), -1),
        (("verdicts", 0, "steps"), "4"),
        (("verdicts", 0, "cut_off"), {"textbook": {"capacity": 0}}),
        (("coverage", 0, "states"), ["OPEN"]),
        (("coverage", 0, "rules"), {"rule": 1}),
    ],
    ids=str,
)
def test_the_schema_refuses_wrong_values(path: tuple[str | int, ...], value: Any) -> None:
    data = data_of("tutorial")
    place = data
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    assert not VALIDATOR.is_valid(data)


@pytest.mark.parametrize("name", NAMES)
def test_json_says_what_was_found(name: str) -> None:
    request, result = results()[name]
    data = data_of(name)
    assert (data["scenario"], data["changed"], data["interrupted"], data["exit_code"]) == (
        request.scenario.name, request.changed, result.interrupted, code(result),
    )  # fmt: skip
    assert len(data["verdicts"]) == len(result.all)
    for told, verdict in zip(data["verdicts"], result.all, strict=True):
        assert (told["property"], told["variant"], told["isn"]) == (verdict.about.id, verdict.variant, verdict.isn)
        assert (told["verdict"], told["reason"]) == (verdict.judgement.word, verdict.judgement.reason)
        assert (told["expected"], told["complete"]) == (verdict.expected, verdict.complete)
        assert set(told["bounds"]) == {world.name for world in (*verdict.worlds, *(run.world for run in verdict.runs))}
        trace = told["trace"]
        stem = None if trace is None else len(trace["steps"]) if trace["loop"] is None else trace["loop"]
        assert told["steps"] == stem


def test_coverage_counts_every_rule_of_the_variant() -> None:
    for entry in data_of("tutorial")["coverage"]:
        rules = [rule.id for rule in VARIANTS[entry["variant"]].relation.rules]
        assert list(entry["rules"]) == rules
        assert entry["rules"]["U-2"] > 0
        assert entry["rules"]["L-4"] == 0


@pytest.mark.parametrize(("key", "value"), [("expected", False), ("verdict", "UNKNOWN")])
def test_the_schema_refuses_a_zero_that_is_not_deserved(key: str, value: object) -> None:
    verdict = {**data_of("tutorial")["verdicts"][0], key: value, "reason": "limit", "complete": False}
    data = {**data_of("tutorial"), "verdicts": [verdict], "exit_code": 3}
    VALIDATOR.validate(data)
    assert not VALIDATOR.is_valid({**data, "exit_code": 0})
    assert not VALIDATOR.is_valid({**data_of("nothing"), "exit_code": 0})


# --- GitHub -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
def test_github_annotates_what_is_not_as_expected(name: str) -> None:
    _, result = results()[name]
    *lines, last = github.report(result).splitlines()
    unknown = [v for v in result.all if v.judgement.word == UNKNOWN]
    wrong = [v for v in result.all if v.judgement.word != UNKNOWN and not v.expected]
    assert [line.split(" ")[0] for line in lines].count("::warning") == len(unknown)
    assert [line.split(" ")[0] for line in lines].count("::error") == len(wrong)
    assert len(lines) == len(unknown) + len(wrong)
    fine = sum(v.expected for v in result.all)
    assert last == f"::notice title=synproof::{fine} of {len(result.all)} verdicts as expected"
    for line in lines:
        assert re.fullmatch(r"::(error|warning) title=P-\d\d[a-z]? [^:,]+(%3A|%2C)[^:,]+::.+", line), line


def test_github_escapes_what_it_must() -> None:
    prop = replace(PROPERTIES["P-01"], name="100%, all: done")
    verdict = Verdict(prop, "three-way", "quick", "fresh", Judgement(FAILS, "50%\nof it"), HOLDS, ())
    line = github.report(Result([verdict], [])).splitlines()[0]
    assert line == (
        "::error title=P-01 100%25%2C all%3A done%3A three-way%2C quick::FAILS, expected HOLDS. 50%25%0Aof it"
    )


def test_github_says_where_z3_contradicts_the_explorer() -> None:
    line = github.report(Result([], []), ["P-01 of two-way: no"]).splitlines()[0]
    assert line == "::error title=the explorer and z3 disagree::P-01 of two-way: no"


# --- text ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("quiet", [False, True], ids=["full", "quiet"])
@pytest.mark.parametrize("name", NAMES)
def test_text_names_everything_that_is_not_as_expected(name: str, *, quiet: bool) -> None:
    _, result = results()[name]
    text = re.sub(r"\n  ", " ", text_of(name, quiet=quiet))
    surprises = [v for v in result.all if not v.expected]
    for verdict in surprises:
        start = f"{verdict.about.id} for {verdict.variant}, ISN {verdict.isn}: {verdict.judgement.word}"
        assert re.search(rf"^{re.escape(start)}.*, expected ", text, re.MULTILINE), start
    assert len(re.findall(r"^P-\d\d[a-z]? for .*, expected ", text, re.MULTILINE)) == len(surprises)
    plural = "" if len(result.all) == 1 else "s"
    assert f"{len(result.all)} verdict{plural}: {len(result.all) - len(surprises)} as expected" in text


@pytest.mark.parametrize("name", NAMES)
def test_text_has_no_trailing_blanks_and_no_tabs(name: str) -> None:
    for line in text_of(name).splitlines():
        assert line == line.rstrip()
        assert "\t" not in line


def test_text_says_what_was_changed_or_cut_short() -> None:
    assert "The bounds were changed" in text_of("changed")
    assert "Interrupted: what is shown was established before" in text_of("interrupted")
    assert "stopped: limit of 10 states" in text_of("limited")
    assert "cut off: network capacity" in text_of("tutorial")
    assert not any(word in text_of("tutorial") for word in ("changed", "Interrupted", "stopped"))


def test_quiet_leaves_out_runs_bounds_and_coverage() -> None:
    quiet = text_of("tutorial", quiet=True)
    assert "P-01  no ghost connection" in quiet
    assert not any(word in quiet for word in ("TCP Peer A", "Bounds", "Coverage"))
    assert all(word in text_of("tutorial") for word in ("TCP Peer A", "Bounds", "Coverage"))


def test_names_are_not_broken_at_their_hyphens() -> None:
    whole = {variant for variant in VARIANTS if "-" in variant}
    for line in text_of("tutorial").splitlines():
        assert not re.search(r"[a-z]-$", line), line
    assert whole


def made(word: str, expected: str | None, **rest: Any) -> Verdict:
    judgement = Judgement(word, rest.pop("reason", ""), rest.pop("steps", None))
    fields = {"variant": "three-way", "scenario": "quick", "isn": "fresh", **rest}
    return Verdict(PROPERTIES["P-01"], judgement=judgement, expected_word=expected, runs=(), **fields)


@pytest.mark.parametrize(
    ("word", "expected", "steps", "cell"),
    [
        (HOLDS, HOLDS, None, "holds"),
        (HOLDS, None, 5, "holds"),
        (HOLDS, FAILS, None, "holds !"),
        (FAILS, FAILS, 3, "FAILS @3"),
        (FAILS, None, 3, "FAILS @3 !"),
        (FAILS, FAILS, 0, "FAILS @0"),
        (FAILS, FAILS, None, "FAILS"),
        (VACUOUS, VACUOUS, None, "vacuous"),
        (VACUOUS, HOLDS, None, "vacuous !"),
        (UNKNOWN, HOLDS, None, "unknown !"),
    ],
)
def test_a_cell_shows_word_steps_and_surprise(word: str, expected: str | None, steps: int | None, cell: str) -> None:
    table = verdict_table([made(word, expected, steps=steps)], PLAIN)
    assert table.splitlines()[1] == f"P-01  no ghost connection {cell}"


def test_the_table_has_a_column_for_each_variant_and_a_dash_where_nothing_was_asked() -> None:
    verdicts = [made(HOLDS, None), made(FAILS, FAILS, variant="four-way-ack-then-synack", steps=12)]
    other = replace(made(VACUOUS, VACUOUS), about=PROPERTIES["P-42"])
    head, first, second = verdict_table([*verdicts, other], PLAIN).splitlines()
    assert head.split() == ["three-way", "four-way-ack-then-synack"]
    assert first[head.index("three-way") :].startswith("holds")
    assert first[head.index("four-way") :] == "FAILS @12"
    assert second[head.index("three-way") :].startswith("vacuous")
    assert second[head.index("four-way") :] == "-"


def test_a_table_has_a_row_for_each_row_of_its_matrix_and_blanks_where_nothing_is_known() -> None:
    cell = Cell("P-01", "three-way", TUTORIAL_WORLD, FAILS)
    places = [("0", "const"), ("0", "clock(2)"), ("1", "const"), ("1", "clock(2)"), ("1", "fresh")]
    places.append(("10 octets or more", "fresh"))
    table = Table(Matrix("made-up", "A table.", "P-01", "octets sent", dict.fromkeys(places, cell)))
    assert matrix_table(table, PLAIN).splitlines() == [
        "octets sent        const      clock(2)   fresh",
        "0",
        "1",
        "10 octets or more",
    ]
    table.cells["0", "const"] = made(FAILS, FAILS, steps=7)
    table.cells["0", "clock(2)"] = made(HOLDS, HOLDS)
    table.cells["1", "clock(2)"] = made(FAILS, HOLDS, steps=12)
    table.cells["1", "fresh"] = made(HOLDS, None)
    table.cells["10 octets or more", "fresh"] = made(VACUOUS, VACUOUS)
    assert matrix_table(table, PLAIN).splitlines() == [
        "octets sent        const      clock(2)     fresh",
        "0                  FAILS @7   holds",
        "1                             FAILS @12 !  holds",
        "10 octets or more                          vacuous",
    ]


def test_tables_stand_in_the_text_with_their_titles_and_mark_what_was_not_expected() -> None:
    text = text_of("tables", quiet=True)
    title = "P-01 for three-way, by the server's ISN policy: it needs an advance of octets + 2"
    assert text.count(title) == 2
    assert re.search(r"^0 +FAILS @\d+ +holds$", text, re.MULTILINE)
    assert re.search(r"^0 +FAILS @\d+ ! +holds$", text, re.MULTILINE)


def test_the_cells_of_a_table_are_verdicts_in_the_json() -> None:
    told = {(v["scenario"], *(v["cell"] or ())): v["verdict"] for v in data_of("tables")["verdicts"]}
    assert told["small", "0", "const"] == told["surprising", "0", "const"] == FAILS
    assert told["small", "0", "fresh"] == HOLDS
    assert told["tutorial",] == HOLDS
    assert len(told) == 7


def test_a_table_whose_property_is_not_asked_is_left_out() -> None:
    result = verify(Request(("three-way",), ("P-04",), SCENARIOS["tutorial"], matrices=(SMALL,)))
    assert result.tables == []
    other = verify(Request(("two-way",), ("P-01",), SCENARIOS["tutorial"], matrices=(SMALL,)))
    assert other.tables == []


# --- endless runs and clocks --------------------------------------------------------------------------------------


def test_an_endless_run_shows_its_stem_and_its_loop() -> None:
    _, result = results()["endless"]
    war = next(v for v in result.all if v.about.id == "P-30b")
    assert war.judgement.trace is not None
    stem, loop = war.judgement.trace.loop, len(war.judgement.trace.steps)
    assert stem is not None
    assert war.judgement.steps == stem < loop
    text = text_of("endless")
    assert f"P-30b  no answering for ever FAILS @{stem}+{loop - stem} !" in text
    assert f"{stem} steps, the shortest, then {loop - stem} steps for ever" in text
    assert f"Steps {stem + 1} to {loop} are deliveries alone, and repeat for ever." in text
    assert text.count("(from here on, for ever)") == 1
    (told,) = [v["trace"] for v in data_of("endless")["verdicts"] if v["property"] == "P-30b"]
    assert (told["loop"], len(told["steps"])) == (stem, loop)


def test_a_lasso_in_a_cell_leaves_the_columns_straight() -> None:
    war = next(v for v in results()["endless"][1].all if v.about.id == "P-30b")
    fine = replace(war, variant="two-way", judgement=Judgement(HOLDS))
    head, row = verdict_table([war, fine], PLAIN).splitlines()
    assert row == "P-30b  no answering for ever FAILS @13+2 !  holds"
    assert head.index("two-way") == row.index("holds")


def test_verdicts_about_endless_runs_print_the_fairness_that_they_rest_on() -> None:
    text = text_of("endless")
    assert "P-30a rests on FC, FT, FF" in text
    assert "FC (strong): a segment that is in flight again and again" in text
    assert "FA (weak)" not in text
    told = {v["property"]: v["fairness"] for v in data_of("endless")["verdicts"]}
    assert told == {"P-30a": ["FC", "FT", "FF"], "P-30b": []}


def test_without_fairness_nothing_need_ever_happen() -> None:
    (verdict,) = data_of("no fairness")["verdicts"]
    assert (verdict["verdict"], verdict["steps"], verdict["fairness"]) == (FAILS, 1, [])
    assert "1 steps, the shortest, then nothing more for ever" in text_of("no fairness")
    assert "Fairness" not in text_of("no fairness")


def test_ticks_are_steps_of_runs() -> None:
    kinds = {step["kind"] for v in data_of("timed")["verdicts"] if v["trace"] for step in v["trace"]["steps"]}
    assert "tick" in kinds
    assert "(a tick of the clock)" in text_of("timed")
    assert "MSL 2 ticks" in text_of("timed")
    assert "TIME-WAIT lasts 1 MSL, re-armed by letter" in text_of("timed")


def test_colour_says_good_bad_or_meant_to_be() -> None:
    style = Style(colour=True)
    cells = [made(HOLDS, None), made(FAILS, FAILS), made(FAILS, None)]
    codes = [re.findall(r"\033\[([0-9;]+)m", verdict_table([cell], style))[0] for cell in cells]
    assert codes == ["32", "33", "31;1"]


def test_the_runs_shown_are_every_surprise_and_one_failure_of_p_01() -> None:
    _, result = results()["tutorial"]
    failing = [v for v in result.all if v.judgement.word == FAILS and v.judgement.trace is not None]
    printed = shown(result)
    assert {id(v) for v in failing if not v.expected} <= {id(v) for v in printed}
    meant = [v for v in printed if v.expected]
    assert [v.about.id for v in meant] in ([], ["P-01"])
    assert text_of("tutorial").count("TCP Peer A") == len(printed)


def test_the_rules_of_a_run_are_listed_once_in_order() -> None:
    trace = ghost_connection()
    lines = rules_of_trace(trace, VARIANTS["two-way"].relation)
    assert [line.split()[0] for line in lines] == ["U-2", "U-14", "U-1", "L-3"]
    assert all("(" in line for line in lines)
