"""Words that several properties use, each a formula about one end and its peer."""

from __future__ import annotations

from spec.ghosts import HIST, INC, MET, PINC
from spec.language import BoolExpr, all_of, any_of, named
from spec.language.beside import peer
from spec.vocabulary import NO_CONNECTION, OTHER, STATE

NO_TCB = STATE.isin(NO_CONNECTION)
"""Nothing of a connection is left or begun here."""
HAS_TCB = STATE.isin(OTHER)
"""Both sequence spaces are known here."""
PEER_GONE: BoolExpr = named(
    "the peer's incarnation whose SYN was taken has no TCB any more", any_of(peer(INC) != PINC, peer(NO_TCB))
)
MATCHED: BoolExpr = named("both ends took each other's SYN", all_of(peer(PINC) == INC, peer(INC) == PINC))
WAS_CONNECTED: BoolExpr = named("this incarnation was connected", HIST.has(INC, PINC))
PEER_WAS_CONNECTED: BoolExpr = named(
    "the peer's incarnation whose SYN was taken was ever connected to this one", peer(HIST).has(PINC, INC)
)
PEER_TOOK_OUR_SYN: BoolExpr = named(
    "the peer's incarnation whose SYN was taken took this one's SYN", peer(MET).has(PINC, INC)
)
