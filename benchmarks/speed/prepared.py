"""Our loops compiled as well as can be, and kept: what gcc -O3 is to a peer, before anybody is measured."""

from __future__ import annotations

from checker.explore.loops import prepare

ONE_WORD = 1
"""Every state of every row fits one word."""

if __name__ == "__main__":
    prepare(ONE_WORD)
