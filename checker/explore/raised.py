"""Which flags the states and steps of an explored graph raise, asked again after the exploration."""

from __future__ import annotations

from checker.explore.graph import LOSE, TICK, Graph, action_kind, action_subject
from checker.explore.machine import TcpMachine
from checker.explore.networks import channel
from checker.formulas import step_view


class Raised:
    """The flags of a machine's watch, by state number and by action; what was asked once is remembered."""

    def __init__(self, machine: TcpMachine, graph: Graph) -> None:
        self.machine, self.graph = machine, graph
        self._network = channel(machine.world.network, machine.destination)
        self._pairs: dict[tuple[int, int], int] = {}
        self._rows: dict[int, int] = {}

    def in_state(self, number: int) -> int:
        """Return the flags of state `number`, from either end."""
        pair = self.graph.ends(number)
        flags = self._pairs.get(pair)
        if flags is None:
            flags = self._pairs[pair] = self.machine.joint(*pair)
        if flags & self.machine.watch.look_flag:
            flags |= self.machine.look(*pair, self._network.content(self.graph.network(number)))
        return flags

    def faults(self, number: int) -> int:
        """Return how many faults the network and the ends have had up to state `number`, as far as they are counted."""
        own = sum(self.machine.cost(end, local) for end, local in enumerate(self.graph.ends(number)))
        return own + self.graph.faults(number)

    def in_step(self, action: int) -> int:
        """Return the flags of a step by its action; a loss and a tick are no steps of an end and raise none."""
        if action_kind(action) in (LOSE, TICK):
            return 0
        label = action_subject(action)
        flags = self._rows.get(label)
        if flags is None:
            flags = self._rows[label] = self._row(label)
        return flags

    def _row(self, label: int) -> int:
        machine = self.machine
        record = machine.records[label]
        tcb, ghosts, _ = machine.locals[record.end][record.before]
        segment = None if record.segment is None else machine.segments[record.segment]
        flags = 0
        for micro in record.events:
            view = step_view(tcb, ghosts, segment, micro.call, micro.outcome)._replace(new_ghosts=micro.ghosts)
            flags |= machine.watch.step(view)
            tcb, ghosts, segment = micro.outcome.tcb, micro.ghosts, None
        return flags
