"""Recorded values as values again: plain JSON by the declared type, pictures and sounds from the files they lay in."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from typing import Any

from fmplang.check.typed import NeuralFunction
from fmplang.check.types import AUDIO, IMAGE, Type
from fmplang.errors import EvaluationError, InputError
from fmplang.limits import Limits
from fmplang.runtime.program import Program
from fmplang.runtime.values import fits, from_json
from fmplang.runtime.values.audio import Audio, open_audio
from fmplang.runtime.values.image_files import open_image
from fmplang.runtime.values.images import Image
from fmplang.runtime.values.video import Video, open_video

KEPT = 64  # opened files


class Reread:
    """Reads recorded values. A file is opened once, and must still be what it was: EvaluationError (FMP844)."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self._open: OrderedDict[tuple[str, str], Any] = OrderedDict()

    def inputs(self, program: Program, recorded: Mapping[str, Any]) -> dict[str, Any]:
        """A run's inputs. Names that the program does not have are left for it to refuse."""
        types = {param.name: param.type for param in program.entry.params}
        return {name: self.value(value, types[name]) if name in types else value for name, value in recorded.items()}

    def args(self, function: NeuralFunction, recorded: Mapping[str, Any]) -> dict[str, Any]:
        """A call's arguments, by name."""
        types = {param.name: param.type for param in function.params}
        return {name: self.value(value, types[name]) if name in types else value for name, value in recorded.items()}

    def value(self, recorded: Any, type_: Type) -> Any:
        """The value; as it is where it was never written down."""
        if fits(recorded, type_):
            return recorded
        try:
            return from_json(recorded, type_, self._load)
        except InputError as error:
            raise EvaluationError(f"a recorded value cannot be read: {error.message}", code="FMP844",
                                  hint="the run was recorded by another version of the program, or its value was too "
                                       "large to keep") from None

    def _load(self, type_: Type, told: dict[str, Any]) -> Any:
        kind = "picture" if type_ == IMAGE else "sound" if type_ == AUDIO else "video"
        where = told.get({"picture": "$image", "sound": "$audio"}.get(kind, "$video"))
        whole = self._opened(kind, str(where))
        if whole.digest != told.get("digest"):
            raise EvaluationError(f"the {kind} {where} is not what it was when the run was recorded", code="FMP844",
                                  hint="put the file back as it was, or replay another run")
        try:
            if kind == "picture":
                return Image(whole.source, _numbers(told["box"], 4))
            if kind == "sound":
                start, end = _numbers(told["samples"], 2)
                return Audio(whole.samples[start:end], whole.sample_rate, name=whole.name, path=whole.path,
                             start=start)
            return Video(whole.source, *_numbers(told["frames"], 2))
        except (KeyError, TypeError, ValueError):
            raise EvaluationError(f"what the ledger says of {where} cannot be read", code="FMP844",
                                  hint="the ledger is damaged: replay another run") from None

    def _opened(self, kind: str, where: str) -> Any:
        if (kind, where) not in self._open:
            opening: Any = {"picture": open_image, "sound": open_audio, "video": open_video}[kind]
            try:
                whole = opening(where, self.limits)
                self._open[kind, where] = whole if kind == "sound" else _Whole(whole)
            except InputError as error:
                raise EvaluationError(f"the {kind} {where} of the run cannot be read again: {error.message}",
                                      code="FMP844", hint="replay from the folder that the run was made in; values "
                                                          "that were never in a file cannot be had again") from None
            if len(self._open) > KEPT:
                self._open.popitem(last=False)
        return self._open[kind, where]


class _Whole:
    """A picture or video with its source and that one's digest."""

    def __init__(self, value: Any) -> None:
        self.source = value.source
        self.digest = value.source.digest


def _numbers(told: Any, count: int) -> Any:
    if not isinstance(told, list) or len(told) != count or not all(type(n) is int for n in told):
        raise ValueError
    return tuple(told)
