"""Our captures are what their README says, the kernel's still what it does, the model's still what is exported."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from checker.export.pcap import Ends, pcap
from checker.export.wire import endpoint
from spec.vocabulary import STATES
from tests.captures import record
from tests.checker.export.dissected import Frame, frames
from tests.checker.runs import ghost_connection, open_and_close

HERE = Path(__file__).parent
README = (HERE / "README.md").read_text(encoding="utf-8")
SIX = Ends(endpoint("[2001:db8::1]:49152"), endpoint("[2001:db8::2]:9"))
MODELS = {
    "model-three-way": lambda: pcap(open_and_close().trace()),
    "model-three-way-server": lambda: pcap(open_and_close().trace(), SIX, (0xFFFFFFFF, 0xFFFFFFFE), "B"),
    "model-two-way-P-01": lambda: pcap(ghost_connection()),
}


def recorded(name: str, folder: Path = HERE) -> tuple[list[Frame], list[dict[str, Any]]]:
    """Return a recording's frames and steps."""
    told = json.loads((folder / f"{name}.states.json").read_text())
    return frames((folder / f"{name}.pcap").read_bytes()), told["steps"]


def shape(name: str, folder: Path) -> list[tuple[str, list[str], str]]:
    """Return what was done, the control bits of the frames that this caused, and the state afterwards."""
    all_frames, steps = recorded(name, folder)
    return [(step["did"], [all_frames[n - 1].flags for n in step["frames"]], step["state"]) for step in steps]


def test_every_capture_is_in_the_readme_and_nothing_else() -> None:
    there = {path.stem for path in HERE.glob("*.pcap")}
    assert there == {*record.SCENARIOS, *MODELS}
    assert set(re.findall(r"^\| `([\w-]+)` \|", README, re.MULTILINE)) == there


def test_they_are_small() -> None:
    assert sum(path.stat().st_size for path in HERE.iterdir() if path.suffix in (".pcap", ".json")) < 30 * 1024


@pytest.mark.parametrize("name", record.SCENARIOS)
def test_a_recording_says_what_caused_each_frame_and_what_came_of_it(name: str) -> None:
    all_frames, steps = recorded(name)
    assert [step["did"] for step in steps] == list(record.SCENARIOS[name])
    assert [number for step in steps for number in step["frames"]] == list(range(1, len(all_frames) + 1))
    assert {step["state"] for step in steps} <= set(STATES)
    assert f"| {steps[-1]['state']} |" in next(line for line in README.splitlines() if line.startswith(f"| `{name}`"))
    for step in steps:
        from_peer = [all_frames[n - 1].source == record.PEER.packed for n in step["frames"]]
        assert sum(from_peer) == step["did"].startswith("<")
        assert not any(from_peer[1:])
    assert [frame.time for frame in all_frames] == sorted(frame.time for frame in all_frames)


def test_between_them_they_show_every_state() -> None:
    seen = {step["state"] for name in record.SCENARIOS for step in recorded(name)[1]}
    assert seen == set(STATES)


@pytest.mark.parametrize("name", ["passive-open", "simultaneous-close", "connect-refused"])
def test_this_kernel_still_does_what_was_recorded(name: str, tmp_path: Path) -> None:
    missing = [program for program in ("unshare", "ip", "sysctl") if shutil.which(program) is None]
    if missing:
        pytest.skip(f"{missing[0]} is not installed")
    probe = [*record.apart(), "ip", "link", "add", "one", "type", "veth", "peer", "name", "two"]
    tried = subprocess.run(probe, capture_output=True, text=True, check=False)
    if tried.returncode:
        pytest.skip(f"no network namespace with a veth pair here: {tried.stderr.strip()}")
    record.main([str(tmp_path), name])
    assert shape(name, tmp_path) == shape(name, HERE)


@pytest.mark.parametrize("name", MODELS)
def test_the_models_are_as_they_are_exported(name: str, request: pytest.FixtureRequest) -> None:
    path, octets = HERE / f"{name}.pcap", MODELS[name]()
    if request.config.getoption("--update-golden"):
        path.write_bytes(octets)
    assert path.exists(), f"{path.name} is missing; run: pytest --update-golden"
    assert path.read_bytes() == octets, f"{path.name} differs; if it should, run: pytest --update-golden"
