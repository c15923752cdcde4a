"""The kernel's inner loops, on flat arrays of numbers: expand states, look their successors up, watch what is new.

One text, MODULES, run in two ways: as it stands, by Python, or compiled (checker/compiled). So it keeps to what both
mean alike: every number is a natural below 2^64 (`Wide`: below 2^128), differences are never negative, a product is
masked, a shift is by less than the width. It knows nothing of TCP: states are packed numbers, rows come from tables.

A state is `words` words. Word 0 holds, from its lowest bit, the local states of both ends, losses and duplicates (its
*rest*); its highest bit is always set. With one word the network follows in the same; with two or three it has the
others. A network is slots, sorted, the smallest lowest, each a segment id + 1 below a spare bit; or, interned, the
number of a network that the host has written down.
"""

from __future__ import annotations

from checker.explore.core import expanding, inserting, looking, offering, places, repacking, swapping

MODULES = (places, looking, offering, swapping, expanding, inserting, repacking)
