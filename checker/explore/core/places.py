"""Where things stand: in `p` (numbers that host and kernel tell each other), in rows, offers and entries of tables."""

from __future__ import annotations

M64 = 0xFFFF_FFFF_FFFF_FFFF
LOW32 = 0xFFFF_FFFF
MARK = 1 << 63
MIX = 0x9E37_79B9_7F4A_7C15
"""2^64 divided by the golden ratio, odd (Knuth, The Art of Computer Programming, 6.4)."""

(
    A_BITS, B_BITS, LOSS_BITS, DUP_BITS, LOSS_STEP, DUP_STEP, MAX_LOSS, MAX_DUP,
    SLOT, CAPACITY, ONES, ONES_HIGH, SPARE, SPARE_HIGH, LOSES, IS_SET, INTERNED, TIMED,
    TABLE_SHIFT, TABLE_MASK, KEYED, BASE, ARRIVAL_SHIFT, ARRIVAL_MASK, PAIR_SHIFT, PAIR_MASK, SEND_SHIFT, SEND_MASK,
    ROOM, EDGES, COUNT, ENDED, LOOKS, MISS, MISS_A, MISS_B, MISS_C, TRANSITIONS, CUT_CAPACITY,
    PLACES, BATCH, SWAPS,
) = range(42)  # fmt: skip
"""Places in `p`, the numbers that host and kernel tell each other."""
COUNTS = (BASE, COUNT, ENDED, LOOKS, TRANSITIONS, CUT_CAPACITY)
"""Those that are 0 when a search begins."""

MISS_OWN, MISS_ARRIVAL, MISS_SEND, MISS_NET, MISS_TICK, MISS_PAIR = range(1, 7)
"""p[MISS]: the table that lacks an entry, or 0; the host writes it and calls again."""

ID = 20
ID_MASK = (1 << ID) - 1
"""Local states, segments and sets of flags are numbered below 2^20."""
LAST, ONCE, CUT, FLAGS = 1 << 20, 1 << 21, 1 << 22, 32
"""Word 0 of a row: its target; whether it is the last of its span; see graph.Row; from bit 32 on its set of flags.
Word 1: what it sends. Word 2: its label above 3 bits for a kind of action. Word 3: how often it was taken."""
ROW = 24
NO_ROWS = (1 << ROW) - 1
"""Rows are numbered below 2^24; this number is an empty span's."""
LOSSES, TICKS, FIRST_ROW = range(3)
"""Two rows that only count: losses, ticks. The others are numbered from FIRST_ROW on."""
KIND, KIND_MASK = 3, 7
OWN, DELIVER, KEEP, LOSE, TICK = range(5)
"""Kinds of action, as in checker.explore.graph."""
CUT_STEP, BLOCKED_STEP = CUT << 9, 1 << 63
"""In a step's row: a bound cuts the row off. In what it sends: there was no room."""
HELD, BLOCKED = M64 - 2, M64 - 1
"""Instead of a network: a copy of what is to be sent is in flight already; there is no room. No slots look so."""
LOOK, DEAD = 1 << 20, 8
"""In the entry of a pair: its flags depend on what is in flight. In that of a tick: how many segments die of it."""
RECENT = 64 - 14
"""2^14 successors are remembered by the upper bits of their hashes."""
FAR, NEAR = 48, 24
"""How many look-ups ahead the table is fetched, and the states that it names."""
LINE_BITS = 3
LINE = 1 << LINE_BITS
"""How many entries of a table of hashes are compared at once: a line of the processor's cache."""
