"""Scripts: every kind of line is read as the RFCs mean it; a bad one is refused with line and column."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spec.environment import FIRST_ISN
from spec.figures import NAMES, figure, source
from spec.script import HEADINGS, Action, Row, Script, ScriptError, Shown, parse
from spec.variants import VARIANTS
from spec.vocabulary import WINDOW


def only(line: str) -> Row:
    """Return the one line of a script."""
    (row,) = parse(f"A figure\n{line}\n").rows
    return row


def way(row: Row) -> tuple[int, bool, bool, bool]:
    return row.sender, row.departs, row.arrives, row.lost


# --- lines that can be read ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arrows", "told"),
    {
        "--> {} -->": (0, True, True, False), "<-- {} <--": (1, True, True, False),
        "--> {} ...": (0, True, False, False), "... {} <--": (1, True, False, False),
        "... {} -->": (0, False, True, False), "<-- {} ...": (1, False, True, False),
        "--> {} x": (0, True, False, True), "x {} <--": (1, True, False, True),
        "--> {}": (0, True, False, False), "...{}-->": (0, False, True, False),
    }.items(),
)  # fmt: skip
def test_two_arrows_say_who_sends_and_what_becomes_of_it(arrows: str, told: tuple[int, bool, bool, bool]) -> None:
    assert way(only(f"2. CLOSED {arrows.format('<SEQ=100><CTL=SYN>')} LISTEN")) == told


def test_the_lines_of_figure_6() -> None:
    script = figure("9293-6")
    assert [(row.label, row.states) for row in script.rows] == [
        ("1", ("CLOSED", "LISTEN")),
        ("2", ("SYN-SENT", "SYN-RECEIVED")),
        ("3", ("ESTABLISHED", "SYN-RECEIVED")),
        ("4", ("ESTABLISHED", "ESTABLISHED")),
        ("5", ("ESTABLISHED", "ESTABLISHED")),
    ]
    shown = script.rows[2].segment
    assert shown is not None
    assert (shown.seq, shown.ack, shown.data) == (300, 101, 0)
    assert shown.controls == frozenset({"SYN", "ACK"})
    last = script.rows[4].segment
    assert last is not None
    assert last.data is None


def test_ends_can_be_named_instead_of_standing_in_columns() -> None:
    row = only("1. A SYN-SENT --> <SEQ=100><CTL=SYN> --> B SYN-RECEIVED")
    assert row.states == ("SYN-SENT", "SYN-RECEIVED")
    assert only("3. B (CRASH)").actions == (Action(1, "CRASH"),)
    assert only("3. B CLOSED").states == (None, "CLOSED")
    assert only("3. A (CLOSE) B (CLOSE)").actions == (Action(0, "CLOSE"), Action(1, "CLOSE"))


def test_two_states_beside_each_other_are_those_of_a_and_b() -> None:
    assert only("1. CLOSED LISTEN").states == ("CLOSED", "LISTEN")
    assert only(f"1.{' ' * 50}CLOSED  LISTEN").states == ("CLOSED", "LISTEN")


def test_a_lone_word_belongs_to_the_column_that_it_stands_in() -> None:
    text = "    TCP Peer A             TCP Peer B\n1.  CLOSED\n2.                         LISTEN\n"
    assert [row.states for row in parse(text).rows] == [("CLOSED", None), (None, "LISTEN")]


@pytest.mark.parametrize(
    ("comment", "action"),
    {
        "(OPEN)": Action(0, "OPEN", 0, active=True), "(OPEN passive)": Action(0, "OPEN"),
        "(active OPEN)": Action(0, "OPEN", 0, active=True), "(SEND 10)": Action(0, "SEND", 10),
        "(SEND)": Action(0, "SEND", 1), "(RECEIVE)": Action(0, "RECEIVE"), "(Close)": Action(0, "CLOSE"),
        "(send ABORT)": Action(0, "ABORT"), "(REBOOT)": Action(0, "CRASH"), "(2 MSL)": Action(0, "TIME-WAIT TIMEOUT"),
        "(retransmission)": Action(0, "RETRANSMISSION TIMEOUT"), "(USER TIMEOUT)": Action(0, "USER TIMEOUT"),
        "(SEGMENTIZE)": Action(0, "SEGMENTIZE"),
    }.items(),
)  # fmt: skip
def test_comments_say_what_an_end_does(comment: str, action: Action) -> None:
    assert only(f"2. {comment}").actions == (action,)


@pytest.mark.parametrize(
    "remark", ["(Abort!!)", "(ABORT!!)", "(??)", "(return to LISTEN!)", "(prematurely)", "(etc.!)"]
)
def test_other_comments_are_remarks(remark: str) -> None:
    row = only(f"2. {remark}")
    assert (row.actions, row.states) == ((), (None, None))


def test_figure_9_tells_numbers_and_a_crash() -> None:
    row = figure("9293-9").rows[0]
    assert row.actions == (Action(0, "CRASH"),)
    assert row.numbers == (None, (300, 100))


def test_a_duplicate_is_called_one() -> None:
    assert only("3. (duplicate) ... <SEQ=90><CTL=SYN> --> SYN-RECEIVED").duplicate
    assert only("3. (old dupl)...<SEQ=90><CTL=SYN> --> SYN-RECEIVED").duplicate
    assert not only("3. (delayed) ... <SEQ=90><CTL=SYN> --> SYN-RECEIVED").duplicate


def test_labels_are_those_of_the_rfcs() -> None:
    text = "5.1. CLOSED\n5.2 CLOSED\n7a. CLOSED\n8.a. CLOSED\n  b. CLOSED\n     CLOSED\n"
    assert [(row.label, row.number) for row in parse(text).rows] == [
        ("5.1", 5), ("5.2", 5), ("7a", 7), ("8.a", 8), ("8.b", 8), ("8.b", 8),
    ]  # fmt: skip


def test_a_call_alone_above_a_numbered_line_belongs_to_it() -> None:
    calls = [row.label for name in ("1337-1", "9293-12") for row in figure(name).rows if row.actions]
    assert calls == ["2", "4", "2", "4", "6"]


def test_lines_without_numbers_have_those_of_the_file() -> None:
    text = "My figure\nvariant three-way\n\nCLOSED --> <SEQ=1><CTL=SYN> --> LISTEN\n\n(CLOSE)\n"
    assert [(row.label, row.number, row.where) for row in parse(text).rows] == [("4", 4, 4), ("6", 6, 6)]


def test_states_may_be_abbreviated_as_in_rfc_1337_and_rfc_5961() -> None:
    row = only("1. ESTABL. --> <SEQ=1><CTL=SYN> --> SYN-RCVD")
    assert row.states == ("ESTABLISHED", "SYN-RECEIVED")
    assert only("1. ESTAB ????").states == ("ESTABLISHED", None)


def test_letters_stand_for_numbers_of_the_end_whose_they_are() -> None:
    script = figure("9293-11")
    segments = [row.segment for row in script.rows if row.segment is not None]
    letters = dict(script.symbols)
    assert letters["Z"] == FIRST_ISN[0]
    assert [(s.seq, s.ack) for s in segments] == [
        (letters["Z"], None), (letters["X"], letters["Z"] + 1), (letters["Z"] + 1, None),
    ]  # fmt: skip


def test_an_ack_field_counts_with_the_ack_bit_or_without_any_bits() -> None:
    def acknowledges(text: str) -> bool:
        row = only(f"1. --> {text} -->")
        return row.segment is not None and row.segment.acknowledges()

    assert acknowledges("<SEQ=255><ACK=33>")
    assert acknowledges("<SEQ=1><ACK=2><CTL=SYN,ACK>")
    assert not acknowledges("<SEQ=400><ACK=0><CTL=RST>")
    assert not acknowledges("<SEQ=400><CTL=RST>")


def test_text_of_unknown_length_reaches_up_to_the_next_number() -> None:
    script = figure("5961-1")
    lengths = [script.octets(row) for row in script.rows if row.segment is not None and row.segment.data is None]
    assert lengths == [100, 100, 100]
    assert figure("9293-6").octets(figure("9293-6").rows[4]) == 1


def test_headings_and_what_they_are_without() -> None:
    script = parse(
        "T\nid x-1\ncite RFC 1\nshows That.\nnote One.\nnote Two.\nvariant two-way\nwindow 9\nlistens B\n1. CLOSED\n"
    )
    assert script == Script(
        "T", (Row(10, "1", 1, ("CLOSED", None)),), "x-1",
        "RFC 1", "That.", ("One.", "Two."), "two-way", 9, (False, True)
    )  # fmt: skip
    bare = parse("1. CLOSED\n")
    assert (bare.title, bare.variant, bare.window, bare.listens) == ("", "three-way", WINDOW, (False, False))


def test_the_window_is_as_wide_as_the_text_needs() -> None:
    assert parse("1. --> <SEQ=1><DATA=70><CTL=ACK> -->\n").window == 70
    assert parse("1. --> <SEQ=1><DATA=1><CTL=ACK> -->\n").window == WINDOW
    assert parse("window 5\n1. --> <SEQ=1><DATA=70><CTL=ACK> -->\n").window == 5


def test_hash_lines_and_dashes_are_passed_over() -> None:
    assert len(parse("# remark\nT\n1. CLOSED\n - - - - -\n# remark\n2. LISTEN\n").rows) == 2


def test_the_last_states_are_those_told_last() -> None:
    assert figure("9293-6").last_states() == ("ESTABLISHED", "ESTABLISHED")
    assert figure("9293-9").last_states() == ("SYN-SENT", None)  # the last SYN arrives, and nothing is told of it
    assert figure("9293-13").last_states() == ("CLOSED", "CLOSED")


# --- the RFCs' figures --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
def test_every_figure_says_what_it_is(name: str) -> None:
    script = figure(name)
    assert script.id == name
    assert script.cite.startswith(f"RFC {name.partition('-')[0]} §")
    assert script.title
    assert script.shows.endswith(".")
    assert script.variant in VARIANTS
    assert "accepted" not in source(name)
    assert "refused" not in source(name)


def test_a_figure_that_is_none_is_a_key_error() -> None:
    with pytest.raises(KeyError):
        figure("../../pyproject")


# --- lines that cannot be read ------------------------------------------------------------------------------------

BAD = {
    "": (1, 1, "expected lines as those of RFC 9293, Figure 6"),
    "T\nvariant three-way\n": (2, 1, "expected lines as those"),
    "T\nvarient three-way\n1. CLOSED": (2, 1, "Did you mean 'variant'?"),
    "T\nvariant\n1. CLOSED": (2, 9, "expected after variant"),
    "T\nwindow wide\n1. CLOSED": (2, 8, "a number from 1 to 65535"),
    "T\nwindow 70000\n1. CLOSED": (2, 8, "a number from 1 to 65535"),
    "T\nwindow ²\n1. CLOSED": (2, 8, "a number from 1 to 65535"),
    "T\nlistens C\n1. CLOSED": (2, 9, "A or B"),
    "T\nid a\nid b\n1. CLOSED": (3, 1, "expected id once"),
    "T\n1. CLOSED LISTNE": (2, 11, "not 'LISTNE'. Did you mean 'LISTEN'?"),
    "T\n1. A CLOSED LISTEN": (2, 13, "expected one state of TCP Peer A"),
    "T\n1. (CLOSE": (2, 4, "( and ) come in pairs"),
    "T\n1. CLOSED <SEQ=1> -->": (2, 11, "expected an arrow before the segment"),
    "T\n1. --> <SEQ=1> <--": (2, 4, "--> <-- is no way for a segment"),
    "T\n1. ... <SEQ=1> ...": (2, 4, "... ... is no way for a segment"),
    "T\n1. --> <SEQ=1><ACK101><CTL=ACK> -->": (2, 16, "not <ACK101>"),
    "T\n1. --> <SEQ=1><FOO=2> -->": (2, 16, "expected one of <SEQ=..>"),
    "T\n1. --> <SEQ=one> -->": (2, 13, "expected a number, or a letter as Z or Z+1, not 'one'"),
    "T\n1. --> <SEQ=4294967296> -->": (2, 13, "a number of 32 bits"),
    "T\n1. --> <SEQ=1><SEQ=2> -->": (2, 16, "expected SEQ once"),
    "T\n1. --> <SEQ=1><CTL=SIN> -->": (2, 20, "not 'SIN'"),
    "T\n1. --> <SEQ=1><DATA=Z> -->": (2, 21, "expected DATA= and a number"),
    "T\n1. --> <SEQ=1<CTL=SYN> -->": (2, 14, "expected > before the next field"),
    "T\n1. --> <SEQ=1": (2, 14, "expected > at the end"),
    "T\n1. (send 4294967296, receive 1)": (2, 4, "32 bits"),
}


@pytest.mark.parametrize("text", BAD)
def test_what_cannot_be_read_is_refused_with_line_and_column(text: str) -> None:
    line, column, words = BAD[text]
    with pytest.raises(ScriptError) as caught:
        parse(text, "file.txt")
    assert (caught.value.line, caught.value.column) == (line, column)
    assert str(caught.value).startswith(f"file.txt:{line}:{column}: ")
    assert words in str(caught.value)


_PIECES = st.sampled_from(
    [*HEADINGS, "1.", "2a.", " b.", "A", "B", "CLOSED", "LISTEN", "ESTABL.", "????", "(CLOSE)", "(SEND 3)", "(", ")",
     "-->", "<--", "...", "x", "<SEQ=1>", "<SEQ=Z+1>", "<ACK=2>", "<CTL=SYN,ACK>", "<DATA>", "<DATA=3>", "<", ">", "=",
     "<W=9>", "\n", "\n", "   ", "TCP Peer A    TCP Peer B", "(send 1,receive 2)", "\t", "\x00", "é", "99999999999"]
)  # fmt: skip


@settings(deadline=None, max_examples=400)
@given(st.one_of(st.text(max_size=80), st.lists(_PIECES, max_size=30).map(" ".join)))
def test_whatever_is_written_it_is_a_script_or_a_place_in_it(text: str) -> None:
    script = refusal = None
    try:
        script = parse(text)
    except ScriptError as error:
        refusal = error
    if refusal is not None:
        assert 1 <= refusal.line <= max(len(text.splitlines()), 1)
        assert refusal.column >= 1
        assert str(refusal).endswith(("?", "."))
    assert script is None or (script.rows and all(isinstance(row.segment, Shown | None) for row in script.rows))


def test_a_script_error_needs_no_place() -> None:
    assert str(ScriptError("expected.")) == "expected."
