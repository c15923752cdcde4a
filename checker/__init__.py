"""The checker: readers of the relation that run it, explore it, replay it and report on it."""
