"""Each rule by one direct example, worked out by hand from the text of RFC 9293 §3.10, not from the rules.

A row: the TCB given, the event, and what the RFC says: the rules that fire, the TCB after ("=": as before,
then what differs), the segments sent, what the user is told. The numbers are those of the RFC's figures: this
end's ISS is 100, its peer's 300, its window 4. Where a row is about several states, SND.NXT and RCV.NXT stand
for the given TCB's. "?" leaves open what the RFC leaves open.
"""

from __future__ import annotations

import re
from typing import Any, NamedTuple

import pytest

from checker.concrete import ConcreteReader, Values
from spec.tcp import TCP
from spec.vocabulary import CALL_FIELDS

READER = ConcreteReader(TCP, 32, CALL_FIELDS)
NAMES = [variable.name for variable in TCP.variables]
ONE_WAY = "ISS=100 IRS=300 SND.UNA=101"
STATES = {
    "CLOSED": "",
    "LISTEN": "ORIGIN=passive",
    "SYN-SENT": "ORIGIN=active ISS=100 SND.UNA=100 SND.NXT=101",
    "SYN-RECEIVED": "ORIGIN=passive ISS=100 IRS=300 SND.UNA=100 SND.NXT=101 RCV.NXT=301",
    "ESTABLISHED": f"ORIGIN=active {ONE_WAY} SND.NXT=101 RCV.NXT=301",
    "FIN-WAIT-1": f"ORIGIN=active {ONE_WAY} SND.NXT=102 RCV.NXT=301",
    "FIN-WAIT-2": "ORIGIN=active ISS=100 IRS=300 SND.UNA=102 SND.NXT=102 RCV.NXT=301",
    "CLOSE-WAIT": f"ORIGIN=active {ONE_WAY} SND.NXT=101 RCV.NXT=302",
    "CLOSING": f"ORIGIN=active {ONE_WAY} SND.NXT=102 RCV.NXT=302",
    "LAST-ACK": f"ORIGIN=active {ONE_WAY} SND.NXT=102 RCV.NXT=302",
    "TIME-WAIT": "ORIGIN=active ISS=100 IRS=300 SND.UNA=102 SND.NXT=102 RCV.NXT=302",
}
AFTER_LISTEN = "SYN-SENT/SYN-RECEIVED/ESTABLISHED/FIN-WAIT-1/FIN-WAIT-2/CLOSE-WAIT/CLOSING/LAST-ACK/TIME-WAIT"
OTHER = AFTER_LISTEN.removeprefix("SYN-SENT/")
SYNCHRONIZED = OTHER.removeprefix("SYN-RECEIVED/")
BOTH_CLOSED = "CLOSING/LAST-ACK/TIME-WAIT"
OPEN_STILL = "ESTABLISHED/FIN-WAIT-1/FIN-WAIT-2"
NO_WINDOW = "ESTABLISHED RCV.WND=0 RCV.USER=4"
CHALLENGE = "<SEQ=SND.NXT><ACK=RCV.NXT><CTL=ACK>"
IS_CLOSING, EXISTS = "error: connection closing", "error: connection already exists"
NO_CONNECTION, UNSPECIFIED = "error: connection does not exist", "error: remote socket unspecified"
DELIVERED, GIVEN_UP = "octets delivered", "error: connection aborted due to user timeout"
SYN_ACK = "<SEQ=100><ACK=301><CTL=SYN,ACK>"


class Row(NamedTuple):
    given: str
    event: str
    chain: str
    then: str
    sends: str = ""
    signals: str = ""


