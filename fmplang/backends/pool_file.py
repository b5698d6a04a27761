"""A pool as a user writes it down, in the table `pool` of fmplang.toml or in a file of its own.

    [pool]
    preset = "embedded"                 # where to start from; "none" starts empty; "profile:./pictures" has a folder
    plugins = ["acme"]                  # entry points to add; true adds all that are installed
    exclude = ["lbp"]                   # or include = [...], to keep only those
    name = "ours"
    unit = "milliseconds"

    [pool.backends.opencv-fine]         # settings of one backend
    cost = 40                           # every backend has this one: its price, the same for all calls

    [pool.backends.eyes]                # a backend of the user's own, of one of the kinds in `kinds`
    kind = "transformers.vqa"
    model = "./models/eyes"             # paths that begin with a dot are relative to this file's folder
"""

from __future__ import annotations

import math
import tomllib
from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, replace
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from fmplang.backends.base import Backend, Health, Response, gains_from_batches
from fmplang.backends.futures import then
from fmplang.backends.kinds import KINDS, BadSetting, Kind, make
from fmplang.backends.plugins import installed, load_plugin
from fmplang.backends.pool import PRESETS, Pool, describe, health_of, preset_and_folder
from fmplang.errors import ConfigError
from fmplang.runtime.requests import Request

MAX_FILE = 1_000_000  # bytes
KEYS = ("preset", "plugins", "include", "exclude", "name", "unit", "backends")


def read_pool(path: Path) -> Pool:
    """The pool that a TOML file describes: its table `pool` or `tool.fmplang.pool`, else the whole file.

    Raises ConfigError, which names file, line and key: FMP801 unknown key, FMP802 wrong value, FMP804 a file that
    cannot be read, FMP806 an unknown preset, plugin or backend.
    """
    text = _read(path)
    try:
        document = tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise ConfigError(f"{path} is not valid TOML: {error}", code="FMP804", hint="Mend the line named.") from None
    for keys in (("pool",), ("tool", "fmplang", "pool"), ()):
        table: Any = document
        for key in keys:
            table = table.get(key) if isinstance(table, dict) else None
        if isinstance(table, dict):
            return pool_from_table(table, path=path, text=text, prefix=keys)
    raise AssertionError("a TOML document is a table")


def pool_from_table(table: Mapping[str, Any], *, path: Path, text: str = "", prefix: Sequence[str] = ("pool",)) -> Pool:
    """The pool that a parsed table describes. `text` is the file's, to find lines; `prefix` where the table lies."""
    place = _Place(path, text, tuple(prefix))
    for key in table:
        if key not in KEYS:
            raise place.error((key,), f"there is no setting {key!r} of a pool", "FMP801", _near(key, KEYS))
    preset = place.text(table, "preset", "embedded")
    plain, folder = preset_and_folder(preset)
    if preset != "none" and plain not in PRESETS:
        hint = _near(preset, [*PRESETS, "none"])
        raise place.error(("preset",), f"there is no pool named {preset!r}", "FMP806", hint)
    if folder:
        preset = f"{plain}:{_resolved(folder, path)}"
    made: list[Backend] = [] if preset == "none" else list(Pool.preset(preset))
    for name in _plugins(table, place):
        made.extend(load_plugin(name))
    made.extend(_declared(table, made, place))
    made = _chosen(table, made, place)
    made = _with_settings(table, made, place)
    unit = place.text(table, "unit", "") or None
    name = place.text(table, "name", plain if prefix else path.stem)
    try:
        return Pool(made, name=name, unit=unit)
    except ConfigError as error:
        raise ConfigError(f"{place.at(())}: {error.message}", code=error.code, hint=error.hint) from None


class Repriced:
    """A backend at another price, the same for every call."""

    def __init__(self, backend: Backend, cost: float) -> None:
        self.name = backend.name
        self.capability = backend.capability
        self.version = backend.version
        self.unit: str | None = None  # the price that was written is in the pool's unit, whatever that is
        self.backend = backend
        self.cost = cost
        self.cacheable = getattr(backend, "cacheable", True)
        self.gains_from_batches = gains_from_batches(backend)
        if hasattr(backend, "begin"):
            self.begin = self._begin

    def __repr__(self) -> str:
        return f"{self.backend!r} at {self.cost:g}"

    def supports(self, request: Request) -> bool:
        return self.backend.supports(request)

    def price(self, request: Request) -> float:
        return self.cost

    def answer(self, requests: Sequence[Request]) -> Sequence[Response | Exception]:
        return self._repriced(self.backend.answer(requests))

    def _begin(self, requests: Sequence[Request]) -> Future[Sequence[Response | Exception]]:
        """As `answer`, without waiting."""
        inner = self.backend.begin(requests)  # type: ignore[attr-defined]
        made: Future[Sequence[Response | Exception]] = then(inner, self._repriced)
        return made

    def _repriced(self, answers: Sequence[Response | Exception]) -> Sequence[Response | Exception]:
        """Nobody but us says what they cost; of a failure the backend says whether it costs anything."""
        for answer in answers:
            charged: Any = getattr(answer, "cost", None)
            if isinstance(answer, Exception) and charged:
                answer.cost = self.cost  # type: ignore[attr-defined]
        return [replace(a, cost=None) if isinstance(a, Response) else a for a in answers]

    def health(self) -> Health:
        return health_of(self.backend)

    def describe(self) -> str:
        return describe(self.backend)


