"""The command `explore`: scripted sessions, one sentence for each mistake, saved runs, the prompt."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from checker import itf, run_explore
from checker.cli import main
from checker.replay import ReplayError
from checker.session import COMMANDS, Session
from spec.scenarios import SCENARIOS
from tests.checker.runs import ghost_connection

pytestmark = pytest.mark.usefixtures("compile_once")
TWO_WAY = ("--variant", "two-way")


class Terminal(io.StringIO):
    """Standard input on which somebody types."""

    def isatty(self) -> bool:
        return True


@pytest.fixture
def session(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., list[str]]:
    """Return a function that runs a session of commands in an empty folder: the answers, the opening first."""
    monkeypatch.chdir(tmp_path)

    def run(*commands: str, flags: tuple[str, ...] = ()) -> list[str]:
        told: list[str] = []
        with monkeypatch.context() as patch:
            patch.setattr(run_explore, "emit", told.append)
            patch.setattr("sys.stdin", io.StringIO("".join(f"{line}\n" for line in commands)))
            assert main(["explore", *flags]) == 0
        assert capsys.readouterr() == ("", "")
        return told

    return run


# --- sessions -----------------------------------------------------------------------------------------------------


def test_a_connection_is_opened_by_numbers(session: Callable[..., list[str]]) -> None:
    opening, one, two, three, ladder = session("2", "1", "5", "ladder")
    assert opening.startswith("three-way in world textbook: One connection with text both ways")
    assert "1,432 states, 3,558 steps between them, depth 24: all there is within its bounds." in opening
    assert "\nStep 0: A CLOSED, B CLOSED\n" in opening
    assert "\n  1  A (OPEN active)   CLOSED -> SYN-SENT  U-2  sends <SEQ=100><CTL=SYN>\n" in opening
    assert "\n  (`all` adds steps 3 to 6, which change nothing)\n" in opening
    assert one.startswith("\nStep 1: A CLOSED, B LISTEN\n")
    assert two.startswith("\nStep 2: A SYN-SENT, B LISTEN\n  in flight to B  <SEQ=100><CTL=SYN>  sent in step 2\n")
    assert "\n  5  B receives <SEQ=100><CTL=SYN>  LISTEN -> SYN-RECEIVED        L-3   sends <SEQ=300>" in two
    assert three.startswith("\nStep 3: A SYN-SENT, B SYN-RECEIVED\n")
    assert re.search(r"^  2\. \(OPEN active\) +A: U-2$", ladder, re.MULTILINE)
    assert re.search(r"^  3\. SYN-SENT +--> <SEQ=100><CTL=SYN> +--> SYN-RECEIVED +B: L-3$", ladder, re.MULTILINE)


def test_going_back_keeps_what_comes_after(session: Callable[..., list[str]]) -> None:
    answers = session("1", "2", "undo", "redo", "jump 0", "redo 2", "undo 2", "2", "restart")
    heads = [answer.split("\n")[1] for answer in answers[1:]]
    assert heads[1] == "Step 2: A CLOSED, B CLOSED"
    assert heads[2] == "Step 1 of 2: A SYN-SENT, B CLOSED"
    assert heads[3] == heads[5] == heads[1]
    assert heads[4] == heads[6] == "Step 0 of 2: A CLOSED, B CLOSED"
    assert heads[7] == "Step 1: A CLOSED, B LISTEN"
    assert heads[8] == "Step 0: A CLOSED, B CLOSED"


def test_goto_tells_the_steps_it_takes(session: Callable[..., list[str]]) -> None:
    _, there, again, none, either = session(
        "goto established Established", "goto ESTABLISHED -", "goto LISTEN -", "goto time-wait"
    )
    assert there.startswith("\n5 steps:\n  1.  A (OPEN active) ")
    assert "\n\nStep 5: A ESTABLISHED, B ESTABLISHED\n" in there
    assert again == "\nIt is so here.\n"
    assert none == "\nNo continuation from here leads to LISTEN - in this world.\n"
    assert re.search(r"\nStep \d+: (A TIME-WAIT|A .*, B TIME-WAIT)", either)


def test_break_shows_what_is_wrong(session: Callable[..., list[str]]) -> None:
    _, broken, again, after = session("break p-01", "break P-01", "look", flags=TWO_WAY)
    assert broken.startswith("\n4 steps:\n")
    assert "\nP-01 no ghost connection is broken:\nAfter step 4, at B, this is false:\n    the peer's inc" in broken
    assert again.startswith("\nIt is broken here.\nP-01 no ghost connection is broken:\n")
    assert "\n  broken: P-01 no ghost connection, P-02 agreement" in after
    assert session("break P-01")[1] == "\nNo continuation from here breaks P-01 no ghost connection in this world.\n"


def test_a_step_unfolds_into_its_rules(session: Callable[..., list[str]]) -> None:
    _, _, syn, rule, prop = session("goto SYN-SENT LISTEN", "why 5", "why L-3", "why p-01")
    lines = syn.splitlines()
    assert lines[1].startswith("  5  B receives <SEQ=100><CTL=SYN>  LISTEN -> SYN-RECEIVED  L-3  sends <SEQ=300>")
    assert lines[2] == "  L-3   A SYN in LISTEN is answered by SYN,ACK.  (RFC 9293 §3.10.7.2, third)"
    assert lines[3] == "        STATE          LISTEN -> SYN-RECEIVED"
    assert lines[-1] == "        sends <SEQ=300><ACK=101><CTL=SYN,ACK>"
    assert rule.startswith("\nL-3\n  title   A SYN in LISTEN is answered by SYN,ACK.\n")
    assert prop.startswith("\nP-01  no ghost connection\n")


def test_a_step_of_the_environment_has_no_rule_of_tcp(session: Callable[..., list[str]]) -> None:
    _, _, crash = session("1", "why 2", flags=("--world", "crash"))
    assert crash.startswith("\n  2  A (CRASH)  SYN-SENT -> CLOSED")
    assert "\n  CRASH, the environment's: no rule of TCP  (RFC 9293 §3.5.1)\n" in crash
    tick = session("goto TIME-WAIT", "why 4", flags=("--world", "last-ack"))[2]
    assert tick == "\n  4  a tick of the clock\n  the environment's choice; no end notices\n"


def test_tcbs_are_shown_by_what_has_changed_or_whole(session: Callable[..., list[str]]) -> None:
    _, _, some, every = session("1", "tcb", "tcb all")
    assert [line.split() for line in some.strip().splitlines()] == [
        ["A", "B"],
        ["STATE", "SYN-SENT", "CLOSED"],
        ["ORIGIN", "active", "none"],
        ["ISS", "100", "0"],
        ["SND.UNA", "100", "0"],
        ["SND.NXT", "101", "0"],
    ]
    assert len(every.splitlines()) == 2 + 12


def test_all_lists_what_changes_nothing_and_what_bounds_cut_off(session: Callable[..., list[str]]) -> None:
    short, every = session("all", flags=("--world", "last-ack"))
    assert "\n  (`all` adds step 3, which changes nothing)\n" in short
    assert every.endswith("\n  3  a tick of the clock\n")
    cut = session("goto TIME-WAIT", "all", flags=("--world", "last-ack"))[2]
    assert "\n  Bounds cut off:\n  -  B (RETRANSMISSION TIMEOUT)  bound: network capacity\n" in cut


def test_a_clock_and_faults_are_told(session: Callable[..., list[str]]) -> None:
    timed = session("goto TIME-WAIT", flags=("--world", "last-ack"))[1]
    assert "\nStep 8: A TIME-WAIT (4 ticks to wait), B LAST-ACK\n" in timed
    assert "\n  4  a tick of the clock\n" in timed
    lossy = session("1", flags=("--world", "live-open", "--scenario", "standard"))[1]
    assert "  the network loses <SEQ=100><CTL=SYN> to B" in lossy
    assert "  B receives <SEQ=100><CTL=SYN> (duplicate)" in lossy
    forged = session("goto ESTABLISHED ESTABLISHED", flags=("--world", "under-attack"))[1]
    assert "  A receives <SEQ=302><CTL=RST> (forged)" in forged


def test_a_listener_that_listens_again_is_shown_on_its_way(session: Callable[..., list[str]]) -> None:
    opening, every = session("all", flags=("--world", "reopen"))
    assert '\n  2  B (CLOSE)        LISTEN -> CLOSED -> LISTEN  U-13 U-1  says "error: closing"\n' in opening
    assert "CLOSED -> LISTEN" in every


def test_the_end_of_a_run_is_told(session: Callable[..., list[str]]) -> None:
    done = session("goto ESTABLISHED ESTABLISHED", flags=("--world", "live-open"))[-1]
    assert done.endswith("\nStep 5: A ESTABLISHED, B ESTABLISHED\n  Nothing changes any more: the run ends here.\n")


def test_help_lists_every_command_and_world_its_bounds(session: Callable[..., list[str]]) -> None:
    _, told, world = session("help", "world")
    assert [line.split()[0] for line in told.strip().splitlines()] == list(COMMANDS)
    assert "  network           fifo of 4 (in order; blocks when full)" in world


def test_a_command_may_be_cut_short_and_a_comment_is_nothing(session: Callable[..., list[str]]) -> None:
    opening, comment, blank, undone = session("# the client first", "", "u")
    assert "Step 0" in opening
    assert (comment, blank) == ("", "")
    assert undone == "\nonly 0 of the run can be undone.\n"


def test_quit_leaves_before_the_rest(session: Callable[..., list[str]]) -> None:
    assert session("quit", "1")[1:] == [""]


def test_a_limit_is_told(session: Callable[..., list[str]]) -> None:
    opening, none, _, beyond = session("goto TIME-WAIT", "1", "1", flags=("--max-states", "4"))
    assert "stopped: limit of 4 states. What" in " ".join(opening.split())
    assert re.search(r"among the states explored; what \d+ of them lead to is not known \(limit of 4 states\)", none)
    assert "What can happen here is not known: limit of 4 states. undo leads back." in beyond


def test_a_session_prints_the_same_bytes_each_time(session: Callable[..., list[str]]) -> None:
    commands = ("goto ESTABLISHED ESTABLISHED", "all", "why 1", "break P-12", "ladder -v", "tcb")
    assert session(*commands, flags=("--world", "reopen")) == session(*commands, flags=("--world", "reopen"))


# --- mistakes -----------------------------------------------------------------------------------------------------

SENTENCES = {
    "foo": "command 'foo' does not exist.",
    "laddr": "command 'laddr' does not exist. Did you mean 'ladder'? help lists all.",
    "l": "command 'l' does not exist. It may be look or ladder or load. help lists all.",
    "99": "step 99 does not exist here: choose from 1 to 6.",
    "1 2": "it is written: N",
    "why": "it is written: why N",
    "why 0": "step 0 does not exist here: choose from 1 to 6.",
    "why L-33": "'L-33' is neither a rule of three-way nor a property. Did you mean 'L-3'?",
    "undo x": "undo takes a number of steps, not 'x'.",
    "undo": "only 0 of the run can be undone.",
    "redo": "only 0 undone can be done again.",
    "jump": "it is written: jump N",
    "jump 3": "the run has steps 0 to 0, not 3.",
    "goto": "it is written: goto STATE [STATE]",
    "goto CLOSNG": "state 'CLOSNG' does not exist. Did you mean 'CLOSING'?",
    "break": "it is written: break PROPERTY",
    "break P01": "property 'P01' does not exist. Did you mean 'P-01'?",
    "break P-28": "P-28 is not about single states or steps: use verify or prove, and load the run that it saves.",
    "break P-35": "P-35 is judged in worlds about time, not safety.",
    "ladder x": "ladder takes nothing or -v, not 'x'.",
    "tcb x": "tcb takes nothing or all, not 'x'.",
    "look x": "it is written: look",
    "save": "it is written: save FILE",
    "save nowhere/run.json": "nowhere/run.json: cannot be written (No such file or directory).",
    "load nowhere": "nowhere: cannot be read (No such file or directory); give a saved .itf.json trace.",
    "save 'a": "save 'a: no closing quotation.",
    "save a\0b": "a command has printable characters only.",
}


def test_a_mistake_is_a_sentence_and_the_session_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.stdin", io.StringIO("".join(f"{line}\n" for line in [*SENTENCES, "1"])))
    assert main(["explore"]) == 0
    out, err = capsys.readouterr()
    assert err == ""
    answers = out.split("\n\n")[2:]
    assert len(answers) == len(SENTENCES) + 1
    for answer, (line, sentence) in zip(answers, SENTENCES.items(), strict=False):
        assert answer.startswith(sentence), line
        assert "\n" not in answer
    assert answers[-1].startswith("Step 1: A SYN-SENT, B CLOSED")
    assert list(tmp_path.iterdir()) == []


FLAGS = {
    "--variant towway": "variant 'towway' does not exist. Did you mean 'two-way'?",
    "--scenario quik": "scenario 'quik' does not exist. Did you mean 'quick'?",
    "--world reopn": "no scenario has a world 'reopn'. Did you mean 'reopen'? There are: textbook, ",
    "--scenario tutorial --world reopen": "scenario tutorial has no world 'reopen'. There are: textbook.",
    "--isn fast": "--isn: must be fresh, next, const or clock:K",
    "--max-states 0": "--max-states: must be a number from 1 to 1,000,000,000, not 0.",
    "--load nowhere": "nowhere: cannot be read",
    "--load x --isn const --variant two-way": "its variant and its world: leave out --variant, --isn.",
    "--colour never": "Did you mean '--color'?",
}


@pytest.mark.parametrize("flags", FLAGS)
def test_wrong_flags_are_one_sentence_before_any_work(
    flags: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(run_explore, "Walk", lambda *_, **__: pytest.fail("work was done"))
    assert main(["explore", *flags.split()]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert FLAGS[flags] in err
    assert err.count("\n") == 1


def test_what_is_no_text_is_one_sentence(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"1\n\xff\xfe\n"), encoding="utf-8"))
    assert main(["explore"]) == 2
    assert capsys.readouterr().err == "synproof: standard input is not text (invalid start byte).\n"


def test_closed_standard_input_ends_the_session(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", None)
    assert main(["explore"]) == 0


# --- worlds and files ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("flags", "scenario"), [((), "quick"), (("--scenario", "standard"), "standard")])
def test_a_world_is_that_of_the_first_scenario_that_has_it(
    flags: tuple[str, ...], scenario: str, session: Callable[..., list[str]]
) -> None:
    title = next(world.title for world in SCENARIOS[scenario].worlds if world.name == "replay")
    opening = session(flags=("--world", "replay", *flags))[0]
    assert " ".join(opening.split()).startswith(f"three-way in world replay: {title}")


def test_the_isn_policy_is_the_one_asked_for(session: Callable[..., list[str]]) -> None:
    assert "isn               A const, B const" in session("world", flags=("--isn", "const"))[1]
    assert "isn               A clock(3), B clock(3)" in session("world", flags=("--isn", "clock:3"))[1]


def test_a_saved_run_is_what_trace_shows_and_load_goes_on_from(
    session: Callable[..., list[str]], capsys: pytest.CaptureFixture[str]
) -> None:
    answers = session("break P-01", "save run.itf.json", "undo", "save 'a short run.json'", flags=TWO_WAY)
    assert answers[2] == "\nrun.itf.json: the run of 4 steps, which breaks P-01, replayed and saved.\n"
    assert answers[4] == "\na short run.json: the run of 3 steps replayed and saved.\n"
    assert main(["trace", "run.itf.json"]) == 0
    out = capsys.readouterr().out
    assert out.startswith("P-01 no ghost connection: two-way in world textbook, 4 steps, replayed\n")
    assert "After step 4, at B, this is false:" in out
    assert "\nStep 4: A CLOSED, B ESTABLISHED\n" in session(flags=("--load", "run.itf.json"))[0]
    _, new, same = session("load 'a short run.json'", "load run.itf.json")
    assert new.startswith("\ntwo-way in world textbook: ")
    assert "\nStep 3: A CLOSED, B LISTEN\n" in new
    assert same.startswith("\nStep 4: A CLOSED, B ESTABLISHED\n")


def test_a_run_that_verify_saved_is_walked(session: Callable[..., list[str]]) -> None:
    Path("run.json").write_text(itf.dumps(ghost_connection()), encoding="utf-8")
    opening, undone = session("undo", flags=("--load", "run.json"))
    assert "\n  broken: P-01 no ghost connection" in opening
    assert undone.startswith("\nStep 3 of 4: A CLOSED, B LISTEN\n")


def test_a_run_that_does_not_replay_is_never_saved(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fails(*_: object) -> None:
        raise ReplayError("step 1 of 1: no.")

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("checker.session.replay", fails)
    monkeypatch.setattr("sys.stdin", io.StringIO("1\nsave run.json\n"))
    assert main(["explore"]) == 4
    assert "internal error: step 1 of 1: no." in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


# --- the prompt ---------------------------------------------------------------------------------------------------


def typed(monkeypatch: pytest.MonkeyPatch, *lines: str | type[BaseException]) -> list[str]:
    """Let these lines be typed, or keys be pressed; return the prompts that are shown."""
    prompts: list[str] = []
    waiting = iter(lines)

    def given(prompt: str = "") -> str:
        prompts.append(prompt)
        line = next(waiting)
        if isinstance(line, str):
            return line
        raise line

    monkeypatch.setattr("sys.stdin", Terminal())
    monkeypatch.setattr("builtins.input", given)
    return prompts


def test_the_prompt_counts_the_steps(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    prompts = typed(monkeypatch, "1", "nonsense", "undo", "quit")
    assert main(["explore", "--color", "never"]) == 0
    assert prompts == ["0> ", "1> ", "1> ", "0> "]
    assert "command 'nonsense' does not exist." in capsys.readouterr().out


def test_ctrl_d_leaves(monkeypatch: pytest.MonkeyPatch) -> None:
    prompts = typed(monkeypatch, "1", EOFError)
    assert main(["explore"]) == 0
    assert prompts == ["0> ", "1> "]


def test_ctrl_c_gives_up_a_line_and_twice_leaves(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    prompts = typed(monkeypatch, KeyboardInterrupt, "1", KeyboardInterrupt, KeyboardInterrupt)
    assert main(["explore"]) == 0
    assert prompts == ["0> ", "0> ", "1> ", "1> "]
    assert "(Ctrl-C again, Ctrl-D or quit leaves)" in capsys.readouterr().out


def test_ctrl_c_gives_up_an_answer(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    prompts = typed(monkeypatch, "1", "goto CLOSING", EOFError)
    monkeypatch.setattr(Session, "_goto", interrupted)
    assert main(["explore"]) == 0
    assert prompts == ["0> ", "1> ", "1> "]
    assert "interrupted; nothing was changed." in capsys.readouterr().out


def test_ctrl_c_ends_a_script(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Session, "_goto", interrupted)
    monkeypatch.setattr("sys.stdin", io.StringIO("goto CLOSING\n"))
    assert main(["explore"]) == 130


@pytest.mark.parametrize(("choice", "painted"), [("always", True), ("never", False), ("auto", False)])
def test_colour_is_used_when_it_is_asked_for(
    choice: str,
    painted: bool,  # noqa: FBT001  # a parameter of the table above
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.delenv("FORCE_COLOR", raising=False)
    monkeypatch.setattr("sys.stdin", io.StringIO("nonsense\n"))
    assert main(["explore", "--color", choice]) == 0
    assert ("\033[" in capsys.readouterr().out) == painted