USER_CALLS = [
    # §3.10.1
    Row("CLOSED", "OPEN passive", "U-1", "LISTEN"),
    Row("CLOSED", "OPEN active", "U-2", "SYN-SENT", "<SEQ=100><CTL=SYN>"),
    Row("CLOSED", "OPEN active unspecified", "U-2e", "=", signals=UNSPECIFIED),
    Row("LISTEN", "OPEN active", "U-3", "SYN-SENT", "<SEQ=100><CTL=SYN>"),
    Row("LISTEN", "OPEN active unspecified", "U-5", "=", signals=UNSPECIFIED),
    Row("LISTEN", "OPEN passive unspecified", "U-5", "=", signals=UNSPECIFIED),
    Row(AFTER_LISTEN, "OPEN active", "U-6", "=", signals=EXISTS),
    Row(AFTER_LISTEN, "OPEN passive", "U-6", "=", signals=EXISTS),
    # §3.10.2
    Row("CLOSED", "SEND 2", "U-24", "=", signals=NO_CONNECTION),
    Row("LISTEN", "SEND 2", "U-4", "SYN-SENT SND.QUEUED=2", "<SEQ=100><CTL=SYN>"),
    Row("LISTEN", "SEND 2 unspecified", "U-5s", "=", signals=UNSPECIFIED),
    Row("SYN-SENT/SYN-RECEIVED", "SEND 2", "U-7", "= SND.QUEUED=2"),
    Row("SYN-RECEIVED SND.QUEUED=1", "SEND 2", "U-7", "= SND.QUEUED=3"),
    Row("ESTABLISHED", "SEND 2", "U-8", "= SND.NXT=103", "<SEQ=101><ACK=301><DATA=2><CTL=ACK>"),
    Row("CLOSE-WAIT", "SEND 2", "U-8", "= SND.NXT=103", "<SEQ=101><ACK=302><DATA=2><CTL=ACK>"),
    Row("ESTABLISHED/CLOSE-WAIT SND.QUEUED=1", "SEND 2", "U-8q", "= SND.QUEUED=3"),
    Row("FIN-WAIT-1/FIN-WAIT-2", "SEND 2", "U-9", "=", signals=IS_CLOSING),
    Row(BOTH_CLOSED, "SEND 2", "U-9", "=", signals=IS_CLOSING),
    Row("SYN-RECEIVED/ESTABLISHED/CLOSE-WAIT CLOSE.QUEUED=1", "SEND 2", "U-9q", "=", signals=IS_CLOSING),
    # §3.10.3
    Row("CLOSED", "RECEIVE", "U-24", "=", signals=NO_CONNECTION),
    Row("LISTEN/SYN-SENT/SYN-RECEIVED RECEIVE.QUEUED=0", "RECEIVE", "U-10s", "= RECEIVE.QUEUED=1"),
    Row(f"{OPEN_STILL} RECEIVE.QUEUED=0", "RECEIVE", "U-10q", "= RECEIVE.QUEUED=1"),
    Row(f"{OPEN_STILL} RCV.USER=3 RCV.WND=1", "RECEIVE", "U-10", "= RCV.USER=0 RCV.WND=4", "", DELIVERED),
    Row("CLOSE-WAIT RCV.USER=3 RCV.WND=1", "RECEIVE", "U-11", "= RCV.USER=0 RCV.WND=4", "", DELIVERED),
    Row("CLOSE-WAIT", "RECEIVE", "U-11e", "=", signals=IS_CLOSING),
    Row(BOTH_CLOSED, "RECEIVE", "U-12", "=", signals=IS_CLOSING),
    # §3.10.4
    Row("CLOSED", "CLOSE", "U-24", "=", signals=NO_CONNECTION),
    Row("LISTEN", "CLOSE", "U-13", "CLOSED", signals="error: closing"),
    Row("SYN-SENT", "CLOSE", "U-14", "CLOSED", signals="error: closing"),
    Row("SYN-RECEIVED", "CLOSE", "U-15", "FIN-WAIT-1 ORIGIN=passive SND.UNA=100",
        "<SEQ=101><ACK=301><CTL=FIN,ACK>"),
    Row("SYN-RECEIVED SND.QUEUED=2", "CLOSE", "U-16", "= CLOSE.QUEUED=1"),
    Row("ESTABLISHED", "CLOSE", "U-17", "FIN-WAIT-1", "<SEQ=101><ACK=301><CTL=FIN,ACK>"),
    Row("ESTABLISHED SND.QUEUED=2", "CLOSE", "U-17q", "FIN-WAIT-1 SND.NXT=101 SND.QUEUED=2 CLOSE.QUEUED=1"),
    Row("FIN-WAIT-1/FIN-WAIT-2", "CLOSE", "U-19", "=", signals=IS_CLOSING),
    Row("CLOSE-WAIT", "CLOSE", "U-18", "LAST-ACK", "<SEQ=101><ACK=302><CTL=FIN,ACK>"),
    Row("CLOSE-WAIT SND.QUEUED=2", "CLOSE", "U-18q", "= CLOSE.QUEUED=1"),
    Row("SYN-RECEIVED/ESTABLISHED/CLOSE-WAIT CLOSE.QUEUED=1", "CLOSE", "U-19q", "=", signals=IS_CLOSING),
    Row("CLOSE-WAIT SND.QUEUED=2 CLOSE.QUEUED=1", "CLOSE", "U-19q", "=", signals=IS_CLOSING),
    Row(BOTH_CLOSED, "CLOSE", "U-20", "=", signals=IS_CLOSING),
    # §3.10.5
    Row("CLOSED", "ABORT", "U-24", "=", signals=NO_CONNECTION),
    Row("LISTEN", "ABORT", "U-21", "CLOSED", signals="error: connection reset"),
    Row("SYN-SENT", "ABORT", "U-21s", "CLOSED", signals="connection reset"),
    Row("SYN-RECEIVED/ESTABLISHED/CLOSE-WAIT", "ABORT", "U-22", "CLOSED",
        "<SEQ=101><CTL=RST>", "connection reset"),
    Row("FIN-WAIT-1/FIN-WAIT-2", "ABORT", "U-22", "CLOSED", "<SEQ=102><CTL=RST>", "connection reset"),
    Row(BOTH_CLOSED, "ABORT", "U-23", "CLOSED", signals="ok"),
    # §3.10.2 and §3.10.4: what was queued is sent
    Row("ESTABLISHED SND.QUEUED=2", "SEGMENTIZE", "O-1", "= SND.QUEUED=0 SND.NXT=103",
        "<SEQ=101><ACK=301><DATA=2><CTL=ACK>"),
    Row("CLOSE-WAIT SND.QUEUED=2 CLOSE.QUEUED=1", "SEGMENTIZE", "O-1", "= SND.QUEUED=0 SND.NXT=103",
        "<SEQ=101><ACK=302><DATA=2><CTL=ACK>"),
    Row("FIN-WAIT-1/CLOSING SND.NXT=101 SND.QUEUED=2 CLOSE.QUEUED=1", "SEGMENTIZE", "O-1",
        "= SND.QUEUED=0 SND.NXT=103", "<SEQ=101><ACK=RCV.NXT><DATA=2><CTL=ACK>"),
    Row("FIN-WAIT-1 SND.NXT=101 CLOSE.QUEUED=1", "SEGMENTIZE", "O-2", "FIN-WAIT-1",
        "<SEQ=101><ACK=301><CTL=FIN,ACK>"),
    Row("CLOSING SND.NXT=101 CLOSE.QUEUED=1", "SEGMENTIZE", "O-2", "CLOSING",
        "<SEQ=101><ACK=302><CTL=FIN,ACK>"),
    Row("ESTABLISHED SND.QUEUED=2 CLOSE.QUEUED=1", "SEGMENTIZE", "O-3",
        "FIN-WAIT-1 SND.NXT=101 SND.QUEUED=2 CLOSE.QUEUED=1"),
    Row("CLOSE-WAIT CLOSE.QUEUED=1", "SEGMENTIZE", "O-4", "LAST-ACK", "<SEQ=101><ACK=302><CTL=FIN,ACK>"),
    Row(SYNCHRONIZED, "SEGMENTIZE", "", "="),
]  # fmt: skip

