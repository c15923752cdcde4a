"""Pictures drawn from the relation, never typed in: state diagrams, ladders of traces, tables of rules.

`model` is what a picture says, free of any format; `extract` reads it from `spec`; `render` writes it down as
Graphviz, Mermaid, text or HTML.
"""
