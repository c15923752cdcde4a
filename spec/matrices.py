"""Tables that `verify` prints beside its verdicts: one property asked again in a row of worlds, cell by cell.

Each cell says what it expects; the words are computed like any other verdict.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from spec.attackers import BLIND, ON_PATH, Attacker
from spec.environment import Faults, IsnPolicy, World
from spec.network import FIFO, Network
from spec.parametric_worlds import MSL, last_ack, restart, stale_syn
from spec.scenarios import UNDER_ATTACK, WRAP
from spec.time_wait import REARMS, TimeWait
from spec.words import FAILS, HOLDS, VACUOUS


@dataclass(frozen=True)
class Cell:
    """One question: a property (its id) of a variant in a world, and the word expected."""

    about: str
    variant: str
    world: World
    expected: str


@dataclass(frozen=True)
class Matrix:
    """A table of cells, about a property. Rows and columns are in the order of `cells`."""

    id: str
    title: str
    about: str
    head: str
    cells: Mapping[tuple[str, str], Cell]

    @property
    def rows(self) -> tuple[str, ...]:
        """The labels of the rows."""
        return tuple(dict.fromkeys(row for row, _ in self.cells))

    @property
    def columns(self) -> tuple[str, ...]:
        """The labels of the columns."""
        return tuple(dict.fromkeys(column for _, column in self.cells))


# --- P-01 by the server's ISN policy --------------------------------------------------------------------------

POLICIES = (IsnPolicy("const"), *(IsnPolicy("clock", step) for step in range(1, 6)), IsnPolicy("fresh"))
MARGINS: dict[str, int] = {"three-way": 2, "srcvd-ack-793": 3}
"""By how much more than the octets sent the server's ISN must advance between two incarnations."""


def expected_of_policy(variant: str, policy: IsnPolicy, octets: int) -> str:
    """Return the word expected of P-01 when the server's ISNs follow `policy` and it sent `octets` octets."""
    fresh = policy.kind == "fresh" or (policy.kind == "clock" and policy.step >= octets + MARGINS[variant])
    return HOLDS if fresh else FAILS


def _isn_matrix(variant: str) -> Matrix:
    cells = {}
    for octets, duplicates in ((0, 2), (1, 1), (2, 1)):
        for policy in POLICIES:
            world = replace(stale_syn(octets, duplicates), isn=(IsnPolicy(), policy))
            expected = expected_of_policy(variant, policy, octets)
            cells[f"{octets}", str(policy)] = Cell("P-01", variant, world, expected)
    title = f"P-01 for {variant}, by the server's ISN policy: it needs an advance of octets + {MARGINS[variant]}"
    return Matrix(f"isn-{variant}", title, "P-01", "octets sent", cells)


# --- what TIME-WAIT is for ------------------------------------------------------------------------------------

LENGTHS: tuple[tuple[str, TimeWait | None], ...] = (
    *(
        (f"{length} MSL, {reading.replace('_', ' ')}", TimeWait(length, reading))
        for length in (0, 1, 2)
        for reading in REARMS
    ),
    ("for ever", TimeWait(None)),
    ("untimed", None),
)
"""TIME-WAIT's lengths and readings of what starts it anew."""


def _drained(length: TimeWait | None, retransmissions: int) -> str:
    """Return the word expected of P-35: with nothing sent twice, or 2 MSL re-armed by any emission."""
    if length is not None and length.msls is None:
        return VACUOUS
    enough = length is not None and length.msls == 2 and length.rearm == "any_emission"
    return HOLDS if retransmissions == 0 or enough else FAILS


def _drained_matrix(retransmissions: Sequence[int]) -> Matrix:
    cells = {
        (label, f"{times}"): Cell("P-35", "three-way", last_ack(length, None, times), _drained(length, times))
        for label, length in LENGTHS
        for times in retransmissions
    }
    title = (
        "P-35: is the network drained when TIME-WAIT ends? By its length, what re-arms it, and retransmissions an end "
        f"(any losses, MSL {MSL} ticks)"
    )
    return Matrix("time-wait-drained", title, "P-35", "TIME-WAIT \\ retransmissions", cells)


