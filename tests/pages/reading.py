"""An HTML page taken apart with Python's own parser, strictly: what is opened is closed, in order."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import Any

VOID = {"meta", "br", "img", "link", "hr", "input"}
ALONE = {"rect", "use", "image"}  # drawn parts, closed where they stand


class Page(HTMLParser):
    """`elements` are (tag, attributes) in order; `text` is all that is read, without style and script."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.texts: list[str] = []
        self.open: list[str] = []
        self.feed(html)
        self.close()
        assert self.open == [], f"never closed: {self.open}"
        ids = [attributes["id"] for _, attributes in self.elements if "id" in attributes]
        assert len(ids) == len(set(ids)), "an id stands there twice"
        self.ids = set(ids)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        names = [name for name, _ in attributes]
        assert len(names) == len(set(names)), f"<{tag}> has an attribute twice"
        self.elements.append((tag, {name: value or "" for name, value in attributes}))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        assert tag in ALONE, tag
        self.handle_starttag(tag, attributes)
        self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        assert self.open and self.open[-1] == tag, f"</{tag}> in {self.open}"
        self.open.pop()

    def handle_data(self, data: str) -> None:
        if not {"style", "script"} & set(self.open):
            self.texts.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.texts).split())

    def all(self, tag: str, **wanted: Any) -> list[dict[str, str]]:
        """The attributes of every such element; `cls` is one of its classes."""
        cls = wanted.pop("cls", None)
        return [found for name, found in self.elements if name == tag
                and (cls is None or cls in found.get("class", "").split())
                and all(found.get(key) == value for key, value in wanted.items())]