CLOSED_LISTEN_SYN_SENT = [
    # §3.10.7.1
    Row("CLOSED", "<SEQ=300><CTL=RST>", "C-1", "="),
    Row("CLOSED", "<SEQ=300><ACK=100><CTL=RST,ACK>", "C-1", "="),
    Row("CLOSED", "<SEQ=300><CTL=SYN>", "C-2a", "=", "<SEQ=0><ACK=301><CTL=RST,ACK>"),
    Row("CLOSED", "<SEQ=300><DATA=10><CTL=SYN,FIN>", "C-2a", "=", "<SEQ=0><ACK=312><CTL=RST,ACK>"),
    Row("CLOSED", "<SEQ=300><ACK=100><DATA=10><CTL=ACK>", "C-2b", "=", "<SEQ=100><CTL=RST>"),
    # §3.10.7.2
    Row("LISTEN", "<SEQ=300><CTL=RST>", "L-1", "="),
    Row("LISTEN", "<SEQ=300><ACK=100><CTL=RST,ACK>", "L-1", "="),
    Row("LISTEN", "<SEQ=300><ACK=91><CTL=ACK>", "L-2", "=", "<SEQ=91><CTL=RST>"),
    Row("LISTEN", "<SEQ=300><ACK=91><CTL=SYN,ACK>", "L-2", "=", "<SEQ=91><CTL=RST>"),
    Row("LISTEN", "<SEQ=300><CTL=SYN>", "L-3", "SYN-RECEIVED", SYN_ACK),
    Row("LISTEN", "<SEQ=300><DATA=1><CTL=>", "L-4", "="),
    Row("LISTEN", "<SEQ=300><CTL=FIN>", "L-4", "="),
    # §3.10.7.3
    Row("SYN-SENT", "<SEQ=0><ACK=100><CTL=RST,ACK>", "SS-1", "="),
    Row("SYN-SENT", "<SEQ=0><ACK=102><CTL=RST,ACK>", "SS-1", "="),
    Row("SYN-SENT", "<SEQ=300><ACK=91><CTL=SYN,ACK>", "SS-2", "=", "<SEQ=91><CTL=RST>"),
    Row("SYN-SENT", "<SEQ=300><ACK=100><CTL=ACK>", "SS-2", "=", "<SEQ=100><CTL=RST>"),
    Row("SYN-SENT", "<SEQ=300><ACK=102><CTL=SYN,ACK>", "SS-2", "=", "<SEQ=102><CTL=RST>"),
    Row("SYN-SENT", "<SEQ=0><ACK=101><CTL=RST,ACK>", "SS-3", "CLOSED", "", "error: connection reset"),
    Row("SYN-SENT", "<SEQ=0><CTL=RST>", "SS-4", "="),
    Row("SYN-SENT", "<SEQ=300><CTL=SYN,RST>", "SS-4", "="),
    Row("SYN-SENT", "<SEQ=300><ACK=101><CTL=SYN,ACK>", "SS-5", "ESTABLISHED", "<SEQ=101><ACK=301><CTL=ACK>"),
    Row("SYN-SENT", "<SEQ=300><ACK=101><DATA=2><CTL=SYN,ACK>", "SS-5 D-1", "ESTABLISHED RCV.NXT=303",
        "<SEQ=101><ACK=301><CTL=ACK> <SEQ=101><ACK=303><CTL=ACK>", DELIVERED),
    Row("SYN-SENT", "<SEQ=300><ACK=101><CTL=SYN,FIN,ACK>", "SS-5 F-1", "CLOSE-WAIT",
        "<SEQ=101><ACK=301><CTL=ACK> <SEQ=101><ACK=302><CTL=ACK>", "connection closing"),
    Row("SYN-SENT", "<SEQ=300><CTL=SYN>", "SS-6", "SYN-RECEIVED ORIGIN=active", SYN_ACK),
    Row("SYN-SENT", "<SEQ=300><ACK=101><CTL=ACK>", "SS-7", "="),
    Row("SYN-SENT", "<SEQ=300><ACK=101><CTL=FIN,ACK>", "SS-7", "="),
    Row("SYN-SENT", "<SEQ=300><CTL=FIN>", "SS-7", "="),
]  # fmt: skip

