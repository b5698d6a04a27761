"""One label of a closed set from a text that a model wrote."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, Any, Protocol

from fmplang.backends.decode_numbers import NumberReader
from fmplang.backends.decode_raw import NOTHING, UNSURE, Misfit, clean

if TYPE_CHECKING:
    from fmplang.check.types import LiteralType

_DENIED = re.compile(r"\b(?:not|no|never|\w*n t|neither|nor|rather than|instead of|except|but|or|than)\b")


class Bools(Protocol):
    def exact(self, text: str) -> Any: ...
    def whole(self, text: str) -> Any: ...
    def within(self, text: str) -> tuple[Any, list[str]]: ...
    def flags(self, text: str, value: Any) -> list[str]: ...


class Labels:
    """Labels compared without case, punctuation and the choice between space, hyphen and underscore."""

    def __init__(self, type_: LiteralType, bools: Bools) -> None:
        self.texts = [value for value in type_.values if type(value) is str]
        self.others = [value for value in type_.values if type(value) is not str]
        self.bools = bools
        self.numbers = NumberReader(True)
        self.by_form: dict[str, list[str]] = {}
        for label in self.texts:
            self.by_form.setdefault(_form(label), []).append(label)

    def exact(self, text: str) -> Any:
        if text in self.texts:
            return text
        return self._other([self.bools.exact(text), self.numbers.exact(text)])

    def _other(self, read: list[Any]) -> Any:
        for value in self.others:
            if any(r is not NOTHING and type(r) is type(value) and r == value for r in read):
                return value
        return NOTHING

    def may_fold(self, raw: str) -> bool:
        return not any(type(value) is int for value in self.others) or self.numbers.may_fold(raw)

    def whole(self, text: str) -> Any:
        bare = text.strip()
        same = [label for label in self.texts if label == bare]
        same = same or [label for label in self.texts if label.casefold() == clean(bare).casefold()]
        if not same and not clean(bare).endswith("?"):
            same = self.by_form.get(_form(text), [])
        if len(same) > 1:
            raise Misfit(f"it stands for {' and '.join(map(repr, same))}")
        return same[0] if same else self._other([self.bools.whole(text), self.numbers.whole(text)])

    def flags(self, text: str, value: Any) -> list[str]:
        if type(value) is bool:
            return self.bools.flags(text, value)
        if type(value) is int:
            return self.numbers.flags(text, value)
        bare = clean(text)
        return ["edges"] * (text != value and bare != text) + ["spelling"] * (value not in (text, bare))

    def within(self, text: str) -> tuple[Any, list[str]]:
        """`I would say high.` One label, as whole words, the longest at each place, and nothing that denies it."""
        if self.others:
            return self._other_within(text)
        forms = sorted((form for form in self.by_form if form), key=len, reverse=True)
        if not forms:
            return NOTHING, []
        plain = f" {_form(text)} "  # a label may follow another, so blanks are looked at, not taken
        pattern = re.compile("|".join(rf"(?<= ){re.escape(form)}(?= )" for form in forms))
        found = {m.group() for m in pattern.finditer(plain)}
        if len(found) > 1:
            raise Misfit("it names more than one label")
        if not found:
            return NOTHING, []
        label = found.pop()
        rest = plain.replace(f" {label} ", " , ")
        if _DENIED.search(rest) or UNSURE.search(rest):
            raise Misfit("it does not say that the label is the answer")
        if len(self.by_form[label]) > 1:
            raise Misfit(f"it stands for {' and '.join(map(repr, self.by_form[label]))}")
        return self.by_form[label][0], ["sentence"]

    def _other_within(self, text: str) -> tuple[Any, list[str]]:
        """Where the labels are all numbers, or all truth values."""
        kinds = {type(value) for value in self.others}
        if self.texts or len(kinds) > 1:
            return NOTHING, []
        value, flags = (self.numbers if kinds == {int} else self.bools).within(text)
        return (NOTHING, []) if value is NOTHING else (self._other([value]), flags)

    def must_hold(self, text: str, value: Any) -> None:
        """Other labels beside a marked one may be reasons."""


def _form(text: str) -> str:
    """`Very-High!` and `very_high` are `very high`."""
    letters = unicodedata.normalize("NFKC", text).casefold()
    return " ".join("".join(c if c.isalnum() else " " for c in letters).split()) or text.strip()
