"""Ordinary segments followed by compiled code: what the rules say as tables, a loop over rows, where a pair stands.

Most segments of most captures meet a connection on which nothing is out of the ordinary. For these the functions of
checker/conform/unrolled.py are written once more, as numbers (assembling, tables), for a machine of a few instructions
(running), and the ends are followed by one loop over many segments (following, acting, noting). It asks the rules what
they say and decides nothing of its own; whatever is not plain it leaves, untouched, to the followers in Python (lane).
"""

from __future__ import annotations

from checker.conform.fastpath import acting, following, noting, places, running

MODULES = (places, running, acting, noting, following)
"""The loop's text: like checker/explore/core it keeps to what Python and machine code both mean alike."""
