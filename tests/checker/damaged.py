"""Saved runs, and what is wrong with each of many damaged ones: text, and words of the sentence that refuses it."""

from __future__ import annotations

import json
from collections.abc import Callable
from copy import deepcopy
from typing import Any

from checker.itf import dumps, to_itf
from tests.checker.runs import ghost_connection, open_and_close, timed, war

GHOST, CLOSED_BY_HAND = ghost_connection(), open_and_close().trace()
TIMED, WAR = timed().trace(), war()
DATA = to_itf(GHOST)
Json = Any


def changed(*path: Any, to: Any, of: Json = DATA) -> Callable[[], str]:
    """Return what makes the text of GHOST (or another trace's data) with the value at a path replaced."""

    def text() -> str:
        data = deepcopy(of)
        place = data
        for key in path[:-1]:
            place = place[key]
        place[path[-1]] = to
        return json.dumps(data)

    return text


def without(*path: Any, of: Json = DATA) -> Callable[[], str]:
    """Return what makes the text of GHOST (or another trace's data) without the entry at a path."""

    def text() -> str:
        data = deepcopy(of)
        place = data
        for key in path[:-1]:
            place = place[key]
        del place[path[-1]]
        return json.dumps(data)

    return text


OURS = ("#meta", "synproof")
FIRST = (*OURS, "steps", 0, "events", 0)
DAMAGED: dict[str, tuple[str | Callable[[], str], str]] = {
    "empty": ("", "is not JSON"),
    "words": ("once upon a time", "is not JSON"),
    "truncated": (dumps(GHOST)[:2000], "is not JSON"),
    "too deep": ("[" * 100_000, "is not JSON"),
    "a number of thousands of digits": ("9" * 5000, "is not JSON"),
    "a number": ("1", "is not a trace of ours"),
    "null": ("null", "is not a trace of ours"),
    "a list": ("[]", "is not a trace of ours"),
    "a string": ('"synproof"', "is not a trace of ours"),
    "another object": ('{"a": 1}', "is not a trace of ours"),
    "an ITF trace of another tool": (
        '{"#meta": {"format": "ITF"}, "vars": [], "states": []}',
        "is not a trace of ours",
    ),
    "an entry of another kind": (changed(*OURS, to=[]), "is not a trace of ours"),
    "another format": (changed(*OURS, "schema", to=2), "has trace format 2, this program reads format 1"),
    "an unknown variant": (
        changed(*OURS, "variant", to="tow-way"),
        "variant 'tow-way', which does not exist here. Did you mean 'two-way'?",
    ),
    "other rules": (changed(*OURS, "rules", to="0" * 16), r"made with other rules of two-way \(digest '0+', now "),
    "rules on two lines": (changed(*OURS, "rules", to="a\nb"), r"made with other rules of two-way \(digest 'a\\nb'"),
    "rules of another variant": (changed(*OURS, "variant", to="three-way"), "made with other rules of three-way"),
    "rules of no kind": (changed(*OURS, "rules", to=None), "made with other rules"),
    "no states": (without("states"), "is damaged: KeyError: 'states'"),
    "no vars": (without("vars"), "is damaged: KeyError: 'vars'"),
    "a state too few": (without("states", 1), "what it says of its steps and what it says of its states differ"),
    "a state changed": (changed("states", 1, "A", "ISS", to=5), "what it says of its states differ"),
    "vars changed": (changed("vars", to=["A"]), "what it says of its states differ"),
    "one end": (changed(*OURS, "initial", to=DATA["#meta"]["synproof"]["initial"][:1]), "is damaged: ValueError"),
    "three ends": (changed(*OURS, "steps", 0, "end", to=2), "is damaged: ValueError: 2 is not an end"),
    "an end by name": (changed(*OURS, "steps", 0, "end", to="A"), "is damaged: ValueError: 'A' is not an end"),
    "steps by name": (changed(*OURS, "steps", to={"one": 1}), "is damaged: TypeError"),
    "a step of no kind": (changed(*OURS, "steps", 0, to=None), "is damaged: TypeError"),
    "events of no kind": (changed(*OURS, "steps", 0, "events", to=7), "is damaged: TypeError"),
    "a segment that is nowhere": (changed(*OURS, "steps", 3, "segment", to=9), "damaged|does not replay"),
    "a segment by name": (changed(*OURS, "steps", 3, "segment", to="0"), "damaged|does not replay"),
    "a segment that no step sends": (changed(*FIRST, "sent", to=[]), "not those that the steps send"),
    "segments of no kind": (changed(*OURS, "segments", to=3), "is damaged: TypeError"),
    "no TCB": (changed(*FIRST, "tcb", to={}), "is damaged: KeyError"),
    "a TCB without a variable": (without(*FIRST, "tcb", "SND.NXT"), "is damaged: KeyError: 'SND.NXT'"),
    "a TCB with a variable too many": (changed(*FIRST, "tcb", "SND.OOPS", to=1), "is damaged"),
    "a ghost missing": (without(*FIRST, "ghosts", "INC"), "is damaged: KeyError: 'INC'"),
    "a ghost that begins elsewhere": (changed(*OURS, "initial", 0, 1, "INC", to=3), "begin with its initial value"),
    "a call without ISN": (without(*FIRST, "call", "ISN"), "is damaged: KeyError: 'ISN'"),
    "a call with more": (changed(*FIRST, "call", "MORE", to=1), "is damaged"),
    "a field of a segment missing": (without(*OURS, "segments", 0, "fields", "SEQ"), "is damaged: KeyError: 'SEQ'"),
    "a segment without its ghosts": (changed(*OURS, "segments", 0, "ghosts", to={}), "is damaged"),
    "a part by name": (changed(*OURS, "part", to="first"), "is damaged: ValueError"),
    "a part too many": (changed(*OURS, "part", to=1), "is about 'P-01' part 1, which does not exist here"),
    "a negative part": (changed(*OURS, "part", to=-1), "is about 'P-01' part -1, which does not exist here"),
    "another property": (changed(*OURS, "property", to="P-77"), "is about 'P-77' part 0, which does not exist here"),
    "a property of two lines": (changed(*OURS, "property", to="P\n7"), r"is about 'P\\n7' part 0"),
    "a claim that no run can show": (changed(*OURS, "property", to="P-42"), "does not show what is wrong by P-42"),
    "an infinite step": (changed(*OURS, "segments", 0, "step", to=float("inf")), "is damaged: OverflowError"),
    "a step that is no number": (changed(*OURS, "segments", 0, "step", to=float("nan")), "is damaged: ValueError"),
    "no world": (without(*OURS, "world"), "is damaged: KeyError: 'world'"),
    "a world of no kind": (changed(*OURS, "world", to=[]), "is damaged: TypeError"),
    "a world without users": (changed(*OURS, "world", "users", to=[]), "is damaged: ValueError"),
    "a network that does not exist": (changed(*OURS, "world", "network", "kind", to="ring"), "is damaged: ValueError"),
    "a capacity of no kind": (changed(*OURS, "world", "network", "capacity", to="4"), "is damaged: TypeError"),
    "a fault that does not exist": (changed(*OURS, "world", "faults", "floods", to=1), "is damaged: TypeError"),
    "a call that does not exist": (
        changed(*OURS, "world", "users", 0, "calls", 0, "step", to="PANIC"),
        "is damaged: KeyError: 'PANIC'",
    ),
    "losses of no kind": (
        changed(*OURS, "world", "faults", "losses", to="many"),
        "a bound of the world is not a number",
    ),
    "calls of no kind": (
        changed(*OURS, "world", "users", 0, "calls", 0, "times", to=[]),
        "a bound of the world is not a number",
    ),
    "no bits": (changed(*OURS, "world", "seq_bits", to=0), "sequence numbers cannot have 0 bits"),
    "too many bits": (changed(*OURS, "world", "seq_bits", to=10**15), "sequence numbers cannot have 10+ bits"),
    "bits as text": (changed(*OURS, "world", "seq_bits", to="32"), "is damaged"),
    "an ISN policy that does not exist": (
        changed(*OURS, "world", "isn", 0, "kind", to="lucky"),
        "does not replay: step 1 of 4: 'lucky'",
    ),
}


