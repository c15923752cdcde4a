"""Explanations: which conjunct became false, what would repair it, and what rules, properties and variants say."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

import pytest

from checker import show
from checker.cli import main
from checker.explain import Switch, failures, repairs
from checker.explore.run import explore_world
from checker.report.text import why
from checker.usage import UsageError
from checker.verify import Request, verify
from spec.environment import Faults, IsnPolicy
from spec.expected import EXPECTED
from spec.ghosts import CRASH
from spec.language.beside import always, always_step, event_is
from spec.not_modelled import NOT_MODELLED
from spec.properties import PROPERTIES
from spec.scenarios import CRASH as CRASHES
from spec.scenarios import QUICK, SCENARIOS, TUTORIAL_WORLD
from spec.trace import Trace
from spec.variants import VARIANTS
from spec.vocabulary import ISS, SND, STATE
from tests.checker.runs import ghost_connection, open_and_close

pytestmark = pytest.mark.usefixtures("compile_once")
P_01 = PROPERTIES["P-01"]
REOPEN = QUICK[2]


# --- the false conjunct -------------------------------------------------------------------------------------------


def test_the_ghost_connection_is_explained_by_what_the_server_knows_of_its_client() -> None:
    (failure,) = failures(ghost_connection(), P_01.parts[0])
    assert (failure.end, failure.step) == ("B", 4)
    assert failure.values == "peer HIST={}, PINC=1, INC=1"
    assert why(ghost_connection(), P_01, 0) == [
        "After step 4, at B, this is false:", f"    {failure.formula}", f"    with {failure.values}",
        *(f"         {sentence}" for sentence in failure.ghosts),
    ]  # fmt: skip


def test_only_false_conjuncts_are_told_at_the_ends_where_the_antecedent_holds() -> None:
    trace = replace(open_and_close().trace(), steps=open_and_close().trace().steps[:5])
    part = always(SND.UNA == SND.NXT, STATE == "LISTEN", SND.NXT == ISS, given=(STATE == "ESTABLISHED",))
    told = [(failure.end, failure.formula, failure.values) for failure in failures(trace, part)]
    assert told == [
        ("A", "STATE = LISTEN", "STATE=ESTABLISHED"),
        ("A", "SND.NXT = ISS", "SND.NXT=101, ISS=100"),
        ("B", "STATE = LISTEN", "STATE=ESTABLISHED"),
        ("B", "SND.NXT = ISS", "SND.NXT=301, ISS=300"),
    ]
    assert failures(trace, always(STATE == "LISTEN", given=(STATE == "CLOSING",))) == []


def violated(variant: str, prop: str) -> Trace:
    """Return the run by which a variant fails a property in the tutorial."""
    (verdict,) = verify(Request((variant,), (prop,), SCENARIOS["tutorial"])).all
    assert verdict.judgement.trace is not None
    return verdict.judgement.trace


@pytest.mark.parametrize(
    ("variant", "prop"), [("two-way", "P-02"), ("fin-in-ack2", "P-05"), ("fin-in-ack2", "P-06"), ("auto-fin", "P-07")]
)
def test_every_violation_of_states_has_a_false_conjunct(variant: str, prop: str) -> None:
    trace = violated(variant, prop)
    assert failures(trace, PROPERTIES[prop].parts[trace.part])


@pytest.mark.parametrize(("variant", "prop"), [("fin-in-ack2", "P-20"), ("third-syn", "P-15"), ("fin-in-ack2", "P-24")])
def test_every_violation_names_the_last_step(variant: str, prop: str) -> None:
    trace = violated(variant, prop)
    lines = why(trace, PROPERTIES[prop], trace.part)
    assert lines[0].startswith(f"After step {len(trace.steps)}, at ")


def test_only_the_false_conjuncts_of_a_step_are_told() -> None:
    trace = violated("third-syn", "P-15")
    (failure,) = failures(trace, PROPERTIES["P-15"].parts[0])
    assert len(PROPERTIES["P-15"].parts[0].holds) == 4
    assert "ISS" in failure.formula


def test_a_step_that_is_a_crash_is_explained_too() -> None:
    part = always_step(STATE == "LISTEN", given=(event_is(CRASH),))
    prop = replace(PROPERTIES["P-15"], parts=(part,))
    (found,) = explore_world(VARIANTS["three-way"].relation, CRASHES, [prop], variant="three-way").parts
    assert found.trace is not None
    assert found.trace.steps[-1].events[0].event == CRASH.name
    (failure,) = failures(found.trace, part)
    assert failure.values.startswith("STATE=")


# --- repairs ------------------------------------------------------------------------------------------------------


def holding(switches: list[Switch]) -> dict[str, bool | None]:
    return {switch.name: switch.holds for switch in switches}


def test_three_way_repairs_the_ghost_connection_and_order_in_the_network_does_not() -> None:
    found = holding(repairs(P_01, "two-way", REOPEN))
    assert found["variant three-way"] is True
    assert found["ISN policy const at both ends"] is False
    assert found["no duplicates"] is False
    assert found["a network that keeps order"] is False


def test_a_fresh_isn_repairs_three_way_with_a_constant_one() -> None:
    constant = REOPEN.with_isn(IsnPolicy("const"))
    found = holding(repairs(P_01, "three-way", constant))
    assert "variant three-way" not in found
    assert "ISN policy const at both ends" not in found
    assert found["ISN policy fresh at both ends"] is True
    assert found["no duplicates"] is False


def test_only_faults_that_the_world_has_are_switched_off() -> None:
    tried = holding(repairs(P_01, "two-way", replace(REOPEN, faults=Faults(losses=1))))
    assert "no losses" in tried
    assert not {"no duplicates", "no crashes", "no retransmissions", "no user timeouts"} & set(tried)


def test_what_is_tried_is_told_in_the_same_order_every_time() -> None:
    told: list[str] = []
    first = repairs(P_01, "two-way", TUTORIAL_WORLD, told.append)
    assert told == [switch.name for switch in first]
    assert first == repairs(P_01, "two-way", TUTORIAL_WORLD)


def test_the_report_says_what_repairs_and_what_does_not(capsys: pytest.CaptureFixture[str]) -> None:
    main(["verify", "--scenario", "tutorial", "--variant", "two-way", "--property", "P-01"])
    out = capsys.readouterr().out
    assert "It holds in this world with one switch: variant three-way" in out
    assert "It still fails with: ISN policy const at both ends." in out


# --- rules and properties -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("variant", VARIANTS)
def test_every_rule_stands_once_in_the_table(variant: str) -> None:
    table = show.rules(variant, [], not_modelled=False)
    ids = [rule.id for rule in VARIANTS[variant].relation.rules]
    assert sorted(re.findall(r"^([A-Z]+-\d+[a-z]*)$", table, re.MULTILINE)) == sorted(ids)


def test_some_rules_of_the_table(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rules", "L-3", "SS-5"]) == 0
    out = capsys.readouterr().out
    assert re.findall(r"^(\S+)$", out, re.MULTILINE) == ["L-3", "SS-5"]
    assert "  send    <SEQ=ISS><ACK=RCV.NXT><CTL=SYN,ACK>\n" in out


def test_what_is_not_modelled_is_listed_with_its_reason() -> None:
    text = show.rules("three-way", [], not_modelled=True)
    for section, what, reason in NOT_MODELLED:
        assert f"{section}: {what}\n    {reason}\n" in text


@pytest.mark.parametrize("prop", PROPERTIES)
def test_every_property_is_explained_in_full(prop: str) -> None:
    text = show.explain(prop.lower(), "three-way")
    about = PROPERTIES[prop]
    assert text.startswith(f"{prop}  {about.name}\n")
    assert about.cite in text
    assert " ".join(text.split()).count(about.sentence) == 1
    shown = text.count("    holds  ") + text.count("    then   ")
    assert shown == sum(len(part.holds) for part in about.parts)
    assert text.count("    under  ") == sum(len(part.fairness) for part in about.parts)
    assert text.count("    given  ") == sum(len(part.given) for part in about.parts)
    assert not [line for line in text.splitlines() if line != line.rstrip()]


@pytest.mark.parametrize("scenario", EXPECTED)
def test_a_property_names_where_it_is_not_expected_to_hold(scenario: str) -> None:
    text = " ".join(show.explain("P-01", "three-way").split())
    (listed,) = re.findall(rf"expected in {scenario} not to hold: (.*?)(?= expected in |$)", text)
    meant = [f"{key} {words['P-01']}" for key, words in EXPECTED[scenario].items() if "P-01" in words]
    assert listed.split(", ") == (meant or ["nothing"])


def test_a_rule_is_explained_with_the_place_where_it_is_written() -> None:
    for rule in VARIANTS["three-way"].relation.rules[::8]:
        text = show.explain(rule.id, "three-way")
        assert text.startswith(f"{rule.id}\n  title   {rule.title}\n")
        assert re.search(r"^  written  [a-z_/]+\.py:\d+$", text, re.MULTILINE)


def test_a_rule_names_the_variants_that_change_it() -> None:
    changed = re.search(r"changed in (.*)", show.explain("L-3", "three-way"))
    assert changed is not None
    assert changed[1].split(", ")[:2] == ["two-way", "two-way-strict"]
    assert "changed in" not in show.explain("C-1", "three-way")


def test_a_rule_of_a_variant_is_explained_there_only() -> None:
    assert "TIME-WAIT" in show.explain("R-6", "rfc1337")
    with pytest.raises(UsageError, match="'R-6' is neither a rule of three-way nor a property"):
        show.explain("R-6", "three-way")


# --- lists and patches --------------------------------------------------------------------------------------------


def test_everything_is_listed_by_name() -> None:
    text = show.listing()
    for name in (*SCENARIOS, *VARIANTS, *PROPERTIES, *(rule.id for rule in VARIANTS["three-way"].relation.rules)):
        assert re.search(rf"^  {re.escape(name)} ", text, re.MULTILINE), name


def test_the_patch_of_the_two_way_handshake(golden: Callable[[str, str], None]) -> None:
    golden("diff-three-way-two-way.txt", show.diff("three-way", "two-way"))


@pytest.mark.parametrize("variant", VARIANTS)
def test_a_patch_names_every_rule_that_differs(variant: str) -> None:
    text = show.diff("three-way", variant)
    ours, theirs = (VARIANTS[name].relation for name in ("three-way", variant))
    named = re.findall(r"^@@ (\S+) @@$", text, re.MULTILINE)
    assert set(named) == {change.id for change in ours.diff(theirs)}
    assert ("no rule differs" in text) == (not named)
    assert ("@@ ISN policy @@" in text) == (VARIANTS[variant].isn is not None)


def test_a_patch_the_other_way_round_has_its_signs_changed() -> None:
    swapped = str.maketrans("+-", "-+")
    there, back = show.diff("three-way", "rfc1337").splitlines()[2:], show.diff("rfc1337", "three-way").splitlines()[2:]
    signs = sorted(line[:1].translate(swapped) + line[1:] for line in back if line[:1] in "+-" and line)
    assert signs == sorted(line for line in there if line[:1] in "+-" and line)
