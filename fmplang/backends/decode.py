"""From what a backend answered to a value of the declared type, or a DecodeError. Never a guess.

    decode(answer, type, limits, args) -> Decoded(value, flags, certainty)

Answers that are values already come first: Python's, numpy's scalars and arrays, images and boxes. Then text: the
answer alone, in a fence, after "the answer is", on a line of its own, and for numbers, labels and yes/no also
within one sentence, where exactly one reading is left. Two readings that disagree are an error that quotes what
came. `flags` name every step away from the plain value, for the trace; decode_flags.py lists them all. docs/decoding.md
says what each type takes.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from fmplang.backends.decode_flags import certainty
from fmplang.backends.decode_json import find_json
from fmplang.backends.decode_lists import split_entries, split_list
from fmplang.backends.decode_loose import CutDict, CutList
from fmplang.backends.decode_raw import FENCE, NOTHING, Misfit, bared, clean
from fmplang.backends.decode_text import read_scalar, says_none
from fmplang.check.types import (
    AUDIO,
    BOOL,
    FLOAT,
    IMAGE,
    INT,
    NONE,
    STR,
    VIDEO,
    DictType,
    ListType,
    LiteralType,
    OptionalType,
    RecordType,
    SetType,
    TupleOf,
    TupleType,
    Type,
)
from fmplang.errors import DecodeError, FmpError
from fmplang.runtime.values import (
    Image,
    OrderedSet,
    RecordValue,
    fits,
    image_from_array,
    image_from_pil,
    shape_of,
    to_json,
    type_name,
)

if TYPE_CHECKING:
    from fmplang.limits import Limits

QUOTED = 200  # characters of an answer that an error shows
_HALF = re.compile("[\ud800-\udfff]")
_SCALARS = frozenset({BOOL, INT, FLOAT})
_ONLY_FLOATS = {float}


class Decoded(NamedTuple):
    """`flags` as in ("fence", "words"); empty where the answer was the value, plainly written. `certainty` is in
    [0, 1]: how sure it is that the answer was read as it was meant, 1 without flags (`decode_flags.certainty`)."""

    value: Any
    flags: tuple[str, ...] = ()
    certainty: float = 1.0


def decode(answer: Any, type_: Type, limits: Limits, args: Mapping[str, Any] | None = None) -> Decoded:
    """The value that `answer` stands for. `args` are the request's: a box is a part of its image.

    A box is (left, lower, right, upper) in pixels of the given image, whose own lower left corner is (0, 0).
    Raises DecodeError (FMP702).
    """
    reader = _Reader(limits, args or {})
    try:
        value = reader.read(answer, type_)
    except Misfit as misfit:
        why = str(misfit)
    except FmpError as error:
        why = error.message
    except RecursionError:
        why = "it is nested too deep"
    else:
        if fits(value, type_):
            if not reader.flags:
                return Decoded(value)
            flags = tuple(dict.fromkeys(reader.flags))
            return Decoded(value, flags, certainty(flags))
        why = f"it decoded to a {type_name(value)}"
    raise DecodeError(f"expected {type_}, but {why}: the answer was {quoted(answer)}", hint=_hint(type_))


def render(value: Any, type_: Type) -> str:
    """The text that decodes to the value without a flag: text and labels as they are, anything else as JSON.

    Three kinds of value have no such text: a `str` with blanks or reasoning tags at its ends, a text that spells none
    where the type is `str | None`, and images, videos and audio.
    """
    inner = type_.inner if isinstance(type_, OptionalType) and value is not None else type_
    plain = type(value) is str and (inner == STR or isinstance(inner, LiteralType))
    return value if plain else json.dumps(to_json(value), ensure_ascii=False)


def quoted(answer: Any) -> str:
    """An answer on one line, escaped and cut."""
    if isinstance(answer, str):
        text = ascii(answer[: QUOTED + 1])
        if len(text) > QUOTED + 2:
            return f"{text[:QUOTED]}... ({len(answer):,} characters)"
        return text
    if answer is None or isinstance(answer, (bool, float, Image)) or (
        isinstance(answer, int) and answer.bit_length() < 256
    ):
        return repr(answer)
    count = f" of {len(answer)}" if isinstance(answer, (list, tuple, dict, set, frozenset, bytes)) else ""
    return f"a {type(answer).__name__}{count}"


def _hint(type_: Type) -> str:
    if isinstance(type_, LiteralType):
        return f"The backend should answer with one of {', '.join(map(str, type_.values))}."
    if isinstance(type_, OptionalType):
        return _hint(type_.inner)
    if type_ == BOOL:
        return "The backend should answer yes or no."
    if type_ == INT or type_ == FLOAT:
        return "The backend should answer with one number."
    if type_ == IMAGE or (isinstance(type_, ListType) and type_.item == IMAGE):
        return "The backend should answer with images, or boxes (left, lower, right, upper) of the given image."
    return f"The backend should answer with a {type_}" + (", as JSON." if type_ not in (STR, NONE) else ".")


class _Reader:
    def __init__(self, limits: Limits, args: Mapping[str, Any]) -> None:
        self.limits = limits
        self.args = args
        self.flags: list[str] = []

    def read(self, answer: Any, type_: Type, inside: bool = False) -> Any:
        """`inside` a structure nothing is looked for in a text: it is the value, or it is not."""
        if isinstance(answer, str):
            return self._text(str.__str__(answer), type_, inside)
        if _is_numpy(answer) and getattr(answer, "ndim", 0) == 0 and hasattr(answer, "item"):
            answer = answer.item()
        return self._native(answer, type_)

    # --------------------------------------------------------------- values

    def _native(self, answer: Any, type_: Type) -> Any:
        if isinstance(type_, OptionalType):
            return None if answer is None else self._native(answer, type_.inner)
        if isinstance(type_, (ListType, SetType, TupleOf)):
            return self._collection(self._items(answer), type_)
        if isinstance(type_, TupleType):
            return self._row(self._items(answer), type_)
        if isinstance(type_, DictType):
            return self._dict(answer, type_)
        if isinstance(type_, RecordType):
            return self._record(answer, type_)
        if type_ == IMAGE:
            return self._image(answer)
        if type_ in (VIDEO, AUDIO):
            return answer
        return self._scalar(answer, type_)

    def _scalar(self, answer: Any, type_: Type) -> Any:
        kind = type(answer)
        if isinstance(answer, float):
            answer = float.__float__(answer)
            if not math.isfinite(answer):
                raise Misfit("it is no finite number")
            if type_ == INT and answer.is_integer():
                self.flags.append("float->int")
                answer = int(answer)
        elif isinstance(answer, int) and kind is not bool:
            answer = int.__int__(answer)
        if isinstance(answer, int) and answer.bit_length() > max(64, self.limits.integer_bits):
            raise Misfit(f"it has {answer.bit_length():,} bits")
        if fits(answer, type_):
            return answer
        if isinstance(answer, CutDict):
            if "answer" not in answer:
                raise Misfit("its JSON breaks off")
            self.flags.append("cut")
        if isinstance(answer, dict) and (len(answer) == 1 or "answer" in answer):
            self.flags.append("unwrapped")
            inner = answer["answer"] if "answer" in answer else next(iter(answer.values()))
            return self.read(inner, type_, inside=True)
        raise Misfit(f"it is a {type_name(answer)}")

    def _items(self, answer: Any) -> list[Any]:
        if _is_numpy(answer) and type(answer).__name__ == "ndarray":
            self._check_count(len(answer))
            return answer.tolist() if answer.ndim == 1 else list(answer)
        if isinstance(answer, (CutDict, CutList)):
            raise Misfit("its JSON breaks off")
        if isinstance(answer, dict) and len(answer) == 1 and isinstance(next(iter(answer.values())), (list, tuple)):
            self.flags.append("unwrapped")
            answer = next(iter(answer.values()))
        if not isinstance(answer, (list, tuple, set, frozenset, OrderedSet)):
            raise Misfit(f"it is a {type_name(answer)}")
        self._check_count(len(answer))
        return list(answer)

    def _check_count(self, count: int) -> None:
        if count > self.limits.items:
            raise Misfit(f"it has {count:,} elements, more than {self.limits.items:,}")

    def _collection(self, items: list[Any], type_: ListType | SetType | TupleOf) -> Any:
        if type_.item == FLOAT and set(map(type, items)) == _ONLY_FLOATS and all(map(math.isfinite, items)):
            made = items  # a vector: its hundreds of numbers need no look each
        else:
            made = [self.read(item, type_.item, inside=True) for item in items]
        if isinstance(type_, ListType):
            return made
        if isinstance(type_, TupleOf):
            return tuple(made)
        try:
            unique = OrderedSet(made)
        except TypeError as error:
            raise Misfit(str(error)) from None
        if len(unique) < len(made):
            self.flags.append("duplicates")
        return unique

    def _row(self, items: list[Any], type_: TupleType) -> Any:
        if len(items) != len(type_.items):
            raise Misfit(f"it has {len(items)} elements")
        return tuple(self.read(item, t, inside=True) for item, t in zip(items, type_.items, strict=True))

    def _dict(self, answer: Any, type_: DictType) -> Any:
        if isinstance(answer, (CutDict, CutList)):
            raise Misfit("its JSON breaks off")
        pairs = type_.key != STR and isinstance(answer, list) and all(
            isinstance(pair, list) and len(pair) == 2 for pair in answer)
        if not pairs and not isinstance(answer, Mapping):
            raise Misfit(f"it is a {type_name(answer)}")
        self._check_count(len(answer))
        made = {}
        for key, value in answer if pairs else answer.items():
            own = self.read(key, type_.key, inside=True)
            if own in made:
                raise Misfit(f"two of its keys are {own!r:.40}")
            made[own] = self.read(value, type_.value, inside=True)
        return made

    def _record(self, answer: Any, type_: RecordType) -> Any:
        if isinstance(answer, RecordValue):
            return answer
        if not isinstance(answer, Mapping):
            raise Misfit(f"it is a {type_name(answer)}")
        given: dict[str, Any] = {}
        for key, value in answer.items():
            name = self._field(key, type_)
            if name is None:
                self.flags.append("extra keys")
            elif name in given:
                raise Misfit(f"it has two values for {name}")
            else:
                given[name] = value
        if isinstance(answer, CutDict):
            self.flags.append("cut")
        values = []
        for name, field_type in type_.fields:
            if name in given:
                values.append(self.read(given[name], field_type, inside=True))
            elif isinstance(answer, CutDict):
                raise Misfit(f"its JSON breaks off before {name}")
            elif isinstance(field_type, OptionalType):
                self.flags.append("missing->None")
                values.append(None)
            else:
                raise Misfit(f"it lacks {name}")
        return RecordValue(shape_of(type_), tuple(values))

    def _field(self, key: Any, type_: RecordType) -> str | None:
        names = [name for name, _ in type_.fields]
        if key in names:
            return str(key)
        loose = [name for name in names if isinstance(key, str) and _loose(name) == _loose(key)]
        if len(loose) != 1:
            return None
        self.flags.append("spelling")
        return loose[0]

    # --------------------------------------------------------------- images

    def _image(self, answer: Any) -> Any:
        if isinstance(answer, Image):
            return answer
        if _is_numpy(answer) and getattr(answer, "shape", ()) != (4,):
            self.flags.append("array->Image")
            return image_from_array(answer, self.limits)
        if any(base.__module__.partition(".")[0] == "PIL" for base in type(answer).__mro__):
            self.flags.append("picture->Image")
            return image_from_pil(answer, self.limits)
        box = answer.tolist() if _is_numpy(answer) else answer
        if not isinstance(box, (list, tuple)) or len(box) != 4 or not all(map(_is_coordinate, box)):
            raise Misfit(f"a {type_name(answer)} is no image and no box")
        given = [arg for arg in self.args.values() if isinstance(arg, Image)]
        if len(given) != 1:
            raise Misfit(f"a box needs the one image it is a part of, and the call has {len(given)}")
        self.flags.append("box->Image")
        try:
            return given[0].crop(*(float(n) for n in box))
        except ValueError as error:
            raise Misfit(str(error)) from None

    # ----------------------------------------------------------------- text

    def _text(self, text: str, type_: Type, inside: bool) -> Any:
        if len(text) > self.limits.string:
            raise Misfit(f"it is longer than {self.limits.string:,} characters")
        if not text.isascii() and _HALF.search(text):
            raise Misfit("it holds half a character (a lone surrogate)")
        if inside and (type_ == STR or (isinstance(type_, OptionalType) and type_.inner == STR)):
            return None if type_ != STR and self._is_none(text, STR) else text  # within JSON a text is as written
        if isinstance(type_, LiteralType) and text in type_.values:
            return text
        bare, flags = bared(text)
        self.flags += flags
        if isinstance(type_, OptionalType):
            if bare == "null" or self._is_none(bare, type_.inner):
                return None
            type_ = type_.inner
        if type_ == STR:
            return bare
        if bare[:10].casefold() == "assistant:":
            self.flags.append("markers")
            bare = bare[10:].strip()
        if not bare:
            raise Misfit("it is empty")
        if type_ == NONE:
            if bare != "null" and not self._is_none(bare, NONE):
                raise Misfit("it is not none")
            return None
        if type_ in _SCALARS or isinstance(type_, LiteralType):
            return self._scalar_text(bare, type_, inside)
        return self._structure(bare, type_, inside)

    def _is_none(self, text: str, inner: Type) -> bool:
        """For a `str` only the words for none count: any other phrase may be the text itself."""
        if not says_none(text, phrases=inner != STR) or clean(text).casefold() in _labels(inner):
            return False
        self.flags.append("none")
        return True

    def _scalar_text(self, text: str, type_: Type, inside: bool) -> Any:
        if isinstance(type_, LiteralType) and text in type_.values:
            return text
        if not inside and (text[0] == "{" or FENCE in text):
            found, flags = find_json(text, (dict,))
            if found is not NOTHING:
                self.flags += flags
                return self.read(found, type_, inside=True)
        value, flags = read_scalar(text, type_, inside)
        if value is NOTHING:
            raise Misfit("it is no clear answer" if not inside else f"{quoted(text)} does not fit")
        if inside and not isinstance(type_, LiteralType):
            self.flags.append("quoted")
        self.flags += flags
        return self._scalar(value, type_)

    def _structure(self, text: str, type_: Type, inside: bool) -> Any:
        if inside or type_ in (IMAGE, VIDEO, AUDIO):
            raise Misfit("it holds no JSON of that kind" if not inside else f"{quoted(text)} does not fit")
        keyed = isinstance(type_, (DictType, RecordType))
        wanted = (dict, list) if isinstance(type_, DictType) and type_.key != STR else (dict,) if keyed else (list,)
        found, flags = find_json(text, wanted)
        if found is not NOTHING:
            self.flags += flags
            return self._native(found, type_)
        if keyed:
            assert isinstance(type_, (DictType, RecordType))
            return self._entries(text, type_)
        assert isinstance(type_, (ListType, SetType, TupleOf, TupleType))
        items = type_.items if isinstance(type_, TupleType) else (type_.item,)
        parts, flags = split_list(text, words=STR in items, numbers=INT in items or FLOAT in items)
        self._check_count(len(parts))
        self.flags += flags
        made = self._row(parts, type_) if isinstance(type_, TupleType) else self._collection(parts, type_)
        self.flags = [flag for flag in self.flags if flag != "quoted"]  # the parts were never in quotes
        return made

    def _entries(self, text: str, type_: DictType | RecordType) -> Any:
        """`key: value`, one a line."""
        entries = split_entries(text)
        self.flags.append("lines")
        if isinstance(type_, DictType):
            if len(entries) < 2:
                raise Misfit("one line of that kind may be a remark")
            made: Any = self._dict(entries, type_)
        else:
            made = self._record(entries, type_)
        self.flags = [flag for flag in self.flags if flag != "quoted"]
        return made


def _labels(type_: Type) -> set[str]:
    return {str(value).casefold() for value in type_.values} if isinstance(type_, LiteralType) else set()


def _is_numpy(value: Any) -> bool:
    return type(value).__module__.partition(".")[0] == "numpy"


def _is_coordinate(value: Any) -> bool:
    if _is_numpy(value) and hasattr(value, "item"):
        value = value.item()
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)


def _loose(name: str) -> str:
    return "".join(c for c in name.casefold() if c.isalnum())