def _plugins(table: Mapping[str, Any], place: _Place) -> list[str]:
    wanted = table.get("plugins", False)
    if isinstance(wanted, bool):
        return list(installed()) if wanted else []
    names = place.names(table, "plugins", "true, false, or a list of names")
    for name in names:
        if name not in installed():
            raise place.error(("plugins",), f"no installed package brings backends named {name!r}", "FMP806",
                              _near(name, installed()))
    return names


def _chosen(table: Mapping[str, Any], made: list[Backend], place: _Place) -> list[Backend]:
    known = [b.name for b in made]
    include = place.names(table, "include") if "include" in table else known
    exclude = place.names(table, "exclude")
    for key, names in (("include", include), ("exclude", exclude)):
        for name in names:
            if name not in known:
                raise place.error((key,), f"there is no backend named {name!r}", "FMP806", _near(name, known))
    return [b for b in made if b.name in include and b.name not in exclude]


def _with_settings(table: Mapping[str, Any], made: list[Backend], place: _Place) -> list[Backend]:
    settings = _tables(table, place)
    known = [b.name for b in made]
    for name, options in settings.items():
        if name not in known and "kind" not in options:
            raise place.error(("backends", name), f"there is no backend named {name!r} in this pool", "FMP806",
                              f"{_near(name, known)} A new one needs `kind`.")
    return [_configured(b, settings[b.name], place) if b.name in settings else b for b in made]


def _tables(table: Mapping[str, Any], place: _Place) -> Mapping[str, Mapping[str, Any]]:
    """The settings of each backend that has any."""
    settings = table.get("backends", {})
    if not isinstance(settings, dict):
        raise place.error(("backends",), "backends should be a table", "FMP802", "Write [pool.backends.NAME].")
    for name, options in settings.items():
        if not isinstance(options, dict):
            raise place.error(("backends", name), f"{name} should be a table", "FMP802", "Write [pool.backends.NAME].")
    return settings


# ------------------------------------------------------------- backends by kind


def _declared(table: Mapping[str, Any], made: Sequence[Backend], place: _Place) -> list[Backend]:
    """The backends that the file declares by `kind`, in its order."""
    taken = [b.name for b in made]
    declared = []
    for name, options in _tables(table, place).items():
        if "kind" not in options:
            continue
        where = ("backends", name)
        kind = options["kind"]
        if not isinstance(kind, str) or kind not in KINDS:
            raise place.error((*where, "kind"), f"there is no kind of backend {kind!r:.60}", "FMP802",
                              _near(str(kind), list(KINDS)))
        if name in taken:
            raise place.error(where, f"the pool already has a backend named {name!r}", "FMP806",
                              "Give this one another name, or leave `kind` out to change settings of that one.")
        settings = _settings_of(KINDS[kind], kind, name, options, place)
        try:
            found = make(kind, name, settings)
        except BadSetting as error:
            raise place.error((*where, error.key), error.message, error.code) from None
        except ValueError as error:
            raise place.error(where, str(error), "FMP802") from None
        for backend in found:
            if backend.name in taken:
                raise place.error(where, f"the pool already has a backend named {backend.name!r}", "FMP806",
                                  "Give this one another name.")
            if backend.name != name and "cost" in options:
                raise place.error((*where, "cost"), f"{name} stands for several backends, which have no one cost",
                                  "FMP802", "Leave it out.")
            taken.append(backend.name)
            declared.append(backend)
    return declared


def _settings_of(kind: Kind, called: str, name: str, options: Mapping[str, Any], place: _Place) -> dict[str, Any]:
    """The settings that the factory gets: known, of their types, paths made absolute."""
    settings: dict[str, Any] = {}
    for key, value in options.items():
        if key in ("kind", "cost"):  # `cost` is every backend's: see _configured
            continue
        where = ("backends", name, key)
        if key not in kind.keys:
            raise place.error(where, f"backends of the kind {called} have no setting {key!r}", "FMP801",
                              _near(key, ["cost", *kind.keys]))
        if not _fits(value, kind.keys[key]):
            raise place.error(where, f"{key} should be {_TYPES[kind.keys[key]]}, not {value!r:.60}", "FMP802", "")
        settings[key] = _resolved(value, place.path) if key in kind.places else value
    for key in kind.required:
        if key not in settings:
            raise place.error(("backends", name), f"a backend of the kind {called} needs the setting {key!r}", "FMP802",
                              f"Write {key} = ... there.")
    return settings


def _resolved(text: str, file: Path) -> str:
    """A path that begins with `~`, `./` or `../` as an absolute one; other text as it is."""
    if text.startswith("~"):
        return str(Path(text).expanduser())
    if text in (".", "..") or text.startswith(("./", "../", ".\\", "..\\")):
        return str((file.resolve().parent / text).resolve())
    return text