BEFORE_THE_ACK_FIELD = [
    # §3.10.7.4 first; the window is RCV.NXT to RCV.NXT+3
    Row(OTHER, "<SEQ=RCV.NXT-1><CTL=RST>", "Q-1", "="),
    Row(OTHER, "<SEQ=RCV.NXT+4><CTL=RST>", "Q-1", "="),
    Row(OTHER, "<SEQ=RCV.NXT-1><ACK=101><CTL=ACK>", "Q-2", "=", CHALLENGE),
    Row(OTHER, "<SEQ=RCV.NXT+4><ACK=101><CTL=ACK>", "Q-2", "=", CHALLENGE),
    Row(OTHER, "<SEQ=RCV.NXT-1><CTL=SYN>", "Q-2", "=", CHALLENGE),
    Row(OTHER, "<SEQ=RCV.NXT-2><ACK=101><DATA=1><CTL=FIN,ACK>", "Q-2", "=", CHALLENGE),
    Row(NO_WINDOW, "<SEQ=302><ACK=101><CTL=ACK>", "Q-2", "=", CHALLENGE),
    Row(f"{NO_WINDOW} SND.NXT=103", "<SEQ=301><ACK=103><DATA=1><CTL=ACK>", "Q-5 A-3",
        "= SND.UNA=103", CHALLENGE),
    Row(NO_WINDOW, "<SEQ=301><ACK=101><CTL=FIN,ACK>", "Q-5 A-3d", "=", CHALLENGE),
    Row(f"{OTHER} RCV.WND=0 RCV.USER=4", "<SEQ=RCV.NXT><DATA=1><CTL=>", "Q-5 A-0", "=", CHALLENGE),
    Row(NO_WINDOW, "<SEQ=301><CTL=SYN>", "Q-2", "=", CHALLENGE),
    # the letter acknowledges twice: once in the first step, once in the fifth
    Row(NO_WINDOW, "<SEQ=301><ACK=200><DATA=1><CTL=ACK>", "Q-5 A-3f", "=", f"{CHALLENGE} {CHALLENGE}"),
    Row(f"{NO_WINDOW} SND.NXT=103", "<SEQ=301><ACK=103><CTL=ACK>", "A-3",
        "= SND.UNA=103"),
    Row("ESTABLISHED", "<SEQ=300><ACK=101><DATA=3><CTL=ACK>", "Q-3 A-3d D-1", "= RCV.NXT=303",
        "<SEQ=101><ACK=303><CTL=ACK>", DELIVERED),
    Row("ESTABLISHED", "<SEQ=300><ACK=101><DATA=1><CTL=FIN,ACK>", "Q-3 A-3d F-1", "CLOSE-WAIT",
        "<SEQ=101><ACK=302><CTL=ACK>", "connection closing"),
    Row("SYN-RECEIVED", "<SEQ=300><DATA=1><CTL=SYN>", "Q-3 A-0", "="),
    Row(OTHER, "<SEQ=RCV.NXT-1><DATA=2><CTL=>", "Q-3 A-0", "="),
    Row("ESTABLISHED", "<SEQ=300><ACK=101><DATA=2><CTL=SYN,ACK>", "Q-3 Y-2", "=", CHALLENGE),
    Row(OTHER, "<SEQ=RCV.NXT+1><ACK=101><DATA=1><CTL=ACK>", "Q-4", "="),
    Row(OTHER, "<SEQ=RCV.NXT+1><ACK=101><CTL=FIN,ACK>", "Q-4", "="),
    # second
    Row(OTHER, "<SEQ=RCV.NXT+1><CTL=RST>", "R-1", "=", CHALLENGE),
    Row(OTHER, "<SEQ=RCV.NXT+3><ACK=101><CTL=RST,ACK>", "R-1", "=", CHALLENGE),
    Row("SYN-RECEIVED ORIGIN=active", "<SEQ=302><CTL=RST>", "R-1", "=", CHALLENGE),
    Row(OTHER, "<SEQ=RCV.NXT-1><DATA=3><CTL=RST>", "Q-3 R-0", "="),
    Row("SYN-RECEIVED", "<SEQ=301><CTL=RST>", "R-2", "LISTEN"),
    Row("SYN-RECEIVED ORIGIN=active", "<SEQ=301><CTL=RST>", "R-3", "CLOSED", "", "connection refused"),
    Row(f"{OPEN_STILL}/CLOSE-WAIT", "<SEQ=RCV.NXT><CTL=RST>", "R-4", "CLOSED", "", "connection reset"),
    Row(NO_WINDOW, "<SEQ=301><CTL=RST>", "R-4", "CLOSED", "", "connection reset"),
    Row(NO_WINDOW, "<SEQ=301><DATA=1><CTL=RST>", "R-4", "CLOSED", "", "connection reset"),
    Row(BOTH_CLOSED, "<SEQ=302><CTL=RST>", "R-5", "CLOSED"),
    # fourth
    Row("SYN-RECEIVED", "<SEQ=301><CTL=SYN>", "Y-1", "LISTEN"),
    Row("SYN-RECEIVED", "<SEQ=303><CTL=SYN>", "Y-1", "LISTEN"),
    Row("SYN-RECEIVED ORIGIN=active", "<SEQ=301><CTL=SYN>", "Y-2a", "=", CHALLENGE),
    Row(SYNCHRONIZED, "<SEQ=RCV.NXT><CTL=SYN>", "Y-2", "=", CHALLENGE),
    Row(SYNCHRONIZED, "<SEQ=RCV.NXT+3><ACK=101><CTL=SYN,ACK>", "Y-2", "=", CHALLENGE),
]  # fmt: skip

