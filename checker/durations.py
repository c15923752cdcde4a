"""How long things take by the RFCs, where a run of untimed steps is given times of real clocks. All in seconds."""

from __future__ import annotations

from fractions import Fraction

ONE_WAY = Fraction(1, 50)
"""How long a segment travels at least: what is chosen where no RFC says."""
MSL = 120
"""How long it travels at most: the maximum segment lifetime (RFC 9293 §3.4.2)."""
RTO = 1
"""The first retransmission timeout (RFC 6298 §2)."""
R2 = 100
"""How long an end sends in vain before it gives up, at least (RFC 9293 §3.8.3, SHLD-11)."""
USER_TIMEOUT = 300
"""The user timeout unless a user gives another (RFC 9293 §3.9.1.1)."""
