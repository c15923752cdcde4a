"""The kernel: exact breadth-first search over packed states. It evaluates no guard and knows nothing of TCP.

Rows come from the machine: local state x event -> local state, segments, flags. The loops are `core`'s, run by Python
for small graphs and compiled for large ones; here they are driven: a bounded number of states is expanded, successors
are looked up, what is new is watched, what a table lacks is written into it. States are numbered in the order found, so
traces are shortest and every run gives the same numbers, whoever ran the loops.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Sequence

from checker.compiled.memory import Words
from checker.explore.core import places
from checker.explore.core.expanding import noted
from checker.explore.graph import NO_LIMITS, Edges, Graph, Hit, Limits
from checker.explore.limits import Stopped, Watchdog
from checker.explore.loops import Bound, Loops
from checker.explore.networks import Channel
from checker.explore.store import Actions, Parents, States, Store
from checker.explore.tables import Machine, Tables, TablesFull, Tick

__all__ = ["Look", "Machine", "Start", "TablesFull", "Tick", "explore"]

Look = Callable[[int, int, tuple[int, ...]], int]
"""The flags of a state that depend on what is in flight: both local states, the segments in flight."""
Start = tuple[int, int, tuple[int, ...]]
"""An initial state: both ends' local states and the segments in flight, in the order they were sent."""
CHUNK = 8192
"""How many successors are written down before they are looked up: few enough to stay in the processor's cache."""


def _nothing_to_see(a: int, b: int, flying: tuple[int, ...]) -> int:  # noqa: ARG001  # a Look
    return 0


_BUFFERS = {
    "successors": 3, "links": 1, "actions": 1, "hashes": 1, "targets": 1, "looks": 1, "ended": 1, "begins": 1,
    "moved": 1, "cuts": 1,
}  # fmt: skip
"""The buffers of a chunk, and how many numbers they hold for each successor that there may be."""
_STEPS = {"s_rows": 1, "s_links": 1, "s_rests": 1, "s_nets": 2, "s_sents": 1, "s_hashes": 1}
"""The buffers of a batch, and how many numbers they hold for each step that there may be."""
_NARROW = ("actions", "s_rows")
BATCH = 256
"""How many steps are gathered before they are gone through."""
_SPARE: list[dict[str, Words]] = []
"""Buffers of searches that have ended: their pages are there already."""


def _buffers() -> dict[str, Words]:
    found = {name: Words(0, 4 if name in _NARROW else 8) for name in (*_BUFFERS, *_STEPS)}
    found["recent"] = Words(3 << 64 - places.RECENT)
    return found


