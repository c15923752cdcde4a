"""Saved traces: what is written is read back, the same bytes each time; what is damaged is refused in a sentence."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from copy import deepcopy
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
from tests.checker.runs import check, ghost_connection, open_and_close

pytestmark = pytest.mark.usefixtures("compile_once")
GHOST, CLOSED_BY_HAND = ghost_connection(), open_and_close().trace()
DATA = to_itf(GHOST)
Json = Any


def explored() -> Iterator[Trace]:
    """Yield runs of several worlds, with crashes, listeners that listen again, duplicates and late readers."""
    for world in (CRASH, REOPEN, SLOW_READER):
        run = explore_world(VARIANTS["three-way"].relation, world, [PROPERTIES["P-21"]], variant="three-way")
        yield from run.edges.values()
        yield from run.terminal.values()


def test_what_is_written_is_read_back() -> None:
    traces = [GHOST, CLOSED_BY_HAND, *explored()]
    kinds = {(step.kind, len(step.events)) for trace in traces for step in trace.steps}
    assert {("own", 1), ("own", 2), ("deliver", 1), ("deliver", 2), ("duplicate", 1)} <= kinds
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


def changed(*path: Any, to: Any) -> Callable[[], str]:
    """Return what makes the text of GHOST with the value at a path replaced."""

    def text() -> str:
        data = deepcopy(DATA)
        place = data
        for key in path[:-1]:
            place = place[key]
        place[path[-1]] = to
        return json.dumps(data)

    return text


def without(*path: Any) -> Callable[[], str]:
    """Return what makes the text of GHOST without the entry at a path."""

    def text() -> str:
        data = deepcopy(DATA)
        place = data
        for key in path[:-1]:
            place = place[key]
        del place[path[-1]]
        return json.dumps(data)

    return text


OURS = ("#meta", "synproof")
FIRST = (*OURS, "steps", 0, "events", 0)
DAMAGED: dict[str, tuple[str | Callable[[], str], str]] = {
    "empty": ("", "is not JSON"),
    "words": ("once upon a time", "is not JSON"),
    "truncated": (dumps(GHOST)[:2000], "is not JSON"),
    "too deep": ("[" * 100_000, "is not JSON"),
    "a number of thousands of digits": ("9" * 5000, "is not JSON"),
    "a number": ("1", "is not a trace of ours"),
    "null": ("null", "is not a trace of ours"),
    "a list": ("[]", "is not a trace of ours"),
    "a string": ('"synproof"', "is not a trace of ours"),
    "another object": ('{"a": 1}', "is not a trace of ours"),
    "an ITF trace of another tool": (
        '{"#meta": {"format": "ITF"}, "vars": [], "states": []}',
        "is not a trace of ours",
    ),
    "an entry of another kind": (changed(*OURS, to=[]), "is not a trace of ours"),
    "another format": (changed(*OURS, "schema", to=2), "has trace format 2, this program reads format 1"),
    "an unknown variant": (
        changed(*OURS, "variant", to="tow-way"),
        "variant 'tow-way', which does not exist here. Did you mean 'two-way'?",
    ),
    "other rules": (changed(*OURS, "rules", to="0" * 16), r"made with other rules of two-way \(digest '0+', now "),
    "rules on two lines": (changed(*OURS, "rules", to="a\nb"), r"made with other rules of two-way \(digest 'a\\nb'"),
    "rules of another variant": (changed(*OURS, "variant", to="three-way"), "made with other rules of three-way"),
    "rules of no kind": (changed(*OURS, "rules", to=None), "made with other rules"),
    "no states": (without("states"), "is damaged: KeyError: 'states'"),
    "no vars": (without("vars"), "is damaged: KeyError: 'vars'"),
    "a state too few": (without("states", 1), "what it says of its steps and what it says of its states differ"),
    "a state changed": (changed("states", 1, "A", "ISS", to=5), "what it says of its states differ"),
    "vars changed": (changed("vars", to=["A"]), "what it says of its states differ"),
    "one end": (changed(*OURS, "initial", to=DATA["#meta"]["synproof"]["initial"][:1]), "is damaged: ValueError"),
    "three ends": (changed(*OURS, "steps", 0, "end", to=2), "is damaged: ValueError: 2 is not an end"),
    "an end by name": (changed(*OURS, "steps", 0, "end", to="A"), "is damaged: ValueError: 'A' is not an end"),
    "steps by name": (changed(*OURS, "steps", to={"one": 1}), "is damaged: TypeError"),
    "a step of no kind": (changed(*OURS, "steps", 0, to=None), "is damaged: TypeError"),
    "events of no kind": (changed(*OURS, "steps", 0, "events", to=7), "is damaged: TypeError"),
    "a segment that is nowhere": (changed(*OURS, "steps", 3, "segment", to=9), "damaged|does not replay"),
    "a segment by name": (changed(*OURS, "steps", 3, "segment", to="0"), "damaged|does not replay"),
    "a segment that no step sends": (changed(*FIRST, "sent", to=[]), "not those that the steps send"),
    "segments of no kind": (changed(*OURS, "segments", to=3), "is damaged: TypeError"),
    "no TCB": (changed(*FIRST, "tcb", to={}), "is damaged: KeyError"),
    "a TCB without a variable": (without(*FIRST, "tcb", "SND.NXT"), "is damaged: KeyError: 'SND.NXT'"),
    "a TCB with a variable too many": (changed(*FIRST, "tcb", "SND.OOPS", to=1), "is damaged"),
    "a ghost missing": (without(*FIRST, "ghosts", "INC"), "is damaged: KeyError: 'INC'"),
    "a ghost that begins elsewhere": (changed(*OURS, "initial", 0, 1, "INC", to=3), "begin with its initial value"),
    "a call without ISN": (without(*FIRST, "call", "ISN"), "is damaged: KeyError: 'ISN'"),
    "a call with more": (changed(*FIRST, "call", "MORE", to=1), "is damaged"),
    "a field of a segment missing": (without(*OURS, "segments", 0, "fields", "SEQ"), "is damaged: KeyError: 'SEQ'"),
    "a segment without its ghosts": (changed(*OURS, "segments", 0, "ghosts", to={}), "is damaged"),
    "a part by name": (changed(*OURS, "part", to="first"), "is damaged: ValueError"),
    "a part too many": (changed(*OURS, "part", to=1), "is about 'P-01' part 1, which does not exist here"),
    "a negative part": (changed(*OURS, "part", to=-1), "is about 'P-01' part -1, which does not exist here"),
    "another property": (changed(*OURS, "property", to="P-77"), "is about 'P-77' part 0, which does not exist here"),
    "a property of two lines": (changed(*OURS, "property", to="P\n7"), r"is about 'P\\n7' part 0"),
    "a claim that no run can show": (changed(*OURS, "property", to="P-42"), "does not show what is wrong by P-42"),
    "an infinite step": (changed(*OURS, "segments", 0, "step", to=float("inf")), "is damaged: OverflowError"),
    "a step that is no number": (changed(*OURS, "segments", 0, "step", to=float("nan")), "is damaged: ValueError"),
    "no world": (without(*OURS, "world"), "is damaged: KeyError: 'world'"),
    "a world of no kind": (changed(*OURS, "world", to=[]), "is damaged: TypeError"),
    "a world without users": (changed(*OURS, "world", "users", to=[]), "is damaged: ValueError"),
    "a network that does not exist": (changed(*OURS, "world", "network", "kind", to="ring"), "is damaged: ValueError"),
    "a capacity of no kind": (changed(*OURS, "world", "network", "capacity", to="4"), "is damaged: TypeError"),
    "a fault that does not exist": (changed(*OURS, "world", "faults", "floods", to=1), "is damaged: TypeError"),
    "a call that does not exist": (
        changed(*OURS, "world", "users", 0, "calls", 0, "step", to="PANIC"),
        "is damaged: KeyError: 'PANIC'",
    ),
    "losses of no kind": (
        changed(*OURS, "world", "faults", "losses", to="many"),
        "a bound of the world is not a number",
    ),
    "calls of no kind": (
        changed(*OURS, "world", "users", 0, "calls", 0, "times", to=[]),
        "a bound of the world is not a number",
    ),
    "no bits": (changed(*OURS, "world", "seq_bits", to=0), "sequence numbers cannot have 0 bits"),
    "too many bits": (changed(*OURS, "world", "seq_bits", to=10**15), "sequence numbers cannot have 10+ bits"),
    "bits as text": (changed(*OURS, "world", "seq_bits", to="32"), "is damaged"),
    "an ISN policy that does not exist": (
        changed(*OURS, "world", "isn", 0, "kind", to="lucky"),
        "does not replay: step 1 of 4: 'lucky'",
    ),
}


def blind() -> str:
    """Return the text of GHOST as if the explorer had not kept the ghosts that P-01 reads."""
    data = deepcopy(DATA)
    ours = data["#meta"]["synproof"]
    records = [ghosts for _, ghosts in ours["initial"]]
    records += [event["ghosts"] for step in ours["steps"] for event in step["events"]]
    for record in records:
        record.clear()
    return json.dumps(data)


DAMAGED["nothing of the ghosts"] = (blind, "it says nothing of ENDED, HIST, INC, PINC, which P-01 reads")


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


PAYLOAD = DATA["#meta"]["synproof"]
PLACES = [(*OURS, *path) for path in leaves(PAYLOAD)] + [("states", *path) for path in leaves(DATA["states"])]
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


@settings(max_examples=300, deadline=None)
@given(place=st.sampled_from(PLACES), value=VALUES)
def test_any_wrong_value_is_refused_or_leaves_an_equal_run(
    tmp_path_factory: pytest.TempPathFactory, place: Place, value: Json
) -> None:
    path = tmp_path_factory.getbasetemp() / "wrong.itf.json"
    path.write_text(changed(*place, to=value)(), encoding="utf-8")
    try:
        show.trace(path, verbose=True)
    except TraceFileError as error:
        assert str(error).startswith(f"{path}: ")  # noqa: PT017  # either outcome is fine, but not in any words
    else:
        trace = load(path)
        assert (trace.steps, trace.segments, trace.initial) == (GHOST.steps, GHOST.segments, GHOST.initial)
