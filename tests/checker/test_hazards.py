"""The hazards looked for: a run for each, what prevents it, and what a changed rule does to that."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from checker import hazards as under_test
from checker import report
from checker.cli import main
from checker.concrete import ConcreteReader, Values
from checker.explore.graph import Limits
from checker.hazards import FAULTS, FOUND, OUTSIDE, REFUTED, UNKNOWN, Result, Results, chosen, exit_code, find, look_for
from checker.replay import ReplayError, replay
from checker.usage import UsageError
from spec.environment import Faults
from spec.hazards import HAZARDS, MUST_HOLD, REACHES, Experiment, Hazard
from spec.language import Relation
from spec.tcp import TCP
from spec.variants.variant import Variant, variant
from spec.vocabulary import CALL_FIELDS, OPEN, SEGMENT_ARRIVES

SCHEMA = json.loads((Path(report.__file__).parent / "schema" / "hazards-1.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def everything() -> Results:
    return find(HAZARDS.values())


def experiment(name: str) -> Experiment:
    """Return a hazard's experiment."""
    asked = HAZARDS[name].experiment
    assert asked is not None
    return asked


def changed(name: str, **fields: Any) -> Hazard:
    """Return a hazard whose experiment differs."""
    return replace(HAZARDS[name], experiment=replace(experiment(name), **fields))


def patched(name: str, relation: Relation[Any]) -> Variant:
    """Return a variant of a relation that is not in the catalogue."""
    return variant(name, "A relation for a test.", "RFC 9293", relation)


# --- the whole catalogue ------------------------------------------------------------------------------------------


def test_every_hazard_that_can_be_asked_is_found(everything: Results) -> None:
    words = {result.hazard.id: result.word for result in everything.results}
    assert {name for name, word in words.items() if word != FOUND} == {"H-32"}
    assert words["H-32"] == OUTSIDE
    assert exit_code(everything) == 0


def test_one_premise_prevents_each_and_that_was_explored_completely(everything: Results) -> None:
    for result in everything.results:
        if result.word == FOUND:
            assert result.turned is not None, result.hazard.id
            asked = experiment(result.hazard.id)
            assert (result.repaired_by is None) == (asked.kind == MUST_HOLD)
            assert (result.broken_by is None) == (asked.kind != MUST_HOLD)
            assert result.turned.outcome.complete or asked.kind == MUST_HOLD
            assert all(tried is not result.turned for tried in result.tried[:-1])


def test_every_run_replays_and_shows_what_it_claims(everything: Results) -> None:
    shown = [result for result in everything.results if result.trace is not None]
    assert len(shown) >= 45
    for result in shown:
        assert result.outcome is not None
        assert result.trace is not None
        replay(result.trace, experiment(result.hazard.id).variant.relation, result.outcome.part)


def test_the_runs_are_the_shortest_that_stories_know(everything: Results) -> None:
    found = {result.hazard.id: (result.outcome.steps, result.loop) for result in everything.results if result.outcome}
    known = {
        "H-01": (3, None),
        "H-03": (12, None),
        "H-11": (4, 2),
        "H-16": (13, 2),
        "H-18": (12, None),
        "H-21": (11, None),
        "H-24": (18, None),
    }
    assert {name: found[name] for name in known} == known


def test_the_report_of_all_says_how_many(everything: Results) -> None:
    from checker.report.hazards import as_json
    from checker.report.hazards import report as as_text
    from checker.report.style import Style

    text = as_text(everything, Style(colour=False), runs=False)
    assert len([line for line in text.splitlines() if line.startswith("H-")]) == len(HAZARDS)
    assert "52 hazards: 51 found, 1 outside" in text
    data = json.loads(as_json(everything, 0))
    Draft202012Validator(SCHEMA).validate(data)
    assert [entry["id"] for entry in data["hazards"]] == list(HAZARDS)
    told = as_text(everything, Style(colour=False), runs=True)
    assert all(f"{hazard.id} {hazard.name}: " in told for hazard in HAZARDS.values())


