"""Relations are patched, never copied; a patch that means nothing is refused with the nearest name."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from functools import partial

import pytest

from spec.language import (
    SEG,
    Change,
    Event,
    Message,
    SpecError,
    Step,
    Variable,
    continue_at,
    nat_var,
    rules_of,
    seq_var,
)
from spec.tcp import TCP
from spec.vocabulary import (
    CLOSE,
    ISN,
    ISS,
    LISTEN_STEPS,
    OPEN,
    OTHER_STEPS,
    SND,
    STATE,
    SYN_SENT_STEPS,
    TcpRule,
)

CREDIT = nat_var("SND.CREDIT")
PROBE = Step(Event("PROBE", "call", "nowhere"), "PROBE", "PROBE", "nowhere")
# A good rule, of which a test changes the fields that it is about.
rule: Callable[..., TcpRule] = partial(
    TcpRule, id="X-1", title="A CLOSE does nothing.", cite="nowhere", on=CLOSE, state=("LISTEN",)
)


def refused(function: Callable[..., object], *arguments: object, **named: object) -> str:
    """Return the sentence with which a call is refused, without the rules' places."""
    with pytest.raises(SpecError) as error:
        function(*arguments, **named)
    return re.sub(r" \(\w+/\w+\.py:\d+\)", "", str(error.value))


# --- looking up ---------------------------------------------------------------------------------------------


def test_a_rule_and_an_event_are_found_by_name() -> None:
    assert TCP.rule("L-3").goto == "SYN-RECEIVED"
    assert TCP.event("OPEN") is OPEN.event


def test_an_unknown_name_is_refused_with_the_nearest_one() -> None:
    assert refused(TCP.rule, "A-33") == "three-way has no rule 'A-33'. Did you mean 'A-3'?"
    assert refused(TCP.rule, "nonsense") == "three-way has no rule 'nonsense'."
    assert refused(TCP.event, "OPNE") == "'OPNE' is not an event. Did you mean 'OPEN'?"
    assert refused(TCP.event, "retransmission_timeout").endswith("Did you mean 'RETRANSMISSION TIMEOUT'?")


def test_events_and_their_steps_come_in_order() -> None:
    assert [event.name for event in TCP.events][:3] == ["OPEN", "SEND", "RECEIVE"]
    arriving = TCP.steps_of(TCP.event("SEGMENT ARRIVES"))
    assert arriving.index(LISTEN_STEPS.RST) < arriving.index(LISTEN_STEPS.ACK) < arriving.index(LISTEN_STEPS.SYN)
    assert TCP.states[0] == "CLOSED"
    assert TCP.state.name == "STATE"


# --- patching -----------------------------------------------------------------------------------------------


def test_replace_changes_one_rule_and_leaves_the_old_relation_alone() -> None:
    patched = TCP.replace("L-3", goto="ESTABLISHED", cite="variant")
    assert (patched.rule("L-3").goto, patched.rule("L-3").cite) == ("ESTABLISHED", "variant")
    assert TCP.rule("L-3").goto == "SYN-RECEIVED"
    assert patched.rule("L-3").where == TCP.rule("L-3").where
    assert [r.id for r in patched.rules] == [r.id for r in TCP.rules]
    assert all(new is old for new, old in zip(patched.rules, TCP.rules, strict=True) if old.id != "L-3")


def test_replace_checks_what_it_makes() -> None:
    assert refused(TCP.replace, "L33", goto="CLOSED") == "three-way has no rule 'L33'. Did you mean 'L-3'?"
    assert refused(TCP.replace, "L-3", goto="ESTAB") == (
        "rule L-3: 'ESTAB' is not a TCP state. Did you mean 'ESTABLISHED'?"
    )
    assert refused(TCP.replace, "L-3", id="L-9") == ("rule L-3: an id cannot be replaced; use without() and add().")
    assert "not a tuple" in refused(TCP.replace, "L-3", when=TCP.rule("L-3").when[0])


