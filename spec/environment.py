"""The environment: users, initial sequence numbers, faults; a world puts them round two endpoints.

Nothing here is a rule of TCP, and no rule of TCP reads anything of it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from spec.attackers import Attacker
from spec.language import Step
from spec.network import Network
from spec.time_wait import TimeWait
from spec.vocabulary import ABORT, CLOSE, OPEN, RECEIVE, SEND, WINDOW

ENDS = ("A", "B")
FIRST_ISN = (100, 300)
"""The ISNs of the RFC's own figures: 100 for TCP Peer A, 300 for TCP Peer B."""
ANY_STATE: tuple[str, ...] = ()


@dataclass(frozen=True)
class UserCall:
    """A call a user may make `times` times. A call that is refused with an error is not used up.

    states   only in these states; empty means in any.
    """

    step: Step
    times: int = 1
    active: bool = False
    remote: bool = True
    octets: int = 0
    states: tuple[str, ...] = ANY_STATE

    def __str__(self) -> str:
        words = [self.step.name]
        if self.step == OPEN:
            words.append("active" if self.active else "passive")
        if not self.remote:
            words.append("without remote socket")
        if self.octets:
            words.append(f"{self.octets}")
        if self.states:
            words.append(f"in {', '.join(self.states)}")
        return " ".join(words)


def active_open(times: int = 1) -> UserCall:
    """Return active OPENs with the remote socket specified."""
    return UserCall(OPEN, times, active=True)


def passive_open(times: int = 1) -> UserCall:
    """Return passive OPENs."""
    return UserCall(OPEN, times)


def send(octets: int, times: int = 1) -> UserCall:
    """Return SENDs of `octets` octets each."""
    return UserCall(SEND, times, octets=octets)


def receive(times: int = 1) -> UserCall:
    """Return RECEIVEs."""
    return UserCall(RECEIVE, times)


def close(times: int = 1, *, states: tuple[str, ...] = ANY_STATE) -> UserCall:
    """Return CLOSEs."""
    return UserCall(CLOSE, times, states=states)


def abort(times: int = 1) -> UserCall:
    """Return ABORTs."""
    return UserCall(ABORT, times)


@dataclass(frozen=True)
class User:
    """What the user of one end does: its calls at any moment, or, when `ordered`, one after the other.

    listens   a listener persists on this end: whenever its TCB is deleted, a passive OPEN follows at once.
    reads     RECEIVEs are always outstanding; otherwise text waits for RECEIVE calls.

    Raise ValueError when an ordered user is to make one call several times: it lists the call several times.
    """

    calls: tuple[UserCall, ...] = ()
    ordered: bool = False
    listens: bool = False
    reads: bool = True

    def __post_init__(self) -> None:
        if self.ordered and any(call.times != 1 for call in self.calls):
            raise ValueError("an ordered user lists a call once for each time that it is made.")

    def __str__(self) -> str:
        parts = [f"{call} x{call.times}" for call in self.calls]
        if self.listens:
            parts.insert(0, "listens for ever")
        joined = (", then " if self.ordered else ", ").join(parts)
        return joined or "does nothing"


@dataclass(frozen=True)
class IsnPolicy:
    """How an end chooses its n-th initial sequence number (n from 0; RFC 9293 §3.4.1).

    fresh    past everything the end has numbered before, by more than a window: base + n * `step`,
             `step` computed by the world.
    clock    base + n * `step`: the clock advanced by `step` between two choices.
    next     the end's last SND.NXT.
    const    always base.
    given    the n-th of `values`: numbers that a solver found.
    """

    kind: str = "fresh"
    step: int = 0
    values: tuple[int, ...] = ()

    def __str__(self) -> str:
        if self.kind == "given":
            return f"given({', '.join(map(str, self.values))})"
        return f"clock({self.step})" if self.kind == "clock" else self.kind


@dataclass(frozen=True)
class Faults:
    """How often things may go wrong: per run for losses and duplicates, per end for the others.

    None means without limit. A segment that dies of age is lost: where no loss is left, time does not pass before it
    has arrived. `r2` lets an end give up after its last retransmission (RFC 9293 §3.8.3). Without a limit an end
    retransmits only while no copy of the same segment is in flight, so that runs stay finite. Only the ends of
    `crashing` (0 for A, 1 for B) crash.
    """

    losses: int | None = 0
    duplicates: int | None = 0
    retransmissions: int | None = 0
    crashes: int = 0
    user_timeouts: int = 0
    r2: bool = False
    crashing: tuple[int, ...] = (0, 1)

    def __str__(self) -> str:
        def limit(value: int | None) -> str:
            return "any" if value is None else str(value)

        who = "an end" if len(self.crashing) == 2 else f"of {' and '.join('AB'[end] for end in self.crashing)}"
        return (
            f"losses {limit(self.losses)}, duplicates {limit(self.duplicates)}, "
            f"retransmissions {limit(self.retransmissions)} an end, crashes {self.crashes} {who}, "
            f"user timeouts {self.user_timeouts} an end, R2 {'on' if self.r2 else 'off'}"
        )


ANY_ORDER, NO_FAULTS, FRESH = Network(), Faults(), IsnPolicy()


