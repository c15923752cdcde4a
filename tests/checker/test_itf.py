"""Saved traces: what is written is read back, the same bytes each time; what is damaged is refused in a sentence."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checker import show
from checker.cli import main
from checker.explore.run import explore_world
from checker.itf import TraceFileError, dumps, load, loads, to_itf
from spec.properties import PROPERTIES
from spec.scenarios import CRASH, REOPEN, SLOW_READER
from spec.trace import Trace
from spec.variants import VARIANTS
from tests.checker.damaged import CLOCK, CLOSED_BY_HAND, DAMAGED, DATA, GHOST, LASSO, OURS, TIMED, WAR, changed
from tests.checker.runs import check, ghost_connection, opened
from tests.checker.worlds import BESIDE, LENGTHS

pytestmark = pytest.mark.usefixtures("compile_once")
Json = Any


def explored() -> Iterator[Trace]:
    """Yield runs of several worlds, with crashes, listeners that listen again, duplicates, late readers, clocks."""
    timed_worlds = (BESIDE["on-path, TIME-WAIT by the letter"], BESIDE["quiet time"], LENGTHS["1 MSL, any_emission"])
    for world in (CRASH, REOPEN, SLOW_READER, *timed_worlds):
        run = explore_world(VARIANTS["three-way"].relation, world, [PROPERTIES["P-21"]], variant="three-way")
        yield from run.edges.values()
        yield from run.terminal.values()


def test_what_is_written_is_read_back() -> None:
    traces = [GHOST, CLOSED_BY_HAND, TIMED, WAR, *explored()]
    kinds = {(step.kind, len(step.events)) for trace in traces for step in trace.steps}
    assert {("own", 1), ("own", 2), ("deliver", 1), ("deliver", 2), ("duplicate", 1)} <= kinds
    assert {("tick", 0), ("forge", 1)} <= kinds
    for trace in traces:
        assert loads(dumps(trace)) == trace


def test_the_same_trace_is_the_same_bytes() -> None:
    assert dumps(GHOST) == dumps(ghost_connection())
    assert dumps(loads(dumps(CLOSED_BY_HAND))) == dumps(CLOSED_BY_HAND)


def test_the_order_of_keys_in_the_file_does_not_matter() -> None:
    shuffled = json.dumps(to_itf(CLOSED_BY_HAND), sort_keys=True)
    assert loads(shuffled) == CLOSED_BY_HAND
    check(loads(shuffled))
    assert dumps(loads(shuffled)) == dumps(CLOSED_BY_HAND)


def test_it_has_the_shape_of_itf() -> None:
    data = json.loads(dumps(CLOSED_BY_HAND))
    assert set(data) == {"#meta", "vars", "states"}
    assert data["#meta"]["format"] == "ITF"
    assert data["vars"] == ["A", "B", "network", "step"]
    assert len(data["states"]) == len(CLOSED_BY_HAND.steps) + 1
    for index, state in enumerate(data["states"]):
        assert state["#meta"] == {"index": index}
        assert set(state) == {"#meta", *data["vars"]}


def test_a_lasso_says_where_it_goes_back_to() -> None:
    data = json.loads(dumps(WAR))
    assert set(data) == {"#meta", "vars", "states", "loop"}
    assert data["loop"] == WAR.loop == 13
    states = data["states"]
    assert [states[13][end] for end in "AB"] == [states[-1][end] for end in "AB"]
    assert loads(dumps(WAR)).loop == 13
    check(loads(dumps(WAR)))


def test_a_run_that_stops_for_ever_goes_back_to_its_last_state() -> None:
    play = opened(LENGTHS["for ever"])
    trace = play.trace(loop=len(play.steps))
    assert json.loads(dumps(trace))["loop"] == 2
    assert loads(dumps(trace)) == trace


def test_ticks_and_forged_segments_stand_in_the_states() -> None:
    data = to_itf(TIMED)
    assert data["states"][3]["step"] == {"kind": "tick", "end": "A", "events": [], "rules": []}
    assert data["states"][20]["step"] == {"kind": "forge", "end": "A", "events": ["SEGMENT ARRIVES"], "rules": ["Y-2"]}
    assert [state["network"] for state in data["states"][8:11]] == [[4], [4], []]
    assert [s["sender"] for s in data["#meta"]["synproof"]["segments"]].count(2) == 1


def test_its_states_are_those_of_the_run() -> None:
    states = to_itf(CLOSED_BY_HAND)["states"]
    assert [state["A"]["STATE"] for state in (states[0], states[4], states[-1])] == ["CLOSED", "ESTABLISHED", "CLOSED"]
    assert states[0]["step"] == {"kind": "initial", "end": "", "events": [], "rules": []}
    assert states[3]["step"] == {"kind": "deliver", "end": "B", "events": ["SEGMENT ARRIVES"], "rules": ["L-3"]}
    assert [state["network"] for state in states[:5]] == [[], [], [0], [1], [2]]


def test_a_duplicate_stays_in_the_network() -> None:
    trace = next(trace for trace in explored() if any(step.kind == "duplicate" for step in trace.steps))
    number = next(n for n, step in enumerate(trace.steps, 1) if step.kind == "duplicate")
    assert trace.steps[number - 1].segment in to_itf(trace)["states"][number]["network"]


# --- damaged files ------------------------------------------------------------------------------------------------


def text_of(name: str) -> str:
    text = DAMAGED[name][0]
    return text if isinstance(text, str) else text()


@pytest.mark.parametrize("name", DAMAGED)
def test_a_damaged_file_is_one_sentence_and_exit_code_2(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "run.itf.json"
    path.write_text(text_of(name), encoding="utf-8")
    assert main(["trace", str(path)]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert re.fullmatch(r"synproof: .*/run\.itf\.json: .+[.?]\n", err), err
    assert re.search(DAMAGED[name][1], err), err


@pytest.mark.parametrize("content", [b"\xff\xfe\x00\x01", b"\x89PNG\r\n\x1a\n" + bytes(100), b"\x00" * 50], ids=repr)
def test_a_binary_file_is_one_sentence(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "run.itf.json"
    path.write_bytes(content)
    with pytest.raises(TraceFileError, match=r"is not (text|JSON) \(.*\); give a saved \.itf\.json trace\.$"):
        load(path)


def test_a_file_that_is_not_there_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(TraceFileError, match=r"cannot be read \(No such file or directory\)"):
        load(tmp_path / "nowhere")
    with pytest.raises(TraceFileError, match=r"cannot be read \(Is a directory\)"):
        load(tmp_path)


def test_a_whole_file_is_shown(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "run.itf.json"
    path.write_text(dumps(GHOST), encoding="utf-8")
    assert main(["trace", str(path)]) == 0
    out, err = capsys.readouterr()
    assert err == ""
    assert out.startswith("P-01 no ghost connection: two-way in world textbook, 4 steps, replayed\n")


def test_a_run_without_a_claim_is_shown(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "run.itf.json"
    path.write_text(dumps(CLOSED_BY_HAND), encoding="utf-8")
    assert main(["trace", str(path)]) == 0
    assert capsys.readouterr().out.startswith("three-way in world textbook, 15 steps, replayed\n")


def test_every_run_that_verify_saves_is_shown(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    runs = tmp_path / "new" / "runs"
    two, broken = ["--variant", "two-way"], ["--variant", "fin-in-ack2"]
    main(["verify", "--scenario", "tutorial", *two, *broken, "-q", "--traces", str(runs)])
    main(["verify", "--scenario", "tutorial", *two, "-q", "--isn", "clock:1", "--traces", str(runs)])
    saved = sorted(runs.iterdir())
    assert {"P-01-two-way-textbook.itf.json", "P-01-two-way-textbook-clock-1.itf.json"} <= {p.name for p in saved}
    for path in saved:
        capsys.readouterr()
        assert main(["trace", str(path)]) == 0
        prop, variant = path.name[:4], path.name[5:].partition("-textbook")[0]
        head = f"{prop} {PROPERTIES[prop].name}: {variant} in world textbook, "
        assert capsys.readouterr().out.startswith(head)


# --- any value wrong ----------------------------------------------------------------------------------------------

Place = tuple[Any, ...]


def leaves(data: Json, path: Place = ()) -> Iterator[Place]:
    """Yield the path of every value in JSON data that holds no other."""
    if isinstance(data, dict) and data:
        for key, value in data.items():
            yield from leaves(value, (*path, key))
    elif isinstance(data, list) and data:
        for i, value in enumerate(data):
            yield from leaves(value, (*path, i))
    else:
        yield path


VICTIMS = {"ghost": (GHOST, DATA), "timed": (TIMED, CLOCK), "war": (WAR, LASSO)}
VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-3, 400),
    st.floats(),
    st.text(max_size=5),
    st.just([]),
    st.just({}),
    st.just([[1]]),
)


@cache
def places(victim: str) -> list[list[Place]]:
    """Return the paths of all values of a trace: those of its world with its loop, the others, those of its states."""
    data = VICTIMS[victim][1]
    paths = list(leaves(data["#meta"]["synproof"]))
    small = [path for path in paths if path[0] in ("world", "loop", "property", "part")]
    payload = [[(*OURS, *path) for path in some] for some in (small, [path for path in paths if path not in small])]
    return [*payload, [("states", *path) for path in leaves(data["states"])]]


@pytest.mark.parametrize("victim", VICTIMS)
@settings(max_examples=200, deadline=None)
@given(data=st.data())
def test_any_wrong_value_is_refused_or_leaves_an_equal_run(
    tmp_path_factory: pytest.TempPathFactory, victim: str, data: st.DataObject
) -> None:
    trace, told = VICTIMS[victim]
    place = data.draw(st.sampled_from(places(victim)).flatmap(st.sampled_from))
    path = tmp_path_factory.getbasetemp() / "wrong.itf.json"
    path.write_text(changed(*place, to=data.draw(VALUES), of=told)(), encoding="utf-8")
    try:
        show.trace(path, verbose=True)
    except TraceFileError as error:
        assert str(error).startswith(f"{path}: ")  # noqa: PT017  # either outcome is fine, but not in any words
    else:
        read = load(path)
        assert (read.steps, read.segments, read.initial) == (trace.steps, trace.segments, trace.initial)
