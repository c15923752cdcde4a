"""Speed against Spin, Rumur and TLC, and how cost grows with the number of states: python -m benchmarks.bench."""
