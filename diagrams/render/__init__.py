"""Writing pictures down: SVG and Graphviz from scenes, Mermaid and text from models."""
