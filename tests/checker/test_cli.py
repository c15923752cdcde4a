"""The command line: mistakes in one line, output to whatever stdout is, Ctrl-C, the same bytes for every hash seed."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from checker import run_verify
from checker.cli import main
from checker.concrete import RulesOverlap
from checker.replay import ReplayError
from checker.report import text as text_report
from tests.checker.captured import RECORDED

ROOT = Path(__file__).parents[2]
PROGRAM = (sys.executable, "-m", "checker")
TUTORIAL = ("verify", "--scenario", "tutorial")
SMALL = (*TUTORIAL, "--variant", "three-way", "--property", "P-01")
FAILING = (*TUTORIAL, "--variant", "two-way", "--property", "P-01")


def environment(**variables: str) -> dict[str, str]:
    """Return the environment in which the program runs as a user's shell would run it."""
    unset = ("NO_COLOR", "FORCE_COLOR", "PYTHONHASHSEED", "PYTHONIOENCODING")
    kept = {name: value for name, value in os.environ.items() if name not in unset}
    return {**kept, "PYTHONPATH": str(ROOT), **variables}


def run(*arguments: str, cwd: Path, **variables: str) -> subprocess.CompletedProcess[bytes]:
    """Run the program in a folder."""
    return subprocess.run(
        (*PROGRAM, *arguments), cwd=cwd, env=environment(**variables), capture_output=True, timeout=100, check=False
    )


# --- mistakes -----------------------------------------------------------------------------------------------------

MISTAKES: dict[str, tuple[str, str]] = {
    "": (
        "a command is needed",
        "verify, prove, certify, explore, rules, explain, list, trace, diagram, compare, diff,",
    ),
    "verfy": ("invalid choice: 'verfy'", "Did you mean 'verify'?"),
    "xyzzy": (
        "'xyzzy'",
        "choose from verify, prove, certify, explore, rules, explain, list, trace, diagram,",
    ),
    "--hlep": ("unrecognized argument '--hlep'", "Did you mean '--help'?"),
    "verify --capacty 3": ("unrecognized argument '--capacty'", "Did you mean '--capacity'?"),
    "verify --capacty=3": ("unrecognized argument '--capacty'", "Did you mean '--capacity'?"),
    "verify --prop P-01": ("unrecognized argument '--prop'", "Did you mean '--property'?"),
    "verify two-way": ("unrecognized argument 'two-way'", "--help"),
    "rules --not-modeled": ("unrecognized argument '--not-modeled'", "Did you mean '--not-modelled'?"),
    "list everything": ("unrecognized argument 'everything'", "--help"),
    "explain": ("required: ID", "--help"),
    "diff three-way": ("required: B", "--help"),
    "trace": ("required: FILE", "--help"),
    "verify --capacity": ("--capacity", "expected one argument"),
    "verify --capacity x": ("--capacity", "invalid int value: 'x'"),
    "verify --capacity 99": ("--capacity", "a number from 1 to 16, not 99"),
    "verify --loss -1": ("--loss", "a number from 0 to 200, not -1"),
    "verify --seq-bits 1": ("--seq-bits", "a number from 4 to 64, not 1"),
    "verify --seq-bits 0": ("--seq-bits", "a number from 4 to 64, not 0"),
    "verify --isn clock:x": ("--isn", "clock:K with a number K, not 'clock:x'"),
    "verify --isn clock:²": ("--isn", "not 'clock:²'"),
    "verify --network ring": ("--network", "one of bag, set, fifo, not 'ring'"),
    "verify --format xml": ("--format", "one of text, json, github, not 'xml'"),
    "verify --color purple": ("'purple'", "choose from auto, always, never."),
    "verify --color nevr": ("'nevr'", "Did you mean 'never'?"),
    "verify --timeout soon": ("--timeout", "invalid float value: 'soon'"),
    "verify --timeout nan": ("--timeout", "a number from 1 to 10,000,000, not nan"),
    "verify --max-states 0": ("--max-states", "a number from 1"),
    "verify --property P01": ("property 'P01'", "Did you mean 'P-01'? 'list' shows all."),
    "verify --variant towway": ("variant 'towway'", "Did you mean 'two-way'?"),
    "verify --scenario quik": ("scenario 'quik'", "Did you mean 'quick'?"),
    "replay --figure 9293-66": ("figure '9293-66' does not exist", "Did you mean '9293-6'?"),
    "hazards H-181": ("hazard 'H-181'", "Did you mean 'H-18'? 'hazards' shows all."),
    "rules L-33": ("rule 'L-33'", "Did you mean 'L-3'?"),
    "rules --variant thre-way": ("variant 'thre-way'", "Did you mean 'three-way'?"),
    "explain P01": ("'P01'", "Did you mean 'P-01'?"),
    "explain L-3 --variant xx": ("variant 'xx'", "'list' shows all"),
    "diff three-way rfc1338": ("variant 'rfc1338'", "Did you mean 'rfc1337'?"),
    "trace nowhere.itf.json": ("nowhere.itf.json", "No such file or directory"),
    "trace .": (".: cannot be read", "Is a directory"),
    "verify -o nowhere/report.json": ("-o nowhere/report.json", "the folder nowhere does not exist"),
    "verify -o .": ("-o .", "is a folder"),
    "verify -o nowhere/report.json --traces runs": ("nowhere", "does not exist"),
    "verify --traces runs --variant nobody": ("variant 'nobody'", "'list' shows all"),
}


