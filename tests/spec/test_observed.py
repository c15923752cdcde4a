"""What is said of users' sights fits the relation."""

from __future__ import annotations

from spec.observed import SEEN_CALLS, SEEN_STATES, SIGHTS, call_seen
from spec.tcp import TCP
from spec.vocabulary import STATES


def test_every_user_call_is_seen() -> None:
    assert set(SEEN_CALLS) == {event.name for event in TCP.events if event.kind == "call"}


def test_every_sight_is_of_a_signal_that_rules_give() -> None:
    assert set(SIGHTS) <= {rule.signal for rule in TCP.rules}
    assert set(SEEN_STATES) <= set(STATES)
    for sight in SIGHTS.values():
        assert sight.says.endswith(".")


def test_a_call_is_seen_with_its_arguments() -> None:
    call = {"ISN": 100, "OCTETS": 2, "ACTIVE": False, "REMOTE": False}
    assert call_seen(0, "SEND", call) == "A calls SEND without remote socket 2"
    assert call_seen(1, "OPEN", {**call, "ACTIVE": True, "REMOTE": True, "OCTETS": 0}, "ok") == (
        'B calls OPEN active, which returns "ok"'
    )