FROM_THE_ACK_FIELD_ON = [
    # §3.10.7.4 fifth
    Row(OTHER, "<SEQ=RCV.NXT><DATA=1><CTL=>", "A-0", "="),
    Row(OTHER, "<SEQ=RCV.NXT><CTL=FIN>", "A-0", "="),
    Row("SYN-RECEIVED", "<SEQ=301><ACK=101><CTL=ACK>", "A-1 A-3", "ESTABLISHED ORIGIN=passive"),
    Row("SYN-RECEIVED ORIGIN=active", "<SEQ=301><ACK=101><CTL=ACK>", "A-1 A-3", "ESTABLISHED"),
    Row("SYN-RECEIVED", "<SEQ=301><ACK=101><DATA=1><CTL=ACK>", "A-1 A-3 D-1",
        "ESTABLISHED ORIGIN=passive RCV.NXT=302",
        "<SEQ=101><ACK=302><CTL=ACK>", DELIVERED),
    Row("SYN-RECEIVED", "<SEQ=301><ACK=101><CTL=FIN,ACK>", "A-1 A-3 F-1", "CLOSE-WAIT ORIGIN=passive",
        "<SEQ=101><ACK=302><CTL=ACK>", "connection closing"),
    Row("SYN-RECEIVED", "<SEQ=301><ACK=100><CTL=ACK>", "A-2", "=", "<SEQ=100><CTL=RST>"),
    Row("SYN-RECEIVED", "<SEQ=301><ACK=102><CTL=ACK>", "A-2", "=", "<SEQ=102><CTL=RST>"),
    Row("ESTABLISHED/CLOSE-WAIT SND.NXT=103", "<SEQ=RCV.NXT><ACK=102><CTL=ACK>", "A-3", "= SND.UNA=102"),
    Row("ESTABLISHED/CLOSE-WAIT SND.NXT=103", "<SEQ=RCV.NXT><ACK=101><CTL=ACK>", "A-3d", "="),
    Row("ESTABLISHED/CLOSE-WAIT SND.NXT=103", "<SEQ=RCV.NXT><ACK=91><CTL=ACK>", "A-3d", "="),
    Row(SYNCHRONIZED.removesuffix("/TIME-WAIT"), "<SEQ=RCV.NXT><ACK=SND.NXT+1><CTL=ACK>", "A-3f",
        "=", CHALLENGE),
    Row("ESTABLISHED", "<SEQ=301><ACK=102><DATA=1><CTL=ACK>", "A-3f", "=", CHALLENGE),
    Row("FIN-WAIT-1", "<SEQ=301><ACK=102><CTL=ACK>", "A-3 A-4 A-5", "FIN-WAIT-2", "", "ok"),
    Row("FIN-WAIT-1 SND.NXT=104", "<SEQ=301><ACK=103><CTL=ACK>", "A-3", "= SND.UNA=103"),
    Row("FIN-WAIT-1 SND.NXT=101 CLOSE.QUEUED=1", "<SEQ=301><ACK=101><CTL=ACK>", "A-3d", "="),
    Row("FIN-WAIT-2", "<SEQ=301><ACK=102><CTL=ACK>", "A-3d A-5", "=", "", "ok"),
    Row("CLOSING", "<SEQ=302><ACK=102><CTL=ACK>", "A-3 A-6", "TIME-WAIT"),
    Row("CLOSING", "<SEQ=302><ACK=102><CTL=FIN,ACK>", "A-3 A-6 F-5", "TIME-WAIT RCV.NXT=303",
        "<SEQ=102><ACK=303><CTL=ACK>", "connection closing"),
    Row("CLOSING", "<SEQ=302><ACK=101><CTL=ACK>", "A-3d A-7", "="),
    Row("LAST-ACK", "<SEQ=302><ACK=101><CTL=ACK>", "A-3d A-8", "="),
    Row("LAST-ACK", "<SEQ=302><ACK=102><CTL=ACK>", "A-3 A-9", "CLOSED"),
    Row("TIME-WAIT", "<SEQ=301><ACK=102><CTL=FIN,ACK>", "Q-2", "=", "<SEQ=102><ACK=302><CTL=ACK>"),
    Row("TIME-WAIT", "<SEQ=302><ACK=102><CTL=ACK>", "A-10n", "="),
    # seventh
    Row("ESTABLISHED", "<SEQ=301><ACK=101><DATA=2><CTL=ACK>", "A-3d D-1", "= RCV.NXT=303",
        "<SEQ=101><ACK=303><CTL=ACK>", DELIVERED),
    Row("FIN-WAIT-1", "<SEQ=301><ACK=101><DATA=2><CTL=ACK>", "A-3d D-1", "= RCV.NXT=303",
        "<SEQ=102><ACK=303><CTL=ACK>", DELIVERED),
    Row("FIN-WAIT-2", "<SEQ=301><ACK=102><DATA=2><CTL=ACK>", "A-3d A-5 D-1", "= RCV.NXT=303",
        "<SEQ=102><ACK=303><CTL=ACK>", "ok, octets delivered"),
    Row("ESTABLISHED", "<SEQ=301><ACK=101><DATA=6><CTL=ACK>", "A-3d D-1", "= RCV.NXT=305",
        "<SEQ=101><ACK=305><CTL=ACK>", DELIVERED),
    Row("ESTABLISHED", "<SEQ=301><ACK=101><DATA=4><CTL=FIN,ACK>", "A-3d D-1", "= RCV.NXT=305",
        "<SEQ=101><ACK=305><CTL=ACK>", DELIVERED),
    Row("ESTABLISHED", "<SEQ=301><ACK=101><DATA=2><CTL=FIN,ACK>", "A-3d D-1f F-1", "CLOSE-WAIT RCV.NXT=304",
        "<SEQ=101><ACK=304><CTL=ACK>", "octets delivered, connection closing"),
    Row("FIN-WAIT-1", "<SEQ=301><ACK=101><DATA=2><CTL=FIN,ACK>", "A-3d D-1f F-2", "CLOSING RCV.NXT=304",
        "<SEQ=102><ACK=304><CTL=ACK>", "octets delivered, connection closing"),
    Row("FIN-WAIT-2", "<SEQ=301><ACK=102><DATA=2><CTL=FIN,ACK>", "A-3d A-5 D-1f F-3", "TIME-WAIT RCV.NXT=304",
        "<SEQ=102><ACK=304><CTL=ACK>", "ok, octets delivered, connection closing"),
    Row("ESTABLISHED/FIN-WAIT-1 RECEIVE.QUEUED=0", "<SEQ=301><ACK=101><CTL=ACK>", "A-3d", "="),
    Row("ESTABLISHED RECEIVE.QUEUED=0", "<SEQ=301><ACK=101><CTL=FIN,ACK>", "A-3d F-1",
        "CLOSE-WAIT RECEIVE.QUEUED=0", "<SEQ=101><ACK=302><CTL=ACK>", "connection closing"),
    Row("ESTABLISHED/FIN-WAIT-1 RECEIVE.QUEUED=0", "<SEQ=301><ACK=101><DATA=2><CTL=ACK>", "A-3d D-1b",
        "= RCV.NXT=303 RCV.USER=2 RCV.WND=2", "<SEQ=SND.NXT><ACK=303><CTL=ACK>"),
    Row("FIN-WAIT-2 RECEIVE.QUEUED=0", "<SEQ=301><ACK=102><DATA=2><CTL=ACK>", "A-3d A-5 D-1b",
        "= RCV.NXT=303 RCV.USER=2 RCV.WND=2", "<SEQ=102><ACK=303><CTL=ACK>", "ok"),
    Row("ESTABLISHED RECEIVE.QUEUED=0", "<SEQ=301><ACK=101><DATA=2><CTL=FIN,ACK>", "A-3d D-1bf F-1",
        "CLOSE-WAIT RCV.NXT=304 RCV.USER=2 RCV.WND=2 RECEIVE.QUEUED=0", "<SEQ=101><ACK=304><CTL=ACK>",
        "connection closing"),
    Row("FIN-WAIT-1 RECEIVE.QUEUED=0", "<SEQ=301><ACK=101><DATA=2><CTL=FIN,ACK>", "A-3d D-1bf F-2",
        "CLOSING RCV.NXT=304 RCV.USER=2 RCV.WND=2 RECEIVE.QUEUED=0", "<SEQ=102><ACK=304><CTL=ACK>",
        "connection closing"),
    Row("FIN-WAIT-2 RECEIVE.QUEUED=0", "<SEQ=301><ACK=102><DATA=2><CTL=FIN,ACK>", "A-3d A-5 D-1bf F-3",
        "TIME-WAIT RCV.NXT=304 RCV.USER=2 RCV.WND=2 RECEIVE.QUEUED=0", "<SEQ=102><ACK=304><CTL=ACK>",
        "ok, connection closing"),
    Row("CLOSE-WAIT", "<SEQ=302><ACK=101><DATA=1><CTL=ACK>", "A-3d D-2", "="),
    Row("LAST-ACK", "<SEQ=302><ACK=101><DATA=1><CTL=ACK>", "A-3d A-8 D-2", "="),
    # eighth
    Row("ESTABLISHED", "<SEQ=301><ACK=101><CTL=FIN,ACK>", "A-3d F-1", "CLOSE-WAIT",
        "<SEQ=101><ACK=302><CTL=ACK>", "connection closing"),
    Row("FIN-WAIT-1", "<SEQ=301><ACK=101><CTL=FIN,ACK>", "A-3d F-2", "CLOSING",
        "<SEQ=102><ACK=302><CTL=ACK>", "connection closing"),
    Row("FIN-WAIT-1", "<SEQ=301><ACK=102><CTL=FIN,ACK>", "A-3 A-4 A-5 F-3", "TIME-WAIT",
        "<SEQ=102><ACK=302><CTL=ACK>", "ok, connection closing"),
    Row("FIN-WAIT-2", "<SEQ=301><ACK=102><CTL=FIN,ACK>", "A-3d A-5 F-3", "TIME-WAIT",
        "<SEQ=102><ACK=302><CTL=ACK>", "ok, connection closing"),
    Row("CLOSE-WAIT", "<SEQ=302><ACK=101><CTL=FIN,ACK>", "A-3d F-4", "= RCV.NXT=303",
        "<SEQ=101><ACK=303><CTL=ACK>", "connection closing"),
    Row("LAST-ACK", "<SEQ=302><ACK=101><CTL=FIN,ACK>", "A-3d A-8 F-4", "= RCV.NXT=303",
        "<SEQ=102><ACK=303><CTL=ACK>", "connection closing"),
    Row("TIME-WAIT", "<SEQ=302><ACK=102><CTL=FIN,ACK>", "A-10 F-5", "= RCV.NXT=303",
        "<SEQ=102><ACK=303><CTL=ACK>", "connection closing"),
]  # fmt: skip