def refused(arguments: Sequence[str], capsys: pytest.CaptureFixture[str]) -> str:
    """Return the one line on stderr of a command that exits 2 and prints nothing."""
    assert main(arguments) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("synproof: ")
    assert err.endswith("\n")
    assert err.count("\n") == 1
    return err


@pytest.mark.parametrize("command", MISTAKES)
def test_a_mistake_is_one_line_that_names_it_and_writes_nothing(
    command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    line = refused(command.split(), capsys)
    for words in MISTAKES[command]:
        assert words in line
    assert list(tmp_path.iterdir()) == []


def test_traces_cannot_go_into_a_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "runs").write_text("mine")
    line = refused([*SMALL, "--traces", str(tmp_path / "runs")], capsys)
    assert f"--traces {tmp_path / 'runs'}: cannot be made (File exists)" in line
    assert (tmp_path / "runs").read_text() == "mine"


def test_a_report_that_cannot_be_written_leaves_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    line = refused([*SMALL, "-o", str(tmp_path / ("x" * 300))], capsys)
    assert "File name too long" in line
    assert list(tmp_path.iterdir()) == []


def test_a_folder_without_permission_is_noticed_before_any_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("os.access", lambda *_: False)
    monkeypatch.setattr(run_verify, "verify", lambda *_: pytest.fail("work was done"))
    assert "Permission denied" in refused([*SMALL, "-o", str(tmp_path / "report")], capsys)


def test_a_mistake_in_the_configuration_is_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "pyproject.toml").write_text("[tool.synproof]\nscenari = 'quick'\n")
    monkeypatch.chdir(tmp_path)
    line = refused(["verify"], capsys)
    assert "pyproject.toml: [tool.synproof] has no key 'scenari'. Did you mean 'scenario'?" in line


def test_an_error_with_line_breaks_is_still_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert "no such folder" in refused(["trace", "no such\nfolder"], capsys)


def test_a_working_directory_that_is_gone_is_one_line(tmp_path: Path) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    script = "import os, sys; os.rmdir(os.getcwd()); from checker.cli import main; sys.exit(main(['verify']))"
    done = subprocess.run(
        (sys.executable, "-c", script), cwd=gone, env=environment(), capture_output=True, timeout=60, check=False
    )
    assert (done.returncode, done.stdout) == (2, b"")
    assert done.stderr.count(b"\n") == 1


# --- internal errors ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("error", [ReplayError("step 1 of 2: no."), RulesOverlap("rules A and B")], ids=repr)
def test_a_trace_that_does_not_replay_is_an_internal_error(
    error: Exception, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fails(*_: object) -> None:
        raise error

    monkeypatch.setattr(run_verify, "verify", fails)
    assert main(SMALL) == 4
    assert capsys.readouterr() == ("", f"synproof: internal error: {error}\n")


def test_anything_unforeseen_is_an_internal_error_with_its_traceback(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(text_report, "report", lambda *_, **__: 1 / 0)
    assert main(SMALL) == 4
    out, err = capsys.readouterr()
    assert out == ""
    assert "ZeroDivisionError" in err
    assert err.endswith("synproof: internal error; please report the lines above.\n")


# --- where the output goes ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("arguments", [("--help",), ("list",), ("rules",), FAILING], ids=" ".join)
def test_a_pipe_that_nobody_reads_changes_neither_exit_code_nor_stderr(
    arguments: tuple[str, ...], tmp_path: Path
) -> None:
    known = run(*arguments, cwd=tmp_path).returncode
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing) as pipe:
        done = subprocess.run(
            (*PROGRAM, *arguments),
            cwd=tmp_path, env=environment(), stdout=pipe, stderr=subprocess.PIPE, timeout=60, check=False,
        )  # fmt: skip
    assert (done.returncode, done.stderr) == (known, b"")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="the system has no device that is always full")