def test_the_schema_is_one() -> None:
    Draft202012Validator.check_schema(SCHEMA)


# --- what decides -------------------------------------------------------------------------------------------------


def test_assassination_is_found_and_ignoring_rst_prevents_it() -> None:
    result = look_for(HAZARDS["H-18"])
    assert (result.word, result.repaired_by, result.faults) == (FOUND, "variant rfc1337", {})
    assert [tried.outcome.word for tried in result.tried] == ["FAILS", "FAILS", "FAILS", "HOLDS"]
    assert result.tried[-1].outcome.states > 0


def test_without_the_rule_that_lets_a_rst_end_time_wait_there_is_no_assassination() -> None:
    states = tuple(state for state in TCP.rule("R-5").state if state != "TIME-WAIT")
    spared = patched("spared", TCP.replace("R-5", state=states))
    result = look_for(changed("H-18", variant=spared))
    assert (result.word, result.tried, result.trace) == (REFUTED, (), None)
    assert exit_code(Results([result])) == 1


def test_a_repair_that_repairs_nothing_is_not_reported() -> None:
    same = tuple(replace(switch, variant=patched("as-before", TCP)) for switch in experiment("H-18").switches)
    result = look_for(changed("H-18", switches=same))
    assert (result.word, result.repaired_by, len(result.tried)) == (FOUND, None, 4)


def test_the_deadlock_of_a_close_in_syn_received_needs_that_nothing_is_sent_again() -> None:
    assert look_for(HAZARDS["H-36"]).word == FOUND
    again = replace(experiment("H-36").world, faults=Faults(retransmissions=None))
    assert look_for(changed("H-36", world=again)).word == REFUTED


def test_a_recovery_that_fails_is_no_success() -> None:
    result = look_for(changed("H-08", variant=patched("mute", TCP.replace("C-2b", send=()))))
    assert (result.word, exit_code(Results([result]))) == (REFUTED, 1)


def test_a_recovery_that_nothing_witnesses_is_no_success() -> None:
    never = replace(experiment("H-41").about.parts[0], says="never here")
    assert look_for(changed("H-04", recovery=never)).word == REFUTED


def test_a_limit_leaves_a_hazard_unknown() -> None:
    result = look_for(HAZARDS["H-52"], limits=Limits(states=100))
    assert (result.word, result.tried) == (UNKNOWN, ())
    assert exit_code(Results([result])) == 3


def test_where_hits_are_counted_no_run_is_shown() -> None:
    result = look_for(HAZARDS["H-50"])
    assert (result.word, result.trace, result.repaired_by) == (FOUND, None, "variant ghost-ack")
    assert result.outcome is not None
    assert result.outcome.reason == "text 7 of 4,096, at most F + 2 = 4"


def test_forged_segments_are_counted_for_every_variant_asked() -> None:
    assert look_for(HAZARDS["H-31"]).counts == (
        "three-way: text 35 of 4,096, FIN 35 of 4,096",
        "ack-range: text 7 of 4,096, FIN 7 of 4,096",
    )


def test_faults_are_those_of_the_run() -> None:
    faults = {name: look_for(HAZARDS[name], repairs=False).faults for name in ("H-22", "H-24", "H-48", "H-49", "H-30")}
    assert faults["H-22"] == {"losses": 1, "ticks": 6}
    assert faults["H-24"]["retransmissions"] == 1
    assert faults["H-48"] == {"losses": 1}
    assert faults["H-49"] == {"user timeouts": 1}
    assert faults["H-30"] == {"forged segments": 1}
    assert all(set(found) <= set(FAULTS) for found in faults.values())