TIMEOUTS = [
    # §3.10.8
    Row(f"LISTEN/{AFTER_LISTEN}", "USER TIMEOUT", "T-1", "CLOSED", "", GIVEN_UP),
    Row("SYN-SENT", "RETRANSMISSION TIMEOUT", "T-2a", "=", "<SEQ=100><CTL=SYN>"),
    Row("SYN-RECEIVED", "RETRANSMISSION TIMEOUT", "T-2b", "=", SYN_ACK),
    Row("FIN-WAIT-1 SND.UNA=100", "RETRANSMISSION TIMEOUT", "T-2b", "=", SYN_ACK),
    Row("CLOSING SND.UNA=100", "RETRANSMISSION TIMEOUT", "T-2b", "=", "<SEQ=100><ACK=302><CTL=SYN,ACK>"),
    Row("ESTABLISHED SND.NXT=103", "RETRANSMISSION TIMEOUT", "T-2c", "=",
        "<SEQ=101><ACK=301><DATA=2><CTL=ACK>"),
    Row("CLOSE-WAIT SND.NXT=103", "RETRANSMISSION TIMEOUT", "T-2c", "=",
        "<SEQ=101><ACK=302><DATA=2><CTL=ACK>"),
    Row("FIN-WAIT-1", "RETRANSMISSION TIMEOUT", "T-2d", "=", "<SEQ=101><ACK=301><CTL=FIN,ACK>"),
    Row("CLOSING/LAST-ACK", "RETRANSMISSION TIMEOUT", "T-2d", "=", "<SEQ=101><ACK=302><CTL=FIN,ACK>"),
    Row("FIN-WAIT-1 SND.NXT=104", "RETRANSMISSION TIMEOUT", "T-2e", "=",
        "<SEQ=101><ACK=301><DATA=2><CTL=ACK>"),
    Row("CLOSING/LAST-ACK SND.NXT=104", "RETRANSMISSION TIMEOUT", "T-2e", "=",
        "<SEQ=101><ACK=302><DATA=2><CTL=ACK>"),
    Row("FIN-WAIT-1 CLOSE.QUEUED=1", "RETRANSMISSION TIMEOUT", "T-2e", "=",
        "<SEQ=101><ACK=301><DATA=1><CTL=ACK>"),
    Row("ESTABLISHED/FIN-WAIT-2/CLOSE-WAIT/TIME-WAIT", "RETRANSMISSION TIMEOUT", "", "="),
    Row("SYN-SENT/SYN-RECEIVED/FIN-WAIT-1/CLOSING/LAST-ACK", "R2 REACHED", "T-3", "CLOSED", "", "?"),
    Row("ESTABLISHED/CLOSE-WAIT SND.NXT=103", "R2 REACHED", "T-3", "CLOSED", "", "?"),
    Row("ESTABLISHED/FIN-WAIT-2/CLOSE-WAIT/TIME-WAIT", "R2 REACHED", "", "="),
    Row("TIME-WAIT", "TIME-WAIT TIMEOUT", "T-4", "CLOSED"),
    Row(f"CLOSED/LISTEN/{AFTER_LISTEN.removesuffix('/TIME-WAIT')}", "TIME-WAIT TIMEOUT", "", "="),
]  # fmt: skip

