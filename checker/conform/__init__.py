"""Conformance of captures: does a run of the relation exist that emits exactly what was seen? (docs/decisions/0015)."""
