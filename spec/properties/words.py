"""Words that several properties use, each a formula about one end and its peer."""

from __future__ import annotations

from spec.ghosts import HIST, INC, PINC
from spec.language import BoolExpr, all_of, any_of
from spec.language.beside import peer
from spec.vocabulary import OTHER, STATE

NO_TCB = STATE.isin(("CLOSED", "LISTEN"))
"""Nothing of a connection is left or begun here."""
HAS_TCB = STATE.isin(OTHER)
"""Both sequence spaces are known here."""
PEER_GONE: BoolExpr = any_of(peer(INC) != PINC, peer(NO_TCB))
"""The peer's incarnation that this end took the SYN of has no TCB any more."""
MATCHED: BoolExpr = all_of(peer(PINC) == INC, peer(INC) == PINC)
"""Both ends' latest incarnations took each other's SYN."""
WAS_CONNECTED: BoolExpr = HIST.has(INC, PINC)
"""This end, in its latest incarnation, was connected."""
PEER_WAS_CONNECTED: BoolExpr = peer(HIST).has(PINC, INC)
"""The peer was connected, in the incarnation this end is bound to, with this very incarnation."""