class _Search:
    """One search; `explore` is its only user."""

    def __init__(
        self,
        machine: Machine,
        network: Channel,
        budgets: tuple[int | None, int | None],
        watched: int,
        *,
        edges: bool,
        look: tuple[int, Look] | None,
        tick: Tick | None,
        limits: Limits,
        tables: Tables | None,
        twins: bool,
    ) -> None:
        self.p = Words(64) if tables is None else tables.p
        self.tables = Tables(machine, network, self.p, watched) if tables is None else tables.used_again(watched)
        self.watchdog = Watchdog(limits, time.monotonic())
        self.store = Store(
            self.tables, budgets, numbered=edges, fingerprints=limits.fingerprints, may_take=self.watchdog.may_take
        )
        self.loops = Loops()
        self.tick = tick
        self.look_flag, self.look = look if look is not None else (0, _nothing_to_see)
        self.graph = Graph(States(self.store), Parents(self.store), Actions(self.store))
        self.graph.edges = Edges() if edges else None
        self.first, self.watched, self.most, self.moves = 0, 0, 0, -1
        self.bound: dict[str, Bound] = {}
        self.buffers = _SPARE.pop() if _SPARE else _buffers()
        self.forget_recent()
        p = self.p
        p[places.EDGES], p[places.TIMED] = int(edges), int(tick is not None)
        p[places.ROOM], p[places.PLACES], p[places.BATCH] = CHUNK, CHUNK, min(BATCH, CHUNK)
        self.tables.twins, p[places.SWAPS] = twins, int(twins)
        p[places.LOSES], p[places.IS_SET] = int(network.loses), int(network.is_set)

    # --- the loops, with all their arrays -------------------------------------------------------------------

    def arrays(self) -> dict[str, Words]:
        """Return every array that the loops may ask for, by the name of their parameter."""
        tables, store = self.tables, self.store
        return {
            **self.buffers, "p": self.p, "states": store.words, "table": store.table,
            "parents": store.parent_words, "reached_by": store.action_words, "own": tables.own,
            "arrivals": tables.arrivals.array, "destination": tables.destination, "alike": tables.alike,
            "rows": tables.rows, "firsts": tables.firsts, "nets": tables.nets,
            "ways": tables.ways, "sends": tables.sends.array, "later": tables.later, "cost": tables.cost,
            "live": tables.live, "best": tables.best, "pairs": tables.pairs.array,
        }  # fmt: skip

    def loop(self, name: str) -> Bound:
        """Return one of the loops with its arrays as they lie now."""
        if self.moves != Words.moves:
            arrays, words = self.arrays(), self.store.layout.words
            self.bound = {each: self.loops.bound(each, arrays, words) for each in ("expand", "insert", "watch")}
            self.moves = Words.moves
        return self.bound[name]

    # --- searching ------------------------------------------------------------------------------------------

    def begin(self, starts: Sequence[Start]) -> None:
        """Add the initial states."""
        for a, b, segments in starts:
            for end, local in enumerate((a, b)):
                self.tables.local(end, local)
            content = self.tables.network.send(0, segments)
            net = self.tables.net(content) if self.tables.interned else 0
            self.make_room()
            self.store.offer((a, b), net or content, self.buffers)
            self.p[places.COUNT] = 1
            self.look_up()

    def make_room(self) -> None:
        """Have every field hold the ids in use, and every buffer the successors that one more state may have."""
        if not self.store.fits():
            self.look_up()
            self.store.lay_out(self.loops)
            self.forget_recent()
        batch = min(BATCH, CHUNK) + self.tables.widest(self.store.capacity)
        if batch > self.most:
            self.most = batch
            for buffers, most in ((_BUFFERS, CHUNK + batch), (_STEPS, batch + 1)):
                for name, times in buffers.items():
                    self.buffers[name].grow(times * most)

    def forget_recent(self) -> None:
        """Take no successor for one that was written down not long ago."""
        self.buffers["recent"].clear(self.store.layout.words << 64 - places.RECENT)

    def expand(self, last: int) -> None:
        """Expand states before `last`: until there is a chunk of successors, or all are expanded."""
        while self.run_on(last):
            self.fill(*(self.p[place] for place in (places.MISS, places.MISS_A, places.MISS_B, places.MISS_C)))
            self.make_room()
        self.look_up()

    def run_on(self, last: int) -> bool:
        """Expand states as far as there is room; return whether a table lacks something."""
        begun, graph, p = self.first, self.graph, self.p
        run, rest = self.loop("expand")
        self.first = run(begun, last, *rest)
        if self.loops.worked(self.first - begun):
            self.moves = -1
        if p[places.ENDED]:
            for entry in self.buffers["ended"].head(p[places.ENDED]):
                (graph.waiting if entry & 1 else graph.terminal).append(entry >> 1)
                self.store.keep(entry >> 1)
            p[places.ENDED] = 0
        if graph.edges is not None:
            done = len(graph.edges.target)
            graph.edges.begin.extend(done + at for at in self.buffers["begins"].head(self.first - begun))
        return p[places.MISS] != 0

    def look_up(self) -> None:
        """Add the successors that are new, and watch what is new."""
        count, edges = self.p[places.COUNT], self.graph.edges
        if not count:
            return
        initial = not self.store.count
        self.store.make_room(count + 1, self.loops)
        run, rest = self.loop("insert")
        self.store.count = run(self.store.count, *rest)
        if edges is not None and not initial:
            edges.target.frombytes(self.buffers["targets"].numbers[:count].cast("B"))
            edges.action.extend(self.buffers["actions"].head(count))
        while self.watched < self.store.count:
            run, rest = self.loop("watch")
            self.watched = run(self.watched, self.store.count, *rest)
            if self.p[places.LOOKS]:
                self.look_closer()
            if self.p[places.MISS]:
                self.tables.fill_pair(self.p[places.MISS_A], self.p[places.MISS_B], self.look_flag)

    def flush(self) -> None:
        """Add what was found before the search was stopped, if there is memory for it."""
        try:
            self.look_up()
        except (Stopped, MemoryError):
            self.p[places.COUNT] = 0

    def fill(self, missing: int, a: int, b: int, c: int) -> None:
        """Write down what a table lacks, and what else the state at hand will ask of a sorted network's tables."""
        if missing in (places.MISS_OWN, places.MISS_ARRIVAL) and not self.tables.interned:
            here_a, here_b, _, _, net = self.store.state(self.first)
            self.tables.fill_all((here_a, here_b), self.tables.network.content(net))
        elif missing == places.MISS_OWN:
            self.tables.fill_own(a, b)
        elif missing == places.MISS_ARRIVAL:
            self.tables.fill_arrival(a, b, c)
        elif missing == places.MISS_SEND:
            self.tables.fill_send(a, b)
        elif missing == places.MISS_NET:
            self.tables.fill_net(a)
        elif self.tick is not None:
            self.tables.fill_tick(a, b, self.tick)

    def look_closer(self) -> None:
        """Note the flags that depend on what is in flight, in the states whose pair asks for it."""
        count, self.p[places.LOOKS] = self.p[places.LOOKS], 0
        for number in self.buffers["looks"].head(count):
            a, b, losses, duplicates, net = self.store.state(number)
            flags = self.look(a, b, self.tables.network.content(net))
            if flags & ~self.tables.settled:
                cost = self.tables.cost[2 * a] + self.tables.cost[2 * b + 1] + losses + duplicates
                known = self.tables.flags_id(flags)
                noted(self.tables.best.numbers, known, cost, number, places.M64)

    def settle(self, depth: int) -> None:
        """Take over what was met at this depth; nothing later can be shorter."""
        hits, best = self.graph.hits, self.tables.best
        found = 0
        for number, raised in enumerate(self.tables.flags):
            if not number or not best[3 * number]:
                continue
            action = best[3 * number + 2]
            hit = Hit(depth, best[3 * number] - 1, best[3 * number + 1], None if action == places.M64 else action)
            best[3 * number] = 0
            flags = raised & ~self.tables.settled
            found |= flags
            while flags:
                bit = flags & -flags
                flags ^= bit
                if bit not in hits or hit < hits[bit]:
                    hits[bit] = hit
        if found:
            self.tables.settle(found)

    def finish(self) -> None:
        """Take over the counts; leave the buffers to the next search, and to the tables how many states there are."""
        _SPARE.append(self.buffers)
        self.tables.states = self.store.count
        graph, p = self.graph, self.p
        while graph.edges is not None and graph.edges.begin and graph.edges.begin[-1] > len(graph.edges.target):
            graph.edges.begin.pop()  # interrupted before the steps of these states were written down
        graph.omission = self.store.omission
        graph.transitions, graph.cut_capacity = p[places.TRANSITIONS], p[places.CUT_CAPACITY]
        graph.lost, graph.count = self.tables.rows[4 * places.LOSSES + 3], self.tables.row_counts()