def test_without_takes_rules_away() -> None:
    fewer = TCP.without("L-3", "L-4")
    assert {r.id for r in TCP.rules} - {r.id for r in fewer.rules} == {"L-3", "L-4"}
    assert refused(fewer.rule, "L-3").startswith("three-way has no rule 'L-3'.")
    assert refused(TCP.without, "L-3", "L-44") == "three-way has no rule 'L-44'. Did you mean 'L-4'?"


def test_add_brings_rules_with_the_variables_and_steps_that_they_need() -> None:
    probe = rule(id="X-1", on=PROBE, when=(CREDIT > 0,), then=(CREDIT.becomes(0),))
    more = TCP.add(
        probe,
        variables=(Variable(CREDIT, 2, "Something new."),),
        steps=(PROBE,),
        forget={"CLOSED": ("SND.CREDIT",), "SYN-SENT": ("SND.CREDIT",)},
    )
    assert more.rules[-1] is probe
    assert more.variables[-1].name == "SND.CREDIT"
    assert more.events[-1] == PROBE.event
    assert more.forget["CLOSED"] == (*TCP.forget["CLOSED"], "SND.CREDIT")
    assert more.forget["SYN-SENT"] == ("SND.CREDIT",)
    assert more.forget["LISTEN"] == TCP.forget["LISTEN"]


def test_add_brings_a_field_that_every_segment_carries() -> None:
    probe = rule(id="X-1", on=CLOSE, send=TCP.rule("A-2").send)
    more = TCP.add(probe, variables=(Variable(CREDIT, 2, "Something new."),), message={"CREDIT": CREDIT + 1})
    assert dict(more.message) == {**TCP.message, "CREDIT": CREDIT.sort}
    assert list(more.message)[-1] == "CREDIT"
    for new, old in zip(more.rules, (*TCP.rules, probe), strict=True):
        assert (new.id, new.where, len(new.send)) == (old.id, old.where, len(old.send))
        for sent, before in zip(new.send, old.send, strict=True):
            assert str(sent.fields["CREDIT"]) == "SND.CREDIT + 1"
            assert [sent.fields[name] for name in before.fields] == list(before.fields.values())
    assert more.replace("L-3", when=(nat_var("CREDIT", SEG) > 0,)).rule("L-3").reads >= {(SEG, "CREDIT")}


def test_what_an_addition_leaves_as_it_was_is_not_checked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    checked: list[str] = []
    monkeypatch.setattr(type(TCP), "_check_names", lambda _, rule: checked.append(rule.id))
    TCP.add(rule(id="X-9"))
    assert checked == ["X-9"]


def test_a_field_that_a_segment_has_is_not_added() -> None:
    assert refused(TCP.add, message={"WND": CREDIT}) == "message=: a segment has 'WND' already."


def test_a_diff_names_a_field_that_is_new() -> None:
    more = TCP.add(variables=(Variable(CREDIT, 2, "Something new."),), message={"CREDIT": CREDIT})
    declarations = TCP.diff(more)[0]
    assert declarations.id == "declarations"
    assert "field CREDIT (nat)" in declarations.new.splitlines()
    assert "field CREDIT (nat)" not in declarations.old.splitlines()


def test_named_is_the_start_of_a_variant() -> None:
    other = TCP.named("two-way", "Without the third segment.")
    assert (other.name, other.title, other.rules) == ("two-way", "Without the third segment.", TCP.rules)


def test_rules_of_joins_groups_in_order() -> None:
    first, second, third = TCP.rules[:3]
    assert rules_of((third,), (first, second)) == (third, first, second)


# --- what a relation refuses --------------------------------------------------------------------------------


def test_a_duplicate_id_is_refused() -> None:
    assert refused(TCP.add, TCP.rule("L-1")).startswith("rule id L-1 is used twice")


def test_a_wrong_state_is_refused() -> None:
    nearest = "is not a TCP state. Did you mean 'SYN-RECEIVED'?"
    assert refused(TCP.add, rule(state=("SYN_RCVD",))) == f"rule X-1: 'SYN_RCVD' {nearest}"
    assert refused(TCP.add, rule(goto="SYN-RECIEVED")) == f"rule X-1: 'SYN-RECIEVED' {nearest}"


