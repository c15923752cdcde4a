"""Two queues, one to each end, as the published models have them: any length that their constraint admits."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from checker.explore.networks import BLOCKED, Channel

Queue = tuple[int, ...]
"""Messages by id, the next to arrive first."""
Content = tuple[Queue, Queue]


class Queues(Channel):
    """A network for the kernel: the head of a queue may arrive, a message anywhere in a queue may be lost.

    destination  gives the end that each message travels to.
    admits       the model's constraint on states: a message after which its queue fails it is not sent.
    together     gives the message that stands for the first two of a queue taken in one step; without it
                 only one is taken at a time.
    """

    def __init__(
        self,
        destination: Sequence[int],
        admits: Callable[[Queue], bool],
        together: Callable[[int, int], int] | None = None,
    ) -> None:
        self._destination, self._admits, self._together = destination, admits, together
        self._contents: list[Content] = []
        self._numbers: dict[Content, int] = {}
        self._number(((), ()))

    def choices(self, net: int) -> list[tuple[int, int]]:
        """Return (message, the network without it) for what may arrive."""
        found: list[tuple[int, int]] = []
        for end, queue in enumerate(self._contents[net]):
            if queue:
                found.append((queue[0], self._with(net, end, queue[1:])))
            if len(queue) > 1 and self._together is not None:
                found.append((self._together(queue[0], queue[1]), self._with(net, end, queue[2:])))
        return found

    def losses(self, net: int) -> list[tuple[int, int]]:
        """Return (message, the network without it), once for every place in a queue."""
        return [
            (message, self._with(net, end, queue[:i] + queue[i + 1 :]))
            for end, queue in enumerate(self._contents[net])
            for i, message in enumerate(queue)
        ]

    def send(self, net: int, segments: tuple[int, ...]) -> int:
        """Return the network with the messages behind their queues, or BLOCKED if that is not admitted."""
        for message in segments:
            end = self._destination[message]
            queue = (*self._contents[net][end], message)
            if not self._admits(queue):
                return BLOCKED
            net = self._with(net, end, queue)
        return net

    def content(self, net: int) -> tuple[int, ...]:
        """Return the messages on their way."""
        first, second = self._contents[net]
        return first + second

    def _with(self, net: int, end: int, queue: Queue) -> int:
        first, second = self._contents[net]
        return self._number((queue, second) if end == 0 else (first, queue))

    def _number(self, content: Content) -> int:
        known = self._numbers.get(content)
        if known is None:
            known = self._numbers[content] = len(self._contents)
            self._contents.append(content)
        return known
