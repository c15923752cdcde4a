"""Captures: files of recorded frames read as TCP segments, sorted into conversations. No rule of TCP stands here."""
