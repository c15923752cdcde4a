"""Other models than TCP on the same language, reader and kernel: for speed, and against known counts."""