def explore(
    machine: Machine,
    network: Channel,
    *,
    starts: Sequence[Start] = (),
    losses: int | None = 0,
    duplicates: int | None = 0,
    watched: int = 0,
    tick: Tick | None = None,
    look: tuple[int, Look] | None = None,
    edges: bool = False,
    enough: Callable[[Graph], bool] | None = None,
    limits: Limits = NO_LIMITS,
    progress: Callable[[Graph, int], None] | None = None,
    tables: Tables | None = None,
    twins: bool = False,
) -> Graph:
    """Return the graph reachable from the initial states.

    starts               the initial states; none, and it is the machine's own with nothing in flight.
    losses, duplicates   budgets for the whole run; None means without limit.
    watched              the flags whose first occurrence is to be noted.
    tick                 makes time pass: what a tick does to a local state. Without it there is no time.
    look                 a flag of pairs of local states and what it asks for: the flags that need the network.
    edges                keep every step in the graph.
    enough               asked after each level: stop here, complete or not.
    progress             called now and then with the graph and the number of states expanded.
    tables               those that an earlier search of the same machine and network has filled.
    twins                a state and its mirror image are one (core/swapping.py): both ends have the same local states,
                         and the machine numbers mirror images of segments side by side.
    """
    collects = gc.isenabled()
    gc.disable()  # there are no cycles to find among millions of numbers
    try:
        return _explored(
            _Search(
                machine, network, (losses, duplicates), watched,
                edges=edges, look=look, tick=tick, limits=limits, tables=tables, twins=twins,
            ),
            starts or ((*machine.initial(), ()),), enough, progress,
        )  # fmt: skip
    finally:
        if collects:
            gc.enable()


def _explored(
    search: _Search,
    starts: Sequence[Start],
    enough: Callable[[Graph], bool] | None,
    progress: Callable[[Graph, int], None] | None,
) -> Graph:
    """Carry a search out, whatever stops it; return its graph."""
    graph = search.graph
    try:
        search.begin(starts)
        graph.stopped = _levels(search, enough, progress)
    except KeyboardInterrupt:
        graph.stopped = "interrupted"
    except MemoryError:
        graph.stopped = "out of memory"
    except (TablesFull, Stopped) as reason:
        graph.stopped = str(reason)
    finally:
        search.flush()
        search.settle(graph.depth + 1 if search.first else 0)
        search.finish()
    return graph


def _levels(
    search: _Search,
    enough: Callable[[Graph], bool] | None,
    progress: Callable[[Graph, int], None] | None,
) -> str | None:
    """Expand level after level; return why that stopped early, or None."""
    graph, store, watchdog = search.graph, search.store, search.watchdog
    search.settle(0)
    while search.first < store.count:
        level_end = store.count
        while search.first < level_end:
            search.expand(level_end)
            if watchdog.is_due():
                if progress is not None:
                    progress(graph, search.first)
                if reason := watchdog.over(store.count):
                    return reason
        search.settle(graph.depth + 1)
        store.forget(level_end)
        if store.count > level_end:
            graph.depth += 1
        if enough is not None and search.first < store.count and enough(graph):
            return "stopped at the first failure, as asked"
        if search.first < store.count and (reason := watchdog.over(store.count)):
            return reason
    return None