def _outlives(length: TimeWait | None, losses: int) -> str:
    if length is not None and length.msls is None:
        return VACUOUS
    return HOLDS if length is not None and length.msls and not losses else FAILS


def _clean(length: TimeWait | None, losses: int) -> str:
    long = length is not None and length.msls != 0
    return HOLDS if long and (not losses or (length is not None and length.msls is None)) else FAILS


def _last_ack_matrix() -> Matrix:
    cells = {}
    for label, length in LENGTHS:
        if length is not None and length.rearm != "letter":
            continue
        for losses in (0, 1):
            lost = f"{losses} lost" if losses else "none lost"
            world = last_ack(length, losses, 1)
            name = label.removesuffix(", letter")
            cells[name, f"P-33, {lost}"] = Cell("P-33", "three-way", world, _outlives(length, losses))
            cells[name, f"P-34, {lost}"] = Cell("P-34", "rfc1337", world, _clean(length, losses))
    title = (
        "P-33 (three-way) and P-34 (rfc1337, so that nothing else ends TIME-WAIT): does TIME-WAIT outlive the peer's "
        "LAST-ACK, and do both ends close without a reset? By its length and the segments lost"
    )
    return Matrix("time-wait-last-ack", title, "P-33", "TIME-WAIT \\ segments", cells)


# --- numbers that come round, and attackers -------------------------------------------------------------------


def _wrapping_matrix() -> Matrix:
    worlds = {
        "4 bits, a copy stays": (WRAP, FAILS),
        "5 bits, a copy stays": (replace(WRAP, seq_bits=5), HOLDS),
        "4 bits, no copy": (replace(WRAP, faults=Faults()), HOLDS),
        "4 bits, in order": (replace(WRAP, network=Network(FIFO, 4)), HOLDS),
    }
    cells = {(row, "18 octets"): Cell("P-11", "three-way", world, word) for row, (world, word) in worlds.items()}
    title = "P-11: do two octets alive share a number? By the width of numbers and the network"
    return Matrix("wrapping", title, "P-11", "numbers", cells)


def _quiet_matrix() -> Matrix:
    cells = {}
    for policy in (IsnPolicy("const"), IsnPolicy("fresh")):
        for column, quiet in (("none", False), ("1 MSL", True)):
            word = FAILS if policy.kind == "const" and not quiet else HOLDS
            cells[str(policy), column] = Cell("P-21", "three-way", restart(policy, quiet=quiet), word)
    title = "P-21: after a crash, is old text taken again? By the client's ISN policy and the quiet time (§3.4.3)"
    return Matrix("quiet-time", title, "P-21", "ISN \\ quiet time", cells)


ATTACKED = ("three-way", "rst-in-window", "syn-reset", "ack-range", "hold")


def _attack_matrix() -> Matrix:
    cells = {}
    for variant in ATTACKED:
        for kind in (BLIND, ON_PATH):
            world = replace(UNDER_ATTACK, attacker=Attacker(kind, 1))
            safe = kind == BLIND and variant in ("three-way", "ack-range")
            cells[variant, kind] = Cell("P-45", variant, world, HOLDS if safe else FAILS)
    title = "P-45: does a forged segment change a synchronized connection? By where the attacker is"
    return Matrix("attackers", title, "P-45", "variant \\ attacker", cells)


def _named(*matrices: Matrix) -> dict[str, Matrix]:
    return {matrix.id: matrix for matrix in matrices}


_SMALL = (_last_ack_matrix(), _quiet_matrix(), _wrapping_matrix(), _attack_matrix())
_ISN = tuple(_isn_matrix(variant) for variant in MARGINS)
MATRICES: dict[str, Mapping[str, Matrix]] = {
    "standard": _named(*_ISN, _drained_matrix((0, 1, 2)), *_SMALL),
    "deep": _named(*_ISN, _drained_matrix((0, 1, 2, 3)), *_SMALL),
}
"""The tables of each scenario that has some, by id."""
