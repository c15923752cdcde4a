"""Profiles: whose relation each name means, and what makes one like a system."""

from __future__ import annotations

import pytest

from spec.digest import digest
from spec.variants import VARIANTS
from tests.spec.variants.peers import connected

SAME = {
    "rfc9293": "rfc1122",
    "rfc9293+5961": "three-way",
    "rfc9293+1337": "rfc1337",
    "rfc9293+5961+1337": "rfc9293+1337",
    "bsd-like": "bsd-resync",
}


@pytest.mark.parametrize("name", SAME)
def test_two_names_of_one_relation(name: str) -> None:
    assert digest(VARIANTS[name].relation) == digest(VARIANTS[SAME[name]].relation)
    assert VARIANTS[name].relation.diff(VARIANTS[SAME[name]].relation) == ()


@pytest.mark.parametrize("name", ["rfc9293", "rfc9293+5961", "rfc9293+5961+1337", "bsd-like"])
def test_a_title_says_whose_relation_it_is(name: str) -> None:
    assert SAME[name] in VARIANTS[name].title


@pytest.mark.parametrize(
    ("segment", "answer", "state"),
    [
        ("<SEQ=301><ACK=102><CTL=FIN,ACK>", ["<SEQ=102><ACK=302><CTL=ACK>"], "TIME-WAIT"),
        ("<SEQ=302><ACK=102><CTL=ACK>", [], "TIME-WAIT"),
        ("<SEQ=302><CTL=RST>", [], "CLOSED"),
        ("<SEQ=303><CTL=SYN>", ["<SEQ=400><ACK=304><CTL=SYN,ACK>"], "SYN-RECEIVED"),
        ("<SEQ=302><CTL=SYN>", ["<SEQ=102><ACK=302><CTL=ACK>"], "TIME-WAIT"),
    ],
)
def test_time_wait_in_linux(segment: str, answer: list[str], state: str) -> None:
    end = connected("linux-like", "TIME-WAIT")
    assert end.get(segment) == answer
    assert end.state == state


def test_linux_has_its_own_sequence_check_before_time_wait() -> None:
    changed = {change.id for change in VARIANTS["three-way"].relation.diff(VARIANTS["linux-like"].relation)}
    parts = ("seqcheck-linux", "time-wait-reuse")
    each = [{c.id for c in VARIANTS["three-way"].relation.diff(VARIANTS[part].relation)} for part in parts]
    assert changed == each[0] | each[1]