ROWS = [*USER_CALLS, *CLOSED_LISTEN_SYN_SENT, *BEFORE_THE_ACK_FIELD, *FROM_THE_ACK_FIELD_ON, *TIMEOUTS]


def apart(row: Row) -> list[Row]:
    """Return the row once for each of the states that it is about."""
    states, *changes = row.given.split(" ")
    return [row._replace(given=" ".join([state, *changes])) for state in states.split("/")]


EXAMPLES = [example for row in ROWS for example in apart(row)]


def changed(tcb: dict[str, Any], words: list[str]) -> dict[str, Any]:
    """Return the TCB with NAME=value for each word."""
    new = dict(tcb)
    for word in words:
        name, value = word.split("=")
        new[name] = value if name == "ORIGIN" else type(tcb[name])(int(value))
    return new


def tcb_of(text: str) -> dict[str, Any]:
    """Return the TCB of a state, as in STATES but for the changes that follow it."""
    state, *changes = text.split(" ")
    fresh = dict(zip(NAMES, READER.initial, strict=True)) | {"STATE": state}
    return changed(changed(fresh, STATES[state].split()), changes)


def segment_of(text: str, tcb: dict[str, Any]) -> dict[str, Any]:
    """Read a segment as the RFC writes it; SND.NXT and RCV.NXT are the TCB's."""
    fields: dict[str, Any] = {name: False if name.endswith(" bit") else 0 for name in TCP.message}
    for name, value in re.findall(r"<(\w+)=([^>]*)>", text):
        if name == "CTL":
            fields |= {f"{bit} bit": True for bit in value.split(",") if bit}
        else:
            number = re.fullmatch(r"(?:(SND\.NXT|RCV\.NXT)|(\d+))([+-]\d+)?", value)
            assert number, value
            fields[name] = (tcb[number[1]] if number[1] else int(number[2])) + int(number[3] or 0)
    return fields