def _configured(backend: Backend, options: Mapping[str, Any], place: _Place) -> Backend:
    """`options` of a backend says which settings it knows and of what type; `configured` makes one with them."""
    known: Mapping[str, type] = getattr(backend, "options", {})
    own = {}
    declared = "kind" in options  # its other settings went to the factory
    for key, value in options.items():
        where = ("backends", backend.name, key)
        if key == "cost":
            if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value < math.inf:
                raise place.error(where, f"a cost is a number, zero or more, not {value!r:.60}", "FMP802", "")
        elif declared:
            continue
        elif key not in known:
            raise place.error(where, f"the backend {backend.name} has no setting {key!r}", "FMP801",
                              _near(key, ["cost", *known]))
        elif not _fits(value, known[key]):
            raise place.error(where, f"{key} should be {_TYPES[known[key]]}, not {value!r:.60}", "FMP802", "")
        else:
            own[key] = value
    for key, value in own.items():  # one by one, so that an error has its line
        try:
            backend = backend.configured(**{key: value})  # type: ignore[attr-defined]
        except ValueError as error:
            where = ("backends", backend.name, key)
            raise place.error(where, f"{backend.name}: {error}", "FMP802", "") from None
    return Repriced(backend, float(options["cost"])) if "cost" in options else backend


_TYPES = {str: "text", int: "a whole number", float: "a number", bool: "true or false", list: "a list of texts",
          dict: "a table"}


def _fits(value: object, wanted: type) -> bool:
    if wanted is not bool and isinstance(value, bool):
        return False
    if wanted is list:
        return isinstance(value, list) and all(isinstance(item, str) for item in value)
    if wanted is float:
        return isinstance(value, (int, float)) and math.isfinite(value)
    return isinstance(value, wanted)


@dataclass(frozen=True, slots=True)
class _Place:
    """Where settings were written, for messages."""

    path: Path
    source: str
    prefix: tuple[str, ...]

    def at(self, keys: Sequence[str]) -> str:
        line = line_of(self.source, (*self.prefix, *keys))
        return f"{self.path}:{line}" if line else str(self.path)

    def error(self, keys: Sequence[str], what: str, code: str, hint: str = "") -> ConfigError:
        dotted = ".".join((*self.prefix, *keys))
        return ConfigError(f"{self.at(keys)}: {dotted}: {what}", code=code, hint=hint or f"Mend {dotted} there.")

    def text(self, table: Mapping[str, Any], key: str, default: str) -> str:
        value = table.get(key, default)
        if not isinstance(value, str) or (key in table and not value.strip()):
            raise self.error((key,), f"should be text that is not empty, not {value!r:.60}", "FMP802")
        return value

    def names(self, table: Mapping[str, Any], key: str, expected: str = "a list of names") -> list[str]:
        value = table.get(key, [])
        if not isinstance(value, list) or not all(isinstance(v, str) for v in value):
            raise self.error((key,), f"should be {expected}, not {value!r:.60}", "FMP802")
        return value


def line_of(text: str, keys: Sequence[str]) -> int:
    """The line, from 1, that sets a key of a TOML text, or 0 where that is not plain to see."""
    table: tuple[str, ...] = ()
    header = 0
    for number, line in enumerate(text.splitlines(), 1):
        stripped = line.strip()
        if stripped.startswith("["):
            table = _path_of(stripped + "\n")
            if table == tuple(keys) or (not header and keys and table[: len(keys)] == tuple(keys)):
                header = number
        elif "=" in stripped and not stripped.startswith("#"):
            path = (*table, *_path_of(stripped.partition("=")[0] + "= 0\n"))
            if path[: len(keys)] == tuple(keys) and keys:
                return number if path == tuple(keys) else header or number
    return header


def _path_of(line: str) -> tuple[str, ...]:
    """The keys of a table header, or of a line that sets one."""
    try:
        found: Any = tomllib.loads(line)
    except (ValueError, RecursionError):
        return ()
    path: list[str] = []
    while isinstance(found, dict) and found:
        key = next(iter(found))
        path.append(key)
        found = found[key]
    return tuple(path)


def _near(name: str, known: Sequence[str]) -> str:
    near = get_close_matches(name, known, 1)
    return (f"Did you mean {near[0]}? " if near else "") + f"Known: {', '.join(known) or 'none'}."


def _read(path: Path) -> str:
    try:
        with path.open("rb") as stream:
            raw = stream.read(MAX_FILE + 1)
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {(error.strerror or str(error)).lower()}", code="FMP804",
                          hint="Give the path of a TOML file with a table [pool].") from None
    if len(raw) > MAX_FILE:
        raise ConfigError(f"{path}: is larger than {MAX_FILE:,} bytes", code="FMP804", hint="Is it a settings file?")
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        raise ConfigError(f"{path}: is not text in UTF-8", code="FMP804", hint="Is it a settings file?") from None
