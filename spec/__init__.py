"""The specification: one relation and what is said about it. Data only; imports nothing but itself."""