def blind() -> str:
    """Return the text of GHOST as if the explorer had not kept the ghosts that P-01 reads."""
    data = deepcopy(DATA)
    ours = data["#meta"]["synproof"]
    records = [ghosts for _, ghosts in ours["initial"]]
    records += [event["ghosts"] for step in ours["steps"] for event in step["events"]]
    for record in records:
        record.clear()
    return json.dumps(data)


LASSO, CLOCK = to_itf(WAR), to_itf(TIMED)
WORLD = (*OURS, "world")
DIFFER = "what it says of its steps and what it says of its states differ"


def looped(index: Any) -> Callable[[], str]:
    """Return what makes the text of WAR as if it went back to another step, in both places that say so."""

    def text() -> str:
        data = deepcopy(LASSO)
        data["loop"] = data["#meta"]["synproof"]["loop"] = index
        return json.dumps(data)

    return text


DAMAGED |= {
    "a loop that closes elsewhere": (looped(12), "does not replay: .* the loop does not come back to its start"),
    "a loop of the whole run": (looped(0), "does not replay: .* the loop does not come back to its start"),
    "a loop of nothing": (looped(15), "does not replay: .* the run has no cycle"),
    "no loop": (looped(None), "is damaged: .* differ|does not replay: .* has a loop"),
    "a loop beyond the end": (looped(16), "is damaged: ValueError: the run cannot go back to step 16"),
    "a loop before the start": (looped(-1), "is damaged: ValueError: the run cannot go back to step -1"),
    "a loop by name": (looped("13"), "is damaged: ValueError: the run cannot go back to step '13'"),
    "a loop of a half": (looped(13.5), r"is damaged: ValueError: the run cannot go back to step 13\.5"),
    "a loop of no kind": (looped([13]), r"is damaged: ValueError: the run cannot go back to step \[13\]"),
    "a loop that is true": (looped(True), "is damaged: ValueError: the run cannot go back to step True"),
    "a loop for viewers alone": (changed("loop", to=12, of=LASSO), DIFFER),
    "a loop that viewers do not see": (without("loop", of=LASSO), DIFFER),
    "a loop that only viewers see": (changed("loop", to=2), DIFFER),
    "nothing said of a loop": (without(*OURS, "loop", of=LASSO), "is damaged: KeyError: 'loop'"),
    "a lasso of a finite property": (
        changed(*OURS, "property", to="P-01", of=LASSO),
        "it says nothing of|has a loop, and no other has one",
    ),
    "a tick at one end": (changed(*OURS, "steps", 23, "end", to=1, of=CLOCK), DIFFER),
    "a life that never ends": (changed(*WORLD, "network", "lifetime", to=None, of=CLOCK), "is damaged: ValueError"),
    "a longer life": (changed(*WORLD, "network", "lifetime", to=3, of=CLOCK), DIFFER),
    "a life of no kind": (changed(*WORLD, "network", "lifetime", to="2", of=CLOCK), "is damaged: TypeError"),
    "half a tick": (
        changed(*WORLD, "network", "lifetime", to=2.5, of=CLOCK),
        "is damaged: ValueError: a bound of the world is not a number",
    ),
    "a TIME-WAIT by halves": (
        changed(*WORLD, "time_wait", "msls", to=1.5, of=CLOCK),
        "is damaged: ValueError: a bound of the world is not a number",
    ),
    "a TIME-WAIT of no reading": (
        changed(*WORLD, "time_wait", "rearm", to="often", of=CLOCK),
        "is damaged: ValueError",
    ),
    "another reading of TIME-WAIT": (
        changed(*WORLD, "time_wait", "rearm", to="letter", of=CLOCK),
        "does not replay: step 24 of 26: a TIME-WAIT is over and has to end before time goes on",
    ),
    "a shorter TIME-WAIT": (
        changed(*WORLD, "time_wait", "msls", to=1, of=CLOCK),
        "does not replay: step 24 of 26: a TIME-WAIT is over and has to end before time goes on",
    ),
    "no TIME-WAIT": (without(*WORLD, "time_wait", of=CLOCK), "is damaged: KeyError: 'time_wait'"),
    "an attacker that does not exist": (changed(*WORLD, "attacker", "kind", to="mallory", of=CLOCK), "is damaged"),
    "another attacker": (
        changed(*WORLD, "attacker", "kind", to="blind", of=CLOCK),
        "does not replay: step 20 of 26: the attacker cannot form this segment",
    ),
    "an attacker without a budget": (
        changed(*WORLD, "attacker", "injections", to=0, of=CLOCK),
        "does not replay: step 20 of 26: no injection is left in the budget of 0",
    ),
    "an attacker with a budget of no kind": (
        changed(*WORLD, "attacker", "injections", to="1", of=CLOCK),
        DIFFER,
    ),
    "a victim that does not exist": (
        changed(*WORLD, "attacker", "victims", to=[0, 2], of=CLOCK),
        "is damaged: ValueError: 2 is not an end",
    ),
    "nobody's attack": (
        changed(*WORLD, "attacker", to=None, of=CLOCK),
        "does not replay: step 20 of 26: there is no attacker that forges segments",
    ),
    "an end that does not exist crashes": (
        changed(*WORLD, "faults", "crashing", to=[7], of=CLOCK),
        "is damaged: ValueError: 7 is not an end",
    ),
    "a forged segment with a sender": (changed(*OURS, "segments", 11, "sender", to=1, of=CLOCK), "does not replay"),
    "a sender that does not exist": (changed(*OURS, "segments", 11, "sender", to=3, of=CLOCK), "3 is not an end"),
    "a forged segment of an incarnation": (
        changed(*OURS, "segments", 11, "ghosts", "INC", to=7, of=CLOCK),
        "does not replay: step 20 of 26: a forged segment belongs to no incarnation",
    ),
}
DAMAGED["nothing of the ghosts"] = (blind, "it says nothing of ENDED, HIST, INC, PINC, which P-01 reads")
