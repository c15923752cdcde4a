"""A rule that means nothing is refused while it is being written down."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pytest

from spec.language import GHOST, SEG, SENT, Rule, SpecError, before, bool_var, nat_var, seq_var
from spec.language.beside import after, arrived, assigned, event_is, every_sent, fired, peer, some_sent
from spec.vocabulary import ACK, CLOSE, CLOSE_QUEUED, ISN, ISS, OPEN, RCV, SND, STATE, SYN, has, segment

# A good rule, of which a test changes the fields that it is about.
rule: Callable[..., Rule[str]] = partial(
    Rule, id="X-1", title="A CLOSE does nothing.", cite="nowhere", on=CLOSE, state=("LISTEN",)
)
HISTORY = nat_var("HISTORY", GHOST)
SENT_SEQ = seq_var("SEQ", SENT)


def refused(**fields: object) -> str:
    """Return the sentence with which the rule with these fields is refused, without the place."""
    with pytest.raises(SpecError) as error:
        rule(**fields)
    head, _, sentence = str(error.value).partition("): ")
    assert head.startswith(f"rule {fields.get('id', 'X-1')} (language/test_rules.py:")
    return sentence


def test_what_a_rule_does_not_say_has_no_effect() -> None:
    plain = rule()
    assert (plain.when, plain.then, plain.send, plain.goto, plain.signal) == ((), (), (), None, None)
    assert (plain.flow.word, plain.steps) == ("return", (CLOSE,))
    assert rule(on=(OPEN, CLOSE)).steps == (OPEN, CLOSE)


def test_a_rule_knows_where_it_was_written() -> None:
    folder_and_file, line = rule().where.split(":")
    assert folder_and_file == "language/test_rules.py"
    assert int(line) > 1


def test_a_rule_knows_what_it_reads() -> None:
    reader = rule(
        when=(has(SYN), SND.UNA != ISS),
        then=(ISS.becomes(ISN),),
        send=segment(SEQ=before(SND.NXT), ACK=RCV.NXT, CTL=ACK),
    )
    names = {("SEG", "SYN bit"), ("CALL", "ISN")} | {
        ("TCB", name) for name in ("SND.UNA", "ISS", "SND.NXT", "RCV.NXT", "RCV.WND")
    }
    assert reader.reads == names


@pytest.mark.parametrize("name", ["id", "title", "cite"])
@pytest.mark.parametrize("empty", ["", " ", None])
def test_a_rule_has_an_id_a_title_and_a_source(name: str, empty: object) -> None:
    assert refused(**{name: empty}) == f"{name}= must be a non-empty string."


@pytest.mark.parametrize(
    ("name", "alone", "shown"),
    [
        ("state", "LISTEN", "LISTEN"),
        ("when", has(SYN), "SYN in SEG.CTL"),
        ("then", ISS.becomes(ISN), "ISS <- CALL.ISN"),
        ("send", None, "None"),
    ],
)
def test_a_single_member_needs_its_comma(name: str, alone: object, shown: str) -> None:
    assert (
        refused(**{name: alone}) == f"{name}= is '{shown}', not a tuple: write {name}=(x,), with a comma even for one."
    )


@pytest.mark.parametrize("name", ["state", "on"])
def test_a_rule_needs_a_state_and_a_step(name: str) -> None:
    assert refused(**{name: ()}) == "state= and on= each need at least one member."


def test_members_of_the_wrong_kind_are_refused() -> None:
    assert refused(when=(SND.UNA,)) == ("when= holds 'SND.UNA', which is not a condition: compare it with something.")
    assert refused(then=(has(SYN),)) == "then= holds 'SYN in SEG.CTL': write variable.becomes(value)."
    two = segment(SEQ=ISS, CTL=SYN)
    assert refused(send=(two, two)).endswith("not a segment: write segment(...) + segment(...) for two.")


def test_assigning_twice_is_refused() -> None:
    twice = (ISS.becomes(ISN), RCV.NXT.becomes(ISN), ISS.becomes(ISN + 1))
    assert refused(then=twice) == "ISS is assigned twice: all updates are simultaneous, keep one."


def test_a_rule_neither_reads_nor_writes_a_ghost() -> None:
    reads = "a ghost: rules read the TCB, the segment and the call only."
    assert refused(when=(HISTORY > 0,)) == f"when= reads HISTORY, {reads}"
    assert refused(then=(SND.QUEUED.becomes(HISTORY + 1),)) == f"then= reads HISTORY, {reads}"
    assert (
        refused(send=segment(SEQ=SND.NXT, ACK=RCV.NXT, CTL=ACK, DATA=HISTORY)) == f"send= DATA reads HISTORY, {reads}"
    )
    assert refused(then=(HISTORY.becomes(0),)) == (
        "HISTORY is a ghost: ghosts are written beside the relation, never by a rule."
    )


def test_a_rule_does_not_read_what_it_sends() -> None:
    assert refused(when=(SENT_SEQ == ISS,)) == (
        "when= reads SENT.SEQ, a SENT variable: rules read the TCB, the segment and the call only."
    )


BESIDE = {
    "after": after(CLOSE_QUEUED),
    "peer": peer(CLOSE_QUEUED),
    "event": event_is(OPEN),
    "fired": fired("A-1"),
    "assigned": assigned(ISS),
    "arrived": arrived(),
    "some_sent": some_sent(bool_var("SYN bit", SEG)),
    "every_sent": every_sent(bool_var("SYN bit", SEG)),
    "before": before(CLOSE_QUEUED),
}


@pytest.mark.parametrize("word", BESIDE)
def test_what_is_said_beside_the_relation_means_nothing_in_a_rule(word: str) -> None:
    assert refused(when=(BESIDE[word],)) == f"when= uses {word}(...), which has no meaning there."
    assert refused(then=(CLOSE_QUEUED.becomes(BESIDE[word]),)) == f"then= uses {word}(...), which has no meaning there."


def test_only_what_is_sent_may_read_the_state_before() -> None:
    sent = rule(send=segment(SEQ=before(SND.NXT), CTL=SYN)).send
    assert str(sent[0].fields["SEQ"]) == "before(SND.NXT)"
    late = segment(SEQ=after(SND.NXT), CTL=SYN)
    assert refused(send=late) == "send= SEQ uses after(...), which has no meaning there."


@pytest.mark.parametrize("name", ["id", "when", "goto"])
def test_a_rule_is_frozen(name: str) -> None:
    with pytest.raises(AttributeError):
        setattr(rule(), name, "another")


def test_the_state_may_be_read() -> None:
    assert rule(when=(STATE == "LISTEN",)).reads == {("TCB", "STATE")}
