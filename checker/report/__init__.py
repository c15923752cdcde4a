"""Reports: verdicts and traces as text, JSON, GitHub annotations."""