def call_of(words: list[str]) -> Values:
    """Return what comes with a user call: OPEN active, SEND 2 unspecified."""
    octets = next((int(word) for word in words if word.isdigit()), 0)
    values = {"ISN": 100, "OCTETS": octets, "ACTIVE": "active" in words, "REMOTE": "unspecified" not in words}
    return tuple(values[name] for name in CALL_FIELDS)


@pytest.mark.parametrize("row", EXAMPLES, ids=lambda row: f"{row.given} {row.event}")
def test_what_the_rfc_says(row: Row) -> None:
    given = tcb_of(row.given)
    arrived = tuple(segment_of(row.event, given).values()) if row.event.startswith("<") else None
    known = [event.name for event in TCP.events if row.event.startswith(event.name)]
    event = "SEGMENT ARRIVES" if arrived else known[0]
    outcome = READER.run(tuple(given.values()), event, arrived, call_of(row.event.split()))
    if outcome is None:
        assert row.chain == ""
        return
    first, *changes = row.then.split(" ")
    after = changed(given, changes) if first == "=" else tcb_of(row.then)
    assert dict(zip(NAMES, outcome.tcb, strict=True)) == after
    sends = [segment_of(text, given) for text in row.sends.split()]
    for fields in sends:
        fields["WND"] = 0 if fields["RST bit"] else after["RCV.WND"]
    assert [dict(zip(TCP.message, sent, strict=True)) for sent in outcome.sent] == sends
    assert row.signals in ("?", ", ".join(outcome.signals))
    assert row.chain in ("?", " ".join(outcome.chain))


# Listed for RFC 9293 in the literature, but a choice that this relation leaves to its variants, or security.
OPTIONAL = {"L-3s", "X-1", "Q-0", "Y-3", "A-0b", "D-3"}
NEVER = {"F-0"}  # no FIN gets to the eighth step in CLOSED, LISTEN or SYN-SENT; rows of those states show it


def test_every_rule_has_an_example() -> None:
    shown = {rule_id for row in ROWS for rule_id in row.chain.split()} - {"?"}
    assert shown == {rule.id for rule in TCP.rules} - NEVER
    assert not OPTIONAL & {rule.id for rule in TCP.rules}
