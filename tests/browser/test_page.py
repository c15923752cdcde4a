"""The page in a real browser: keys, clicks, branches, links to moments; nothing goes wrong and nothing is loaded."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from checker import pictures
from checker.page import page_of
from diagrams.render.html import page
from diagrams.walkable import from_trace
from spec.scenarios import SCENARIOS, TUTORIAL_WORLD
from spec.trace import Trace
from spec.variants import VARIANTS
from tests.browser.chromium import NAMES, installed, played
from tests.checker.runs import ghost_connection, open_and_close, timed, war

pytestmark = [
    pytest.mark.usefixtures("compile_once"),
    pytest.mark.skipif(installed() is None, reason=f"no browser: none of {', '.join(NAMES)} is on the PATH"),
]


@pytest.fixture(scope="module")
def tutorial() -> str:
    return page(page_of(VARIANTS["three-way"], TUTORIAL_WORLD))


def page_of_trace(trace: Trace) -> str:
    ladder = pictures.run(trace)
    return page(from_trace(trace, VARIANTS[trace.variant].relation, ladder), ladder)


def shown(told: dict[str, Any]) -> tuple[str, str, str]:
    return told["where"], told["a"], told["b"]


def test_a_world_is_walked_with_keys(tutorial: str, tmp_path: Path) -> None:
    script = """
    tell({choices: $$("#next .choice .says").map(said => said.textContent)});
    press("2"); tell();
    press("1"); tell();
    press("5"); tell({rules: $("#did").textContent, flight: $("#flight").textContent,
      changed: $$("#ends td.changed").map(cell => cell.textContent)});
    press("ArrowLeft"); press("k"); tell();
    press("ArrowRight"); press("j"); press("j"); tell();
    press("Home"); tell(); press("End"); tell();
    press("9"); tell();
    """
    start, one, two, three, back, again, home, end, none = played(tutorial, script, tmp_path)
    assert shown(start) == ("Step 0", "CLOSED", "CLOSED")
    assert start["choices"][:2] == ["A (OPEN active)", "B (OPEN passive)"]
    assert (start["arrows"], start["rows"], start["hash"]) == (0, 0, "")
    assert shown(one) == ("Step 1", "CLOSED", "LISTEN")
    assert one["lit"] == ["state CLOSED", "state LISTEN", "edge CLOSED LISTEN"]
    assert shown(two) == ("Step 2", "SYN-SENT", "LISTEN")
    assert shown(three) == ("Step 3", "SYN-SENT", "SYN-RECEIVED")
    assert (three["arrows"], three["rows"], three["hash"]) == (1, 3, "#2.1.5")
    assert "L-3 A SYN in LISTEN is answered by SYN,ACK. RFC 9293 §3.10.7.2, third" in three["rules"]
    assert three["flight"] == "<SEQ=300><ACK=101><CTL=SYN,ACK> to A, of step 3"
    assert three["changed"] == ["300", "100", "300", "301", "101"]
    assert (shown(back), back["hash"]) == (("Step 1 of 3", "CLOSED", "LISTEN"), "#2.1.5@1")
    assert again == {key: three[key] for key in again}
    assert shown(home) == ("Step 0 of 3", "CLOSED", "CLOSED")
    assert end == none == again


def test_another_choice_begins_another_branch(tutorial: str, tmp_path: Path) -> None:
    script = """
    const labels = () => $$("#steps button").map(button => button.textContent);
    press("2"); press("1"); press("5"); press("Home"); tell({steps: labels()});
    press("2"); tell();
    press("1"); tell();
    press("k"); $$("#next .choice")[1].click(); tell({steps: labels()});
    press("u"); tell({steps: labels()});
    press("r"); tell(); press("u"); tell();
    """
    home, same, redone, other, undone, reset, last = played(tutorial, script, tmp_path)
    assert home["steps"] == ["the beginning", "B (OPEN passive)", "A (OPEN active)", "B receives SYN"]
    assert same["where"] == "Step 1 of 3"
    assert redone["where"] == "Step 2 of 3"
    assert len(other["steps"]) == 3
    assert other["where"] == "Step 2"
    assert other["hash"] == "#2.2"
    assert undone["steps"] == home["steps"]
    assert undone["where"] == "Step 1 of 3"
    assert shown(reset) == ("Step 0", "CLOSED", "CLOSED")
    assert last["where"] == "Step 1 of 3"


def test_a_link_leads_to_a_moment_and_bad_ones_to_what_there_is(tutorial: str, tmp_path: Path) -> None:
    script = """
    const go = async hash => {
      location.hash = hash;
      await new Promise(done => setTimeout(done, 50));
      tell();
    };
    tell(); await go("#2.1.5"); await go("#2.1.99.1"); await go("#nonsense"); await go("#2@7");
    """
    opened, further, cut, nonsense, late = played(tutorial, script, tmp_path, "#2.1.5.5@2")
    assert shown(opened) == ("Step 2 of 4", "SYN-SENT", "LISTEN")
    assert shown(further) == ("Step 3", "SYN-SENT", "SYN-RECEIVED")
    assert shown(cut) == shown(nonsense) == ("Step 2", "SYN-SENT", "LISTEN")
    assert shown(late) == ("Step 1", "CLOSED", "LISTEN")


def test_buttons_lists_and_the_ladder_are_clicked(tutorial: str, tmp_path: Path) -> None:
    script = """
    press("2"); press("1"); press("5"); press("5");
    $("#back").click(); tell();
    $$("#steps button")[1].click(); tell();
    $("#last").click(); tell();
    $("#ladder .row[data-step='2'] text").dispatchEvent(new MouseEvent("click", {bubbles: true})); tell();
    press("?"); const open = $("#keys").open; press("1"); press("?"); tell({open, closed: !$("#keys").open});
    $("#enlarge").click(); tell({open: $("#whole").open, lit: $$("#figure .on").map(part => part.dataset.key)});
    """
    back, first, last, row, keys, figure = played(tutorial, script, tmp_path)
    where = [each["where"] for each in (back, first, last, row)]
    assert where == ["Step 3 of 4", "Step 1 of 4", "Step 4", "Step 2 of 4"]
    assert keys["open"] is keys["closed"] is True
    assert keys["where"] == "Step 2 of 4"
    assert figure["open"] is True
    assert figure["lit"] == ["state LISTEN", "state SYN-SENT", "edge CLOSED SYN-SENT"]


def test_the_focus_stays_where_steps_are_chosen(tutorial: str, tmp_path: Path) -> None:
    script = """
    const held = id => $(id).contains(document.activeElement);
    const push = button => { button.focus(); button.click(); };
    push($("#next .choice")); push($("#next .choice")); tell({held: held("#next")});
    push($("#steps button")); tell({held: held("#steps"), current: document.activeElement.textContent});
    """
    chosen, jumped = played(tutorial, script, tmp_path)
    assert (chosen["where"], chosen["held"]) == ("Step 2", True)
    assert (jumped["where"], jumped["held"], jumped["current"]) == ("Step 0 of 2", True, "the beginning")


@pytest.mark.parametrize("name", ["live-close", "last-ack"])
def test_wherever_one_goes_what_is_in_flight_is_what_the_world_says(name: str, tmp_path: Path) -> None:
    """Sets in which equal segments are one, clocks by which they die: the ladder keeps count."""
    world = next(world for world in SCENARIOS["quick"].worlds if world.name == name)
    script = """
    const data = JSON.parse($("#data").textContent);
    let seed = 7, number = 0;
    for (let i = 0; i < 150; i++) {
      const choices = $$("#next > .choice:enabled");
      if (!choices.length) { press("r"); number = 0; continue; }
      seed = (seed * 1103515245 + 12345) % 2147483648;
      const choice = (seed >> 8) % choices.length;
      number = data.edges[2 * (data.begin[number] + choice) + 1];
      choices[choice].click();
      const there = data.nets[data.nodes[4 * number + 2]].map(segment => data.segments[segment][1]).sort();
      const shown = $$("#flight li code").map(code => code.textContent).sort();
      if (there.join() !== shown.join()) window.errors.push(`${there} but ${shown} at ${location.hash}`);
    }
    tell();
    """
    assert played(page(page_of(VARIANTS["three-way"], world)), script, tmp_path)


def test_what_breaks_is_said_and_marked(tmp_path: Path) -> None:
    text = page_of_trace(ghost_connection())
    script = """
    tell({told: $("#told").textContent, marked: $$("#ladder rect.sp-violation").length});
    press("Home"); tell({told: $("#told").textContent, marked: $$("#ladder rect.sp-violation").length});
    press("1"); press("1"); tell();
    """
    end, home, two = played(text, script, tmp_path)
    assert shown(end) == ("Step 4", "CLOSED", "ESTABLISHED")
    assert end["told"].startswith("P-01 no ghost connection: fails")
    assert end["marked"] == 1
    assert (home["told"], home["marked"], home["where"]) == ("", 0, "Step 0 of 4")
    assert two["where"] == "Step 2 of 4"


def test_a_lasso_goes_round(tmp_path: Path) -> None:
    trace = war()
    assert trace.loop is not None
    last = len(trace.steps)
    script = """
    const brackets = () => $$("#ladder path.sp-loop").length;
    tell({loop: brackets()}); press("j"); tell({loop: brackets()});
    """
    end, round_ = played(page_of_trace(trace), script, tmp_path)
    assert (end["where"], end["loop"]) == (f"Step {last}", 1)
    assert (round_["where"], round_["loop"]) == (f"Step {trace.loop} of {last}", 0)


@pytest.mark.parametrize("play", [open_and_close, timed])
def test_every_moment_is_the_traces(play: Any, tmp_path: Path) -> None:
    """The script's own book-keeping of what is in flight agrees with the trace's, losses and deaths included."""
    trace = play().trace()
    script = f"""
    press("Home");
    for (let i = 0; i <= {len(trace.steps)}; i++) {{
      tell({{flight: $$("#flight li code").map(code => code.textContent)}});
      press("j");
    }}
    """
    told = played(page_of_trace(trace), script, tmp_path)
    for number, moment in enumerate(told):
        assert (moment["a"], moment["b"]) == (trace.tcb(0, number)["STATE"], trace.tcb(1, number)["STATE"])
        assert len(moment["flight"]) == len(trace.in_flight(number))
        assert moment["rows"] == number
    arrived = sum(step.kind in ("deliver", "duplicate", "forge") for step in trace.steps)
    assert told[-1]["arrows"] == arrived
