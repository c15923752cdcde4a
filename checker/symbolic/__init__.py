"""The symbolic reader: the relation as z3 terms at any width, and what z3 answers about it. No z3 object leaves."""
