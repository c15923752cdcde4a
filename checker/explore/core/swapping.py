"""Ends that cannot be told apart: of a state and its mirror image, one stands for both.

Both ends number their local states alike, and a segment's mirror image has the number beside it (2k and 2k + 1). So the
image of a state has its ends exchanged and each segment replaced by its neighbour.
"""

from __future__ import annotations

from checker.compiled.subset import U64, Wide, word
from checker.explore.core.looking import below, wide
from checker.explore.core.places import A_BITS, ONES, SLOT, SPARE


def mirrored(net: Wide, slot: int, ones: Wide, spare: Wide) -> Wide:
    """Return a sorted network with each segment replaced by its mirror image."""
    mask = (1 << slot) - 1
    image: Wide = 0
    left: Wide = net
    while left != 0:
        value = ((word(left) & mask) - 1 ^ 1) + 1
        lies = below(image, value, slot, ones, spare)
        high = image >> lies
        many: Wide = value
        image = image ^ (high ^ (high << slot | many)) << lies
        left = left >> slot
    return image


def exchanged(many: int, first: int, s_links: U64, s_rests: U64, s_nets: U64, moved: U64, p: U64, words: int) -> int:
    """Replace each step's state by its mirror image where that is the lower one: by ends, then by network; return 0.

    A step to the mirror image of a state leads elsewhere: moved[k] is not 0 then for state first + k.
    """
    ones, spare = wide(p, ONES, words), wide(p, SPARE, words)
    bits, slot = p[A_BITS], p[SLOT]
    mask = (1 << bits) - 1
    for i in range(many):
        rest = s_rests[i]
        a, b = rest & mask, rest >> bits & mask
        if a >= b:
            net = wide(s_nets, 2 * i if words == 3 else i, words)
            image = mirrored(net, slot, ones, spare)
            if a > b or image < net:
                s_rests[i] = rest ^ (a | b << bits) ^ (b | a << bits)
                if words == 3:
                    s_nets[2 * i], s_nets[2 * i + 1] = word(image), word(image >> 64)
                else:
                    s_nets[i] = word(image)
                moved[(s_links[i] >> 32) - first] = 1
    return 0