@pytest.mark.parametrize("arguments", [("--help",), ("list",), SMALL], ids=" ".join)
def test_a_full_disk_is_one_line(arguments: tuple[str, ...], tmp_path: Path) -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            (*PROGRAM, *arguments),
            cwd=tmp_path, env=environment(), stdout=full, stderr=subprocess.PIPE, timeout=60, check=False,
        )  # fmt: skip
    assert done.returncode == 2
    assert done.stderr == b"synproof: standard output cannot be written (No space left on device).\n"


def test_closed_streams_do_not_change_the_exit_code(tmp_path: Path) -> None:
    closed = {"list >&-": 2, "nonsense 2>&-": 2, "nonsense >&- 2>&-": 2, "list 2>&-": 0}
    for command, code in closed.items():
        shell = f'exec "$0" -m checker {command}'
        done = subprocess.run(
            ("/bin/sh", "-c", shell, sys.executable), cwd=tmp_path, env=environment(), capture_output=True, check=False
        )
        assert done.returncode == code, command
        assert b"Traceback" not in done.stderr


def test_a_report_goes_to_a_device_without_replacing_it(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = subprocess.Popen((sys.executable, "-c", f"print(open({str(pipe)!r}).read())"), stdout=subprocess.PIPE)
    done = run(*SMALL, "--format", "json", "-o", str(pipe), cwd=tmp_path)
    text, _ = reader.communicate(timeout=60)
    assert done.stdout == b""
    assert pipe.is_fifo()
    assert json.loads(text)["tool"] == "synproof"


def test_a_report_replaces_a_file_whole_and_follows_a_link(tmp_path: Path) -> None:
    report, link = tmp_path / "report.txt", tmp_path / "link"
    report.write_text("old")
    link.symlink_to(report)
    code = main([*SMALL, "-o", str(link)])
    assert code == main([*SMALL, "-o", str(tmp_path / "other.txt")])
    assert link.is_symlink()
    assert report.read_text().startswith("Scenario tutorial")
    assert report.read_bytes() == (tmp_path / "other.txt").read_bytes()
    assert {path.name for path in tmp_path.iterdir()} == {"report.txt", "link", "other.txt"}


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "utf-8"])
def test_the_bytes_are_utf_8_whatever_the_locale(encoding: str, tmp_path: Path) -> None:
    done = run("explain", "L-3", cwd=tmp_path, PYTHONIOENCODING=encoding)
    assert (done.returncode, done.stderr) == (0, b"")
    assert "RFC 9293 §3.10.7.2" in done.stdout.decode("utf-8")


