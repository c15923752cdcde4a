"""Plain Python of a small subset, as machine code: the explorer's inner loops (docs/decisions/0013)."""
