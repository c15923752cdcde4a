"""The explorer: endpoints tabulated from the relation, and one fixed breadth-first kernel over packed states."""