# --- colour -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("flags", "variables", "coloured"),
    [
        ((), {}, False),
        ((), {"FORCE_COLOR": "1"}, True),
        ((), {"FORCE_COLOR": "1", "NO_COLOR": "1"}, False),
        ((), {"FORCE_COLOR": "1", "NO_COLOR": ""}, True),
        (("--color", "always"), {"NO_COLOR": "1"}, True),
        (("--color", "never"), {"FORCE_COLOR": "1"}, False),
        (("--color", "auto"), {}, False),
    ],
    ids=str,
)
def test_colour_is_used_when_it_is_asked_for(
    flags: tuple[str, ...],
    variables: dict[str, str],
    coloured: bool,  # noqa: FBT001  # a parameter of the table above
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    for name in ("NO_COLOR", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    main([*SMALL, *flags])
    out = capsys.readouterr().out
    assert ("\033[" in out) == coloured
    assert "P-01  no ghost connection holds" in re.sub(r"\033\[[0-9;]*m", "", out)


# --- reading commands, help ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "command", [["--help"], ["verify", "--help"], ["list"], ["rules"], ["explain", "P-01"]], ids=" ".join
)
def test_a_reading_command_loads_no_explorer(command: list[str], tmp_path: Path) -> None:
    modules = loaded(command, tmp_path)
    assert "checker.cli" in modules
    assert not [name for name in modules if name.startswith(("checker.explore", "checker.verify"))]
    if "--help" in command:
        assert "spec.tcp" not in modules


def test_a_capture_is_followed_without_pictures_and_without_variants_that_nobody_asked_for(tmp_path: Path) -> None:
    modules = loaded(["trace", str(RECORDED[0])], tmp_path)
    assert "checker.conform.pair" in modules
    others = ("checker.explore", "checker.verify", "diagrams", "spec.properties", "spec.variants.mutants", "numpy")
    assert not [name for name in modules if name.startswith(others)]


def loaded(command: list[str], tmp_path: Path) -> list[str]:
    """Return the modules that a command loads."""
    script = f"""
import contextlib, io, sys
from checker.cli import main
with contextlib.redirect_stdout(io.StringIO()), contextlib.suppress(SystemExit):
    main({command!r})
print(*sorted(sys.modules))
"""
    done = subprocess.run(
        (sys.executable, "-c", script), cwd=tmp_path, env=environment(), capture_output=True, text=True, check=True
    )
    return done.stdout.split()


def test_help_lists_every_command_and_exit_code(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["--help"])
    assert caught.value.code == 0
    out = capsys.readouterr().out
    for command in ("verify", "rules", "explain", "list", "trace", "diff"):
        assert re.search(rf"^    {command} +\w", out, re.MULTILINE)
    codes = out.partition("exit codes of verify:")[2]
    assert re.findall(r"(?<!\S)(\d+)  ", codes) == ["0", "1", "2", "3", "4", "130"]


# --- interrupted --------------------------------------------------------------------------------------------------


@pytest.mark.skipif(not hasattr(os, "openpty"), reason="the system has no terminals")
def test_ctrl_c_prints_what_was_established_and_exits_130(tmp_path: Path) -> None:
    """A terminal shows the progress, so that the interrupt can be sent in the middle of an exploration."""
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a background job, and all that it starts, ignores it
    terminal, theirs = os.openpty()
    program = subprocess.Popen(
        (*PROGRAM, "verify", "--scenario", "deep", "--variant", "two-way", "--property", "P-01", "--property", "P-06"),
        cwd=tmp_path, env=environment(), stdout=subprocess.PIPE, stderr=theirs,
    )  # fmt: skip
    os.close(theirs)
    seen = b""
    while b"states expanded" not in seen:
        seen += os.read(terminal, 1000)
    program.send_signal(signal.SIGINT)
    out, _ = program.communicate(timeout=60)
    os.close(terminal)
    report = out.decode()
    assert program.returncode == 130
    assert re.search(r"^P-01  no ghost connection +FAILS @\d", report, re.MULTILINE)
    assert re.search(r"^P-06  .+ unknown !", report, re.MULTILINE)  # it holds, which no part of the worlds shows
    assert "stopped: interrupted" in report
    assert "Interrupted: what is shown was established before." in report


def test_ctrl_c_anywhere_else_is_one_line(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(run_verify, "verify", interrupted)
    assert main(SMALL) == 130
    assert capsys.readouterr() == ("", "synproof: interrupted.\n")


# --- the same bytes -----------------------------------------------------------------------------------------------

SEEDED = f"""
import sys
from pathlib import Path
sys.path.insert(0, {str(ROOT)!r})
from checker.cli import main
verify = "verify --scenario tutorial --variant two-way --variant fin-in-ack2".split()
verify += "--property P-01 --property P-05 --property P-20 --property P-42".split()
for form in ("text", "json", "github"):
    main([*verify, "--format", form, "--traces", "runs", "-v"])
for command in (["rules"], ["list"], ["explain", "P-25"], ["diff", "three-way", "rfc793"]):
    main(command)
for path in sorted(Path("runs").iterdir()):
    print(path.name)
    print(path.read_text())
"""


def test_five_hash_seeds_give_the_same_bytes(tmp_path: Path) -> None:
    seen = set()
    for seed in ("0", "1", "2", "3", "4"):
        (tmp_path / seed).mkdir()
        done = subprocess.run(
            (sys.executable, "-c", SEEDED),
            cwd=tmp_path / seed, env=environment(PYTHONHASHSEED=seed), capture_output=True, timeout=100, check=True,
        )  # fmt: skip
        assert done.stdout.count(b'"synproof": {') == len(list((tmp_path / seed / "runs").iterdir())) > 0
        seen.add(done.stdout)
    assert len(seen) == 1
