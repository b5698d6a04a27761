"""From Python objects and parsed JSON to typed values."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

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
from fmplang.errors import InputError, LimitError
from fmplang.runtime.values import OrderedSet, RecordValue, fits, shape_of, type_name
from fmplang.runtime.values.audio import Audio, audio_from_array, open_audio
from fmplang.runtime.values.image_files import image_from_array, image_from_bytes, image_from_pil, open_image
from fmplang.runtime.values.images import Image
from fmplang.runtime.values.video import Video, open_video, video_from_frames

if TYPE_CHECKING:
    from fmplang.limits import Limits

SHOWN = 60  # characters of what was found that a message shows

_BOOLS = {"true": True, "yes": True, "false": False, "no": False}
_HINTS: dict[Type, str] = {
    BOOL: "Write true or false.", INT: "Write a whole number.", FLOAT: "Write a number.",
    IMAGE: "Give the path of a PNG, JPEG or WebP file.", AUDIO: "Give the path of a WAV file.",
    VIDEO: "Give a folder of images, or an animated GIF or WebP file.",
}


class Reader:
    """Reads one input: its name for messages, the limits, and where relative paths start."""

    def __init__(self, limits: Limits, base_dir: str | os.PathLike[str] | None, name: str) -> None:
        self.limits = limits
        self.base_dir = os.fspath(base_dir) if base_dir is not None else None
        self.name = name

    def read(self, obj: Any, type_: Type, where: str = "") -> Any:
        """The value, all of it new but for what is immutable."""
        if isinstance(type_, OptionalType):
            return None if obj is None else self.read(obj, type_.inner, where)
        if isinstance(type_, (ListType, SetType, TupleOf)):
            return self._collection(obj, type_, where)
        if isinstance(type_, TupleType):
            return self._row(obj, type_, where)
        if isinstance(type_, DictType):
            return self._dict(obj, type_, where)
        if isinstance(type_, RecordType):
            return self._record(obj, type_, where)
        if type_ in (IMAGE, VIDEO, AUDIO):
            return self._media(obj, type_, where)
        return self._scalar(obj, type_, where)

    # -------------------------------------------------------------- scalars

    def _scalar(self, obj: Any, type_: Type, where: str) -> Any:
        if _from_numpy(obj) and hasattr(obj, "item") and getattr(obj, "ndim", 0) == 0:
            obj = obj.item()
        if isinstance(obj, str):
            obj = str.__str__(obj)
            self._check_text(obj, type_, where)
        elif isinstance(obj, int) and type(obj) is not bool:
            obj = int.__int__(obj)
            if obj.bit_length() > max(64, self.limits.integer_bits):
                raise LimitError(
                    f"input {self.name}{where}: an integer of {obj.bit_length():,} bits", limit="integer_bits",
                    ceiling=self.limits.integer_bits, code="FMP611", hint="Give a smaller number.",
                )
        elif isinstance(obj, float):
            obj = float.__float__(obj)
        if type_ == FLOAT and obj in ("nan", "inf", "-inf"):  # what to_json writes
            return float(obj)
        if isinstance(type_, LiteralType) or type_ in (BOOL, INT, FLOAT, STR, NONE):
            if fits(obj, type_):
                return obj
        raise self.unfit(obj, type_, where)

    def from_text(self, raw: str, type_: Type) -> Any:
        """A bool, number, None or literal from its text. What is none stays text, and `read` refuses it."""
        text = raw.strip()
        if isinstance(type_, LiteralType):
            for value in type_.values:
                if raw == value or (type(value) is not str and text == str(value).lower()):
                    return value
            return raw
        if type_ == BOOL:
            return _BOOLS.get(text.lower(), raw)
        if type_ == NONE:
            return None if text.lower() in ("null", "none", "") else raw
        try:
            return int(text) if type_ == INT else float(text)
        except ValueError:
            return raw

    def _check_text(self, text: str, type_: Type, where: str) -> None:
        if len(text) > self.limits.string:
            raise LimitError(
                f"input {self.name}{where}: a text of {len(text):,} characters is longer than {self.limits.string:,}",
                limit="string", ceiling=self.limits.string, code="FMP609",
                hint="Give less text, or raise the limit string.",
            )
        try:
            text.encode()
        except UnicodeEncodeError:
            raise InputError(f"input {self.name}{where}: the text holds half a character (a lone surrogate)",
                             hint="Give valid Unicode text.", name=self.name, expected=str(type_)) from None

    # ---------------------------------------------------------- collections

    def _collection(self, obj: Any, type_: ListType | SetType | TupleOf, where: str) -> Any:
        if _is_array(obj) and obj.ndim >= 1:
            self._check_count(len(obj), where)
            obj = obj.tolist() if obj.ndim == 1 else list(obj)
        allowed = (set, frozenset, OrderedSet, list, tuple) if isinstance(type_, SetType) else (list, tuple)
        if not isinstance(obj, allowed):
            raise self.unfit(obj, type_, where)
        self._check_count(len(obj), where)
        items = [self.read(item, type_.item, f"{where}[{i}]") for i, item in enumerate(obj)]
        if isinstance(type_, ListType):
            return items
        if isinstance(type_, TupleOf):
            return tuple(items)
        try:
            return OrderedSet(items)
        except TypeError:
            raise self.unfit(obj, type_, where) from None

    def _row(self, obj: Any, type_: TupleType, where: str) -> Any:
        if not isinstance(obj, (list, tuple)) or len(obj) != len(type_.items):
            raise self.unfit(obj, type_, where)
        return tuple(self.read(o, t, f"{where}[{i}]") for i, (o, t) in enumerate(zip(obj, type_.items, strict=True)))

    def _dict(self, obj: Any, type_: DictType, where: str) -> dict[Any, Any]:
        if isinstance(obj, Mapping):
            pairs = list(obj.items())
        elif isinstance(obj, list) and all(isinstance(p, (list, tuple)) and len(p) == 2 for p in obj):
            pairs = [(p[0], p[1]) for p in obj]
        else:
            raise self.unfit(obj, type_, where)
        self._check_count(len(pairs), where)
        made = {}
        for key, item in pairs:
            place = f"{where}[{self.quoted(key, 20)}]"
            read = self.read(self._key(key, type_.key), type_.key, f"{place} (the key)")
            if read in made:
                raise InputError(f"input {self.name}{place}: the key stands there twice", hint="Give each key once.",
                                 name=self.name)
            made[read] = self.read(item, type_.value, place)
        return made

    def _key(self, key: Any, type_: Type) -> Any:
        """The keys of JSON are always text."""
        if isinstance(key, str) and (type_ in (INT, FLOAT, BOOL) or isinstance(type_, LiteralType)):
            return self.from_text(key, type_)
        return key

    def _record(self, obj: Any, type_: RecordType, where: str) -> RecordValue:
        if isinstance(obj, RecordValue) and obj.__shape__ == shape_of(type_):
            obj = dict(zip(obj.__shape__.fields, obj.__values__, strict=True))
        if not isinstance(obj, Mapping):
            raise self.unfit(obj, type_, where)
        names = [name for name, _ in type_.fields]
        missing = [name for name in names if name not in obj]
        unknown = [key for key in obj if key not in names]
        if missing or unknown:
            problem = f"lacks {', '.join(missing)}" if missing else f"has no {self.quoted(unknown[0], 40)}"
            raise InputError(f"input {self.name}{where}: {'it' if missing else type_} {problem}",
                             hint=f"A {type_} has the fields {', '.join(f'{n}: {t}' for n, t in type_.fields)}.",
                             name=self.name, expected=str(type_))
        return RecordValue(shape_of(type_), tuple(self.read(obj[n], t, f"{where}.{n}") for n, t in type_.fields))

    def _check_count(self, count: int, where: str) -> None:
        if count > self.limits.items:
            raise LimitError(
                f"input {self.name}{where}: {count:,} elements are more than {self.limits.items:,}", limit="items",
                ceiling=self.limits.items, code="FMP610", hint="Give fewer, or raise the limit items.",
            )

    # ---------------------------------------------------------------- media

    def _media(self, obj: Any, type_: Type, where: str) -> Any:
        try:
            read = self._image if type_ == IMAGE else self._video if type_ == VIDEO else self._audio
            made = read(obj)
        except LimitError as error:
            raise LimitError(f"input {self.name}{where}: {error.message}", limit=error.limit, ceiling=error.ceiling,
                             code=error.code, hint=error.hint) from None
        except InputError as error:
            raise InputError(f"input {self.name}{where}: {error.message}", code=error.code, hint=error.hint,
                             name=self.name, expected=str(type_)) from None
        if made is None:
            raise self.unfit(obj, type_, where)
        return made

    def _path(self, path: str | os.PathLike[str]) -> str:
        made = os.path.expanduser(os.fspath(path))
        return made if self.base_dir is None else os.path.join(self.base_dir, made)

    def _image(self, obj: Any) -> Image | None:
        if isinstance(obj, Image):
            return obj
        if isinstance(obj, (str, os.PathLike)):
            made = open_image(self._path(obj), self.limits)
        elif isinstance(obj, dict) and isinstance(obj.get("$image"), str):
            return self._part(open_image(self._path(obj["$image"]), self.limits), obj)
        elif isinstance(obj, (bytes, bytearray)):
            made = image_from_bytes(bytes(obj), self.limits)
        elif _is_array(obj):
            made = image_from_array(obj, self.limits)
        elif _from_pillow(obj):
            made = image_from_pil(obj, self.limits)
        else:
            return None
        _ = made.pixels  # a damaged picture is refused at the door, not in the middle of a run
        return made

    def _part(self, whole: Image, reference: dict[str, Any]) -> Image:
        """The crop that `to_json` wrote down."""
        box = reference.get("box", list(whole.box))
        good = isinstance(box, list) and len(box) == 4 and all(type(n) is int for n in box)
        if not good or not (0 <= box[0] < box[2] <= whole.width and 0 <= box[1] < box[3] <= whole.height):
            raise InputError(f"{whole.source.name}: no part of the picture has the box {self.quoted(box)}",
                             hint="Give left, lower, right and upper in pixels, from the lower left corner.")
        return whole.crop(*box)

    def _video(self, obj: Any) -> Video | None:
        if isinstance(obj, Video):
            return obj
        if isinstance(obj, (str, os.PathLike)):
            return open_video(self._path(obj), self.limits)
        if isinstance(obj, (list, tuple)) and obj:
            frames = [self._image(frame) for frame in obj]
            return None if None in frames else video_from_frames([f for f in frames if f], self.limits)
        return None

    def _audio(self, obj: Any) -> Audio | None:
        if isinstance(obj, Audio):
            return obj
        if isinstance(obj, (str, os.PathLike)):
            return open_audio(self._path(obj), self.limits)
        if isinstance(obj, tuple) and len(obj) == 2 and _is_array(obj[0]) and type(obj[1]) is int:
            return audio_from_array(obj[0], obj[1])
        return None

    # ------------------------------------------------------------- messages

    def quoted(self, obj: Any, most: int = SHOWN) -> str:
        """What was found, on one line, cut."""
        if isinstance(obj, str):
            text = ascii(obj[: most + 1])
        elif isinstance(obj, (int, float, bool, type(None))):
            text = repr(obj) if not isinstance(obj, int) or obj.bit_length() < 300 else "a very large integer"
        elif isinstance(obj, (list, tuple, set, frozenset, dict)):
            text = f"a {type(obj).__name__} of {len(obj)}"
        else:
            text = f"a {type(obj).__name__}"
        return text if len(text) <= most + 2 else text[: most - 3] + "..."

    def unfit(self, obj: Any, type_: Type, where: str) -> InputError:
        hint = _HINTS.get(type_, "")
        if isinstance(type_, LiteralType):
            hint = f"Give one of {', '.join(map(repr, type_.values))}."
        return InputError(f"input {self.name}{where}: expected {type_}, found {self.quoted(obj)}",
                          hint=hint or f"Give a {type_}.", name=self.name, expected=str(type_), found=type_name(obj))


def _from_numpy(obj: Any) -> bool:
    return type(obj).__module__.partition(".")[0] == "numpy"


def _is_array(obj: Any) -> bool:
    return _from_numpy(obj) and hasattr(obj, "ndim") and hasattr(obj, "tolist") and type(obj).__name__ == "ndarray"


def _from_pillow(obj: Any) -> bool:
    return any(base.__module__.partition(".")[0] == "PIL" for base in type(obj).__mro__)
