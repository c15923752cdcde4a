"""`export --to pcap` and `--to packetdrill`: what they write, and one sentence for what makes no sense."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from checker.cli import main
from checker.export.lifted import Numbers
from checker.export.packetdrill import packetdrill
from checker.export.pcap import Ends, pcap
from checker.export.saved import numbers
from checker.export.wire import endpoint
from checker.itf import dumps
from checker.usage import UsageError
from tests.checker.runs import Play, ghost_connection, open_and_close, timed, war
from tests.checker.worlds import TIMED

pytestmark = pytest.mark.usefixtures("compile_once")


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    path = tmp_path / "run.itf.json"
    path.write_text(dumps(ghost_connection()), encoding="utf-8")
    return path


@pytest.fixture
def out(tmp_path: Path) -> Iterator[Path]:
    """Yield where to write; whatever happened, nothing half-written lies beside it."""
    folder = tmp_path / "out"
    folder.mkdir()
    yield folder / "file"
    assert {path.name for path in folder.iterdir()} <= {"file"}


def test_a_saved_run_becomes_a_capture(saved: Path, out: Path) -> None:
    assert main(["export", "--to", "pcap", str(saved), "-o", str(out)]) == 0
    assert out.read_bytes() == pcap(ghost_connection())


def test_addresses_numbers_and_vantage_are_the_users(saved: Path, out: Path) -> None:
    asked = [
        "--client",
        "[2001:db8::5]:4000",
        "--server",
        "[2001:db8::6]:80",
        "--vantage",
        "B",
        "--isn",
        "7,4294967295",
    ]
    assert main(["export", "--to", "pcap", str(saved), "-o", str(out), *asked]) == 0
    ends = Ends(endpoint("[2001:db8::5]:4000"), endpoint("[2001:db8::6]:80"))
    assert out.read_bytes() == pcap(ghost_connection(), ends, (7, 0xFFFFFFFF), "B")


def test_a_saved_run_becomes_a_script(saved: Path, out: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["export", "--to", "packetdrill", str(saved), "--end", "B"]) == 0
    assert capsys.readouterr().out == packetdrill(ghost_connection(), "B")
    assert main(["export", "--to", "packetdrill", str(saved), "-o", str(out)]) == 0
    assert out.read_text() == packetdrill(ghost_connection(), "A")


@pytest.mark.parametrize("trace", [open_and_close().trace(), timed().trace(), war(), Play(TIMED).trace()])
def test_saved_runs_of_every_kind_are_written(trace: object, saved: Path, out: Path) -> None:
    saved.write_text(dumps(trace), encoding="utf-8")  # type: ignore[arg-type]  # the parameters are traces
    assert main(["export", "--to", "pcap", str(saved), "-o", str(out)]) == 0
    assert out.stat().st_size >= 24


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["pcap", "RUN"], "--to pcap: a capture is not text; give it a file with -o."),
        (["pcap", "-o", "OUT"], "--to pcap: exports a saved run; give its file, such as runs/P-01.itf.json."),
        (["packetdrill"], "--to packetdrill: exports a saved run; give its file, such as runs/P-01.itf.json."),
        (["pcap", "RUN", "-o", "OUT", "--world", "x"], "--world: --to pcap does not take it; a saved run has its own."),
        (["pcap", "RUN", "-o", "OUT", "--seq-bits", "8"],
         "--seq-bits: --to pcap does not take it; a saved run has its own."),
        (["pcap", "RUN", "-o", "OUT", "--end", "A"], "--end: --to pcap does not take it; it is of another format."),
        (["packetdrill", "RUN", "--client", "192.0.2.1:1"],
         "--client: --to packetdrill does not take it; it is of another format."),
        (["promela", "--vantage", "A"], "--vantage: --to promela does not take it; it is for saved runs."),
        (["pcap", "RUN", "-o", "OUT", "--vantage", "b"],
         "--vantage: 'b' must be one of A, B, middle. Did you mean 'B'?"),
        (["packetdrill", "RUN", "--end", "C"], "--end: 'C' must be one of A, B."),
        (["pcap", "RUN", "-o", "OUT", "--isn", "5"],
         "--isn: '5' must be two numbers from 0 to 4294967295, such as 100,300, or solve."),
        (["pcap", "RUN", "-o", "OUT", "--client", "here"],
         "--client: 'here' is no address and port; write 192.0.2.1:80 or [2001:db8::1]:80."),
        (["pcap", "RUN", "-o", "OUT", "--server", "[2001:db8::6]:80"],
         "192.0.2.1:49152 and [2001:db8::6]:80: give both ends IPv4 addresses or both IPv6."),
        (["pcap", "OUT", "-o", "OUT"],
         "OUT: cannot be read (No such file or directory); give a saved .itf.json trace."),
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_said_in_a_sentence(
    arguments: list[str], sentence: str, saved: Path, out: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    names = {"RUN": str(saved), "OUT": str(out)}
    assert main(["export", "--to", *(names.get(word, word) for word in arguments)]) == 2
    assert capsys.readouterr().err == f"synproof: {sentence.replace('OUT', str(out))}\n"
    assert not out.exists()


def test_what_has_no_counterpart_names_the_file_and_the_step(
    saved: Path, out: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    saved.write_text(dumps(timed().trace()), encoding="utf-8")
    assert main(["export", "--to", "packetdrill", str(saved), "-o", str(out), "--isn", "solve"]) == 2
    assert f"{saved}: --isn solve" in capsys.readouterr().err
    saved.write_text(dumps(war()), encoding="utf-8")
    assert main(["export", "--to", "packetdrill", str(saved), "-o", str(out)]) == 2
    assert f"{saved}: step 14: with a window of 65535 octets" in capsys.readouterr().err
    assert not out.exists()


@pytest.mark.parametrize(
    ("text", "meant"), [(None, None), ("solve", "solve"), ("0,4294967295", (0, 0xFFFFFFFF)), ("100,300", (100, 300))]
)
def test_isns_are_read(text: str | None, meant: Numbers) -> None:
    assert numbers(text) == meant


@pytest.mark.parametrize("text", ["", "1", "1,", ",1", "1,2,3", "-1,2", "1,4294967296", "0x1,2", "1, 2", "Solve"])
def test_what_are_no_isns_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match=r"^--isn: .* must be two numbers from 0 to 4294967295"):
        numbers(text)
