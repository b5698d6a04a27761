"""What stands between the statements of a program: comments and blank lines, put back where they were.

`Margins` collects the printed lines. Each line of code comes with its place in the source; the comments that begin
before its end are printed above it, and one that follows on the same line behind it.
"""

from __future__ import annotations

from fmplang.syntax.ast import Comment
from fmplang.syntax.kinds import kinds
from fmplang.syntax.source import Source


class Margins:
    """Without a source there are no blank lines inside of bodies, and a comment behind code goes to the last line."""

    def __init__(self, comments: tuple[Comment, ...], source: Source | None) -> None:
        self.comments = comments
        self.text = source.text if source else None
        self.lines: list[str] = []
        self.next = 0  # the first comment that is not printed yet
        self.opened = True  # the last line opened a block (or the file): no blank line after it

    def code(self, indent: int, text: str, start: int, end: int, opens: bool = False, gap: int | None = None) -> None:
        """A line of code from [start, end); with `gap`, so many blank lines go before it and its comments."""
        if gap is not None:
            self.lines += [""] * gap
            self.opened = True
        self.above(start, indent)
        if not self.opened and self.apart(start):
            self.lines.append("")
        while (comment := self._peek()) is not None and comment.start < end:  # inside of brackets
            self.lines.append(" " * indent + comment.text)
            self.next += 1
        self.lines.append(" " * indent + text)
        self.opened = opens
        self._behind(end)

    def above(self, end: int, indent: int) -> None:
        """The comments that begin before `end`, each on a line of its own."""
        while (comment := self._peek()) is not None and comment.start < end:
            self._own_line(comment, indent)

    def below(self, until: int, indent: int, column: int) -> None:
        """The comments at the end of a block, indented deeper than `column`, where the code before `until` ends."""
        while (comment := self._peek()) is not None and comment.start < until and comment.indent > column:
            self._own_line(comment, indent)

    def skip(self, end: int) -> None:
        """Leave out the comments before `end`: they are part of a text that is kept as it is."""
        while (comment := self._peek()) is not None and comment.start < end:
            self.next += 1

    def _own_line(self, comment: Comment, indent: int) -> None:
        if not self.opened and comment.indent >= 0 and self.apart(comment.start):
            self.lines.append("")
        self.lines.append(" " * indent + comment.text)
        self.opened = False
        self.next += 1

    def _behind(self, end: int) -> None:
        comment = self._peek()
        if comment is not None and comment.indent < 0 and (
                self.text is None or not self.text[end:comment.start].strip(" \t\r\n):,]}\\")):
            self.lines[-1] += f"  {comment.text}"
            self.next += 1

    def _peek(self) -> Comment | None:
        return self.comments[self.next] if self.next < len(self.comments) else None

    def first(self, start: int) -> int:
        """The place where an item begins: at `start`, or at the first comment above it that is not printed yet."""
        comment = self._peek()
        return start if comment is None or comment.indent < 0 else min(start, comment.start)

    def apart(self, start: int) -> bool:
        """Whether the source has a blank line before the line of this place."""
        if self.text is None:
            return False
        line = self.text.rfind("\n", 0, start)
        return line > 0 and not self.text[self.text.rfind("\n", 0, line) + 1:line].strip()

    # ---------------------------------------- places that the tree does not know

    def find_else(self, start: int) -> int:
        """Where the `else` behind the block that ends at `start` is."""
        if self.text is None:
            return start
        for comment in self.comments[self.next:]:
            at = self.text.find("else", start, comment.start)
            if at >= 0:
                return at
            start = comment.end
        return max(start, self.text.find("else", start))

    def find_docstring(self, start: int) -> tuple[int, int]:
        """Where the docstring behind a header that ends at `start` is."""
        if self.text is None:
            return start, start
        for comment in self.comments[self.next:]:
            if self._quote(start, comment.start) < comment.start:
                break
            start = comment.end
        start = end = self._quote(start, len(self.text))
        k = kinds()
        while (m := k.match.match(self.text, end)) and m.lastindex and k.groups[m.lastindex] == k.string:
            end = m.end()
        return start, end

    def _quote(self, start: int, end: int) -> int:
        """Where the first quote (with its prefix) in [start, end) is, or `end`."""
        assert self.text is not None
        at = min((i for i in (self.text.find(q, start, end) for q in "\"'") if i >= 0), default=end)
        while at < end and at > start and self.text[at - 1].isalpha():
            at -= 1
        return at