def test_an_unknown_step_is_refused() -> None:
    assert refused(TCP.add, rule(on=PROBE)) == "rule X-1: step PROBE is not one of three-way's steps."


@pytest.mark.parametrize("step", [OTHER_STEPS.ACK, OTHER_STEPS.SYN, CLOSE])
def test_processing_continues_only_at_a_later_step_of_the_same_event(step: Step) -> None:
    stuck = rule(on=OTHER_STEPS.ACK, flow=continue_at(step))
    assert refused(TCP.add, stuck) == (
        f"rule X-1: continue_at({step}) must name a step of SEGMENT ARRIVES after {OTHER_STEPS.ACK}."
    )


def test_an_undeclared_variable_is_neither_assigned_nor_read() -> None:
    undeclared = "'SND.CREDIT' is not a declared variable."
    assert refused(TCP.add, rule(then=(CREDIT.becomes(1),))).startswith(f"rule X-1 assigns: {undeclared}")
    assert refused(TCP.add, rule(when=(CREDIT > 0,))).startswith(f"rule X-1 reads TCB: {undeclared}")
    assert refused(TCP.add, rule(when=(seq_var("SND.UNO") == ISS,))) == (
        "rule X-1 reads TCB: 'SND.UNO' is not a declared variable. Did you mean 'SND.UNA'?"
    )


def test_the_state_is_not_assigned() -> None:
    assert refused(TCP.add, rule(then=(STATE.becomes("CLOSED"),))) == "rule X-1 assigns STATE: write goto= instead."


@pytest.mark.parametrize("name", ["INC", "INDEX"])
def test_a_ghost_of_a_segment_is_not_read(name: str) -> None:
    told = nat_var(name, SEG)
    assert refused(TCP.add, rule(when=(told > 0,))).startswith(
        f"rule X-1 reads SEG: {name!r} is not a field of a segment."
    )


def test_a_segment_has_all_its_fields_in_order() -> None:
    short = Message({"SEQ": SND.NXT})
    assert refused(TCP.add, rule(send=(short,))) == (f"rule X-1 sends ['SEQ'], a segment has {list(TCP.message)}.")


def test_what_is_forgotten_is_declared() -> None:
    assert refused(replace, TCP, forget={"CLOSE": ()}) == (
        "forget=: 'CLOSE' is not a TCP state. Did you mean 'CLOSED'?"
    )
    assert refused(TCP.add, forget={"LISTEN": ("ISSS",)}) == (
        "forget= LISTEN: 'ISSS' is not a declared variable. Did you mean 'ISS'?"
    )


# --- comparing ----------------------------------------------------------------------------------------------


def test_a_relation_does_not_differ_from_itself() -> None:
    assert TCP.diff(TCP) == ()
    assert TCP.diff(TCP.named("another", "The same rules.")) == ()


def test_a_diff_names_rule_and_field_with_both_texts() -> None:
    patched = TCP.replace("L-3", goto="ESTABLISHED", then=(ISS.becomes(ISN),), send=())
    assert [(change.id, change.field) for change in TCP.diff(patched)] == [
        ("L-3", "then"), ("L-3", "send"), ("L-3", "goto"),
    ]  # fmt: skip
    assert TCP.diff(patched)[-1] == Change("L-3", "goto", "SYN-RECEIVED", "ESTABLISHED")
    assert patched.diff(TCP)[-1] == Change("L-3", "goto", "ESTABLISHED", "SYN-RECEIVED")
    assert TCP.diff(patched)[0].new == "ISS <- CALL.ISN"


def test_a_diff_shows_rules_added_and_removed_whole() -> None:
    removed, added = TCP.diff(TCP.without("SS-7").add(rule(on=SYN_SENT_STEPS.OTHER, state=("SYN-SENT",))))
    assert (removed.id, removed.field, removed.new) == ("SS-7", "", "")
    assert (added.id, added.field, added.old) == ("X-1", "", "")
    assert "state  SYN-SENT" in added.new
    assert "A segment with neither SYN nor RST" in removed.old
