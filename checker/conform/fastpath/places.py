"""Where numbers lie that the loops and Python share. All are numbers of 64 bits."""

from __future__ import annotations

# --- a row: one segment ---------------------------------------------------------------------------------------------
ROW = 10
"""Slot, side, frame, time in ns, then as on the wire: SEG.SEQ, SEG.ACK, control bits, window, octets of text; and for a
SYN its shift count + 1, or 0."""
AT_SLOT, AT_SIDE, AT_FRAME, AT_TIME, AT_SEQ, AT_ACK, AT_FLAGS, AT_WINDOW, AT_DATA, AT_SCALE = range(ROW)

# --- a slot: one conversation ----------------------------------------------------------------------------------------
HEAD = 8
OPEN, ROWS, RESTING = range(3)
"""Whether rows are taken; how many were since this was set to 0; whether nothing is left to happen."""
OWED, STALE = 24, 8
"""So many answers may be owed; and, as in checker/conform/endpoint.py, so many still when a later segment has come."""
FIELDS = 8
END = 240
STATE = 512
NOW = HEAD
SLOT = HEAD + STATE

# --- a state: of both ends together, then of each -------------------------------------------------------------------
TOTAL, BITS, FIRST_FRAME, FIRST_TIME, LAST_FRAME, LAST_TIME, SCALES, _, PASSED = range(9)
MOST_PASSED = 22
"""After how many it is, the discrete parts of TCBs that the ends came to: twice that and the side."""
ENDS = 32
TCB_SIZE = 16
PART, TCB = 0, 1
"""The discrete part of the TCB by its number, and the TCB; what is discrete is left out there."""
PENDING = TCB + TCB_SIZE
PENDING_FIELDS = PENDING + 1
PEER_FIRST, PEER_END, PEER_WINDOW, ACKED, ISN, FIN_SENT = range(PENDING_FIELDS + FIELDS, PENDING_FIELDS + FIELDS + 6)
"""As in Context; what may be None is one more, or 0."""
SEGMENTS, OCTETS, SYNS, SYN_ACKS, FINS, FIN_FRAME, FIN_FIELDS = range(FIN_SENT + 1, FIN_SENT + 8)
OWES = FIN_FIELDS + FIELDS
"""How many answers are owed, then their fields."""

# --- the machine's registers ------------------------------------------------------------------------------------------
T, S, C, N, M = 0, 16, 24, 32, 48
"""The TCB, the segment, what comes with the event, what variables become, segments to send."""
MOST_SENT = 4
K, W = 96, 160
"""Constants; then whatever a program works out on its way."""
REGISTERS = 1024
SAVED = REGISTERS
"""Behind the registers: the sender's TCB, until the receiver has taken the segment too; and the part + 1 of a TCB that
was passed through before, or 0."""

# --- code: tables by the discrete part of a TCB, programs behind them ------------------------------------------------
PARTS = 128
"""So many discrete parts are told apart."""
ARRIVES, USUAL = 16, 16 + 16 * PARTS
"""By part and control bits: the program; by part, control bits and text or none: a list of programs."""
ANNOUNCES, KIND, LISTENS = USUAL + 32 * PARTS, USUAL + 33 * PARTS, USUAL + 34 * PARTS
PROGRAMS = LISTENS + 16
CONNECTED, ENDED, FRESH, CLOSED = 1, 2, 4, 8
"""What is said of a part: there is a connection; nothing more is expected of it; the state at first; CLOSED."""
SYN_BIT, ACK_BIT, FIN_BIT, RST_BIT = 1, 2, 4, 8
"""Control bits as tables are asked by them."""

IF_EQ, IF_NE, IF_LT, IF_GE, JUMP, SUB, ADD, MIN, MOVE, END_OF_RUN = range(10)
"""Instructions: what, two registers, and where to go on (of the first five, unless the condition holds) or the register
of the result; END_OF_RUN: two numbers, a part + 1 or 0 if no rule fired, and what follows."""
COUNT_MASK, HOLDS, LATER, RESETS = 0xFF, 1 << 8, 1 << 9, 1 << 10
"""How many segments a run sends; and whether what arrived is held, comes too early, or a RST is sent."""
