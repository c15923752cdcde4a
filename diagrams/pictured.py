"""What every picture can do by itself: be formatted, and show itself in a notebook."""

from __future__ import annotations


class Pictured:
    """A model of a picture: f"{picture:mermaid}" writes it down, a notebook draws it.

    Formats are those of `diagrams.render.FORMATS` that are text: text (the default), svg, mermaid, dot.
    """

    def __format__(self, form: str) -> str:
        from diagrams.render import FORMATS, render  # writing knows the models, not the other way round

        if form in ("png", "pdf") or (form and form not in FORMATS):
            able = ", ".join(name for name in FORMATS if name not in ("png", "pdf"))
            raise ValueError(f"{form!r} is not a format of text; those are {able}.")
        return render(self, form or "text").decode()

    def _repr_svg_(self) -> str:
        return format(self, "svg")