SAFETY, TIME, OPENING, CLOSING, HALF_OPEN, ATTACK, FLOODED, WRAPPING, KNOWING, SOCKETS = (
    "safety", "time", "opening", "closing", "half-open", "attack", "flood", "wrapping", "knowledge", "sockets",
)  # fmt: skip
"""What a world is for; a property is judged in the worlds that are for it."""
EVERY_KIND = (SAFETY, TIME, OPENING, CLOSING, HALF_OPEN, ATTACK, FLOODED, WRAPPING, KNOWING, SOCKETS)


@dataclass(frozen=True)
class World:
    """Two ends and what surrounds them: everything that bounds an exploration.

    incarnations   how many ISSs each end may choose; seq_bits the width of sequence numbers;
    window         each end's receive buffer in octets.
    time_wait      how long TIME-WAIT lasts; None: its timer fires at any moment, as all others do.
    quiet_time     whether an end that crashed is silent and deaf for an MSL (RFC 9293 §3.4.3).
    asks           which properties it is for.

    Raise ValueError for a length that needs an MSL where segments do not age. A quiet time wants losses without limit:
    what travels to a silent end dies, and where it must not, time stands still.
    """

    name: str
    title: str
    users: tuple[User, User]
    network: Network = ANY_ORDER
    faults: Faults = NO_FAULTS
    isn: tuple[IsnPolicy, IsnPolicy] = (FRESH, FRESH)
    incarnations: tuple[int, int] = (1, 1)
    seq_bits: int = 32
    window: int = WINDOW
    time_wait: TimeWait | None = None
    quiet_time: bool = False
    attacker: Attacker | None = None
    asks: str = SAFETY

    def __post_init__(self) -> None:
        measured = self.time_wait is not None and self.time_wait.msls is not None
        if (measured or self.quiet_time) and self.network.lifetime is None:
            raise ValueError("a TIME-WAIT or a quiet time of so many MSL needs a network whose segments have an MSL.")

    @property
    def wait_ticks(self) -> int | None:
        """How many ticks TIME-WAIT lasts, or None when no clock says."""
        if self.time_wait is None or self.time_wait.msls is None:
            return None
        return self.time_wait.msls * (self.network.lifetime or 0)

    @property
    def quiet_ticks(self) -> int:
        """How many ticks an end is silent after a crash."""
        return (self.network.lifetime or 0) if self.quiet_time else 0

    def fresh_step(self, end: int) -> int:
        """Return an ISN advance that no window of an earlier incarnation reaches: octets + SYN + FIN + window."""
        octets = sum(call.octets * call.times for call in self.users[end].calls)
        return octets + 2 + self.window

    def reopens(self, end: int, state: str) -> bool:
        """Return whether a passive OPEN follows at once where an end's TCB is deleted: a listener persists there."""
        return self.users[end].listens and state == "CLOSED"

    def initial_values(self, end: int) -> dict[str, object]:
        """Return the initial values that the world gives an end's TCB variables, by name."""
        return {"RCV.WND": self.window, "RECEIVE.QUEUED": self.users[end].reads}

    def next_isn(self, end: int, chosen: int, last: int) -> int:
        """Return the ISN that an end would choose now, `chosen` ISNs and SND.NXT `last` after its first."""
        policy, base = self.isn[end], FIRST_ISN[end]
        if policy.kind == "given":
            return policy.values[min(chosen, len(policy.values) - 1)]
        steps = {"fresh": self.fresh_step(end), "clock": policy.step, "const": 0, "next": 0}
        value = last if policy.kind == "next" and chosen else base + chosen * steps[policy.kind]
        return value & (1 << self.seq_bits) - 1

    @property
    def ends_may_vanish(self) -> bool:
        """Whether an end's TCB may be lost without its peer being told: crash, ABORT, user timeout, R2."""
        aborts = any(call.step == ABORT for user in self.users for call in user.calls)
        return aborts or self.faults.r2 or self.faults.crashes + self.faults.user_timeouts > 0

    def with_isn(self, policy: IsnPolicy) -> World:
        """Return this world with both ends choosing ISNs by `policy`."""
        return replace(self, isn=(policy, policy))

    def bounds(self) -> dict[str, str]:
        """Return every bound of the world, in words, by name."""
        return {
            "users": "; ".join(f"{end}: {user}" for end, user in zip(ENDS, self.users, strict=True)),
            "network": str(self.network),
            "faults": str(self.faults),
            "isn": ", ".join(f"{end} {policy}" for end, policy in zip(ENDS, self.isn, strict=True)),
            "incarnations": ", ".join(f"{end} {n}" for end, n in zip(ENDS, self.incarnations, strict=True)),
            "sequence numbers": f"{self.seq_bits} bits",
            "window": f"{self.window} octets",
            "timers": "fire at any moment" + self._clock(),
            "attacker": "none" if self.attacker is None else str(self.attacker),
        }

    def _clock(self) -> str:
        wait = "" if self.time_wait is None else f", TIME-WAIT lasts {self.time_wait}"
        return wait + (", quiet time 1 MSL after a crash" if self.quiet_time else "")


@dataclass(frozen=True)
class Scenario:
    """Worlds that are explored together: a property holds in a scenario if it holds in each of them.

    `covers` promises that together they reach every state and fire every rule (P-25's drawn edges, P-26).
    The tables that go with it are spec/matrices.py's.
    """

    name: str
    title: str
    worlds: tuple[World, ...]
    covers: bool = False
