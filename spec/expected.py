"""The table of expected verdicts: what is meant to fail, per scenario and variant. Everything else is meant to hold.

A key is a variant's name; a variant with another ISN policy at both ends is "variant/policy". P-01 in a scenario's
sweep is expected to hold exactly where the server's ISN advances by at least n + 2 (RFC 9293 §3.6.1, MAY-2 (1)).
"""

from __future__ import annotations

from spec.environment import IsnPolicy

FAILS, VACUOUS = "FAILS", "VACUOUS"

EXPECTED: dict[str, dict[str, dict[str, str]]] = {}


def expected(scenario: str, key: str, property_id: str) -> str | None:
    """Return the expected word, or None when the table does not know this scenario and key."""
    rows = EXPECTED.get(scenario, {})
    if key not in rows:
        return None
    return rows[key].get(property_id, "HOLDS")


def expected_in_sweep(policy: IsnPolicy, octets: int) -> str:
    """Return the expected word for P-01 when the server's ISNs follow `policy` and it sent `octets` octets."""
    if policy.kind == "fresh":
        return "HOLDS"
    return "HOLDS" if policy.kind == "clock" and policy.step >= octets + 2 else FAILS