def test_a_run_that_does_not_replay_is_an_internal_error(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise ReplayError("step 1 of 12: no.")

    monkeypatch.setattr(under_test, "replay", refuse)
    with pytest.raises(ReplayError):
        look_for(HAZARDS["H-18"])
    assert main(["hazards", "H-18"]) == 4


def test_every_situation_that_is_reached_has_a_run_to_it() -> None:
    for hazard in HAZARDS.values():
        if hazard.experiment is not None and hazard.experiment.kind == REACHES:
            result = look_for(hazard, repairs=False)
            assert result.outcome is not None
            assert result.outcome.part is not None
            assert (result.word, result.outcome.part.kind) == (FOUND, "sometimes")


def test_one_end_that_is_fed_its_own_segments_is_established_with_itself() -> None:
    reader = ConcreteReader(TCP, 32, CALL_FIELDS)
    names = list(reader.index)
    tcb, flying = reader.initial, list[Values]()
    call: Values = (100, 0, True, True)
    opened = reader.run(tcb, OPEN.name, None, call)
    assert opened is not None
    tcb, states = opened.tcb, [opened.tcb[0]]
    flying += opened.sent
    while flying:
        outcome = reader.run(tcb, SEGMENT_ARRIVES.name, flying.pop(0), call)
        assert outcome is not None
        tcb = outcome.tcb
        states.append(tcb[0])
        flying += outcome.sent
    values = dict(zip(names, tcb, strict=True))
    assert states == ["SYN-SENT", "SYN-RECEIVED", "SYN-RECEIVED", "ESTABLISHED"]
    assert (values["ISS"], values["SND.NXT"]) == (values["IRS"], values["RCV.NXT"])


# --- the command --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("ids", "message"),
    [
        (["H-181"], "hazard 'H-181' does not exist. Did you mean 'H-18'? 'hazards' shows all."),
        (["h-18", "P-01"], "hazard 'P-01' does not exist."),
    ],
    ids=str,
)
def test_an_id_that_does_not_exist_is_one_sentence(
    ids: Sequence[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(UsageError):
        chosen(ids)
    assert main(["hazards", *ids]) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.startswith(f"synproof: {message}")
    assert len(told.err.splitlines()) == 1


def test_ids_are_taken_in_any_case_and_once() -> None:
    assert [hazard.id for hazard in chosen(["h-18", "H-01", "H-18"])] == ["H-18", "H-01"]


def test_json_has_what_was_asked_for(tmp_path: Path) -> None:
    out = tmp_path / "hazards.json"
    assert main(["hazards", "H-18", "H-32", "H-04", "--format", "json", "-o", str(out)]) == 0
    data = json.loads(out.read_text(encoding="utf-8"))
    Draft202012Validator(SCHEMA).validate(data)
    twa, outside, recovery = data["hazards"]
    assert {key: twa[key] for key in ("id", "found", "steps", "loop", "faults", "repaired_by")} == {
        "id": "H-18",
        "found": True,
        "steps": 12,
        "loop": None,
        "faults": {},
        "repaired_by": "variant rfc1337",
    }
    assert (outside["found"], outside["steps"], bool(outside["outside"])) == (None, None, True)
    assert (recovery["repaired_by"], recovery["broken_by"]) == (None, "variant two-way")


def test_a_run_is_told_with_its_reason_its_repair_and_its_rules(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["hazards", "H-18", "--trace", "--color", "never"]) == 0
    out = capsys.readouterr().out
    for text in (
        "12. CLOSED         --> <SEQ=102><CTL=RST>",
        "the step must satisfy this and does not:",
        "variant rfc1337: prevents it;",
        "R-5   A RST ends a connection",
        "12 steps, faults: none; ",
    ):
        assert text in out


def test_without_repairs_nothing_else_is_tried(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["hazards", "H-18", "--no-repairs", "--format", "json"]) == 0
    (entry,) = json.loads(capsys.readouterr().out)["hazards"]
    assert (entry["tried"], entry["repaired_by"]) == ([], None)


def test_an_interruption_keeps_what_was_established(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    honest = under_test.look_for

    def stopped(hazard: Hazard, **options: Any) -> Result:
        if hazard.id == "H-02":
            raise KeyboardInterrupt
        return honest(hazard, **options)

    monkeypatch.setattr(under_test, "look_for", stopped)
    assert main(["hazards", "H-01", "H-02", "H-03"]) == 130
    out = capsys.readouterr().out
    assert "H-01" in out
    assert "H-03" not in out
    assert "Interrupted: what is shown was established before" in out
