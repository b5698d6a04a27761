"""Settings: what they are, where they come from, and which source wins.

The command line wins over `FMPLANG_*` variables, they over the nearest `fmplang.toml` (or `[tool.fmplang]` of a
`pyproject.toml`) at or above the working directory, and that over the defaults. Every setting remembers its
origin, and a wrong one is told with file, key and what to do.

    pool = "embedded"            # or a path to a pool file, relative to this file; or a table [pool] here
    policy = "counterfactual"
    trade_off = 0.3
    budget = 1e9                 # of one command, in the pool's unit of cost
    seed = 0
    ledger = "runs.db"           # relative to this file; "none" keeps nothing
    cache = "answers.db"         # of the command line: where answers are kept; "none" asks again each time
    [limits]
    neural_calls = 200
    [recovery]
    retries = 1                  # of a backend that failed in a way that may pass
    fallback = "dearer"          # or "cheaper", "none", or a list of backends
    recoveries = 1               # how often a run is begun anew after a failed assertion
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

from fmplang.errors import ConfigError
from fmplang.frozen import Frozen
from fmplang.limits import Limits

DEFAULT_POOL = "embedded"
DEFAULT_POLICY = "counterfactual"
DEFAULT_TRADE_OFF = 0.3
DEFAULT_SEED = 0
FALLBACKS = ("dearer", "cheaper", "none")
DEFAULT_RETRIES = 1
DEFAULT_FALLBACK = "dearer"
DEFAULT_RECOVERIES = 1
NO_LEDGER = "none"
MAX_FILE = 1_000_000  # bytes of a settings file


class Setting(Frozen, eq=True):
    """A value and where it came from: "default", "command line", a variable's name or a file's path."""

    value: Any
    origin: str = "default"


class Settings(Frozen):
    """All settings. `ledger` is a path, or None where runs are not to be kept. `file` is the file read, if any."""

    pool: Setting
    policy: Setting
    trade_off: Setting
    budget: Setting
    seed: Setting
    ledger: Setting
    cache: Setting
    limits: dict[str, Setting]
    recovery: dict[str, Setting]
    file: Path | None = None

    def limits_value(self) -> Limits:
        return Limits(**{name: setting.value for name, setting in self.limits.items()})

    def items(self) -> list[tuple[str, Setting]]:
        """Every setting by its dotted name, in a fixed order."""
        named = [(name, getattr(self, name)) for name in NAMES]
        return named + [(f"{table}.{name}", setting) for table in TABLES
                        for name, setting in getattr(self, table).items()]


def default_ledger(environ: Mapping[str, str]) -> Path:
    """`fmplang/ledger.db` below the user's data directory (XDG_DATA_HOME, else ~/.local/share)."""
    home = environ.get("XDG_DATA_HOME", "")
    base = Path(home) if home and Path(home).is_absolute() else Path("~/.local/share").expanduser()
    return base / "fmplang" / "ledger.db"


def default_cache(environ: Mapping[str, str]) -> Path:
    """`fmplang/answers.db` below the user's cache directory (XDG_CACHE_HOME, else ~/.cache)."""
    home = environ.get("XDG_CACHE_HOME", "")
    base = Path(home) if home and Path(home).is_absolute() else Path("~/.cache").expanduser()
    return base / "fmplang" / "answers.db"


# ------------------------------------------------------------------ one setting
#
# A reader takes what was written (text from a variable or the command line, a TOML value from a file) and the
# folder that relative paths start from, and gives the value or raises ValueError with what was expected.

Reader = Callable[[Any, Path], Any]
_OF_FOLDERS = ("profile", "truth")  # pools that are named with a folder: "profile:DIR"


def _text(raw: Any, base: Path) -> str:
    if isinstance(raw, str) and raw.strip():
        return raw.strip()
    raise ValueError("a text that is not empty")


def _pool(raw: Any, base: Path) -> str:
    text = _text(raw, base)
    preset, _, folder = text.partition(":")
    if preset in _OF_FOLDERS and folder:
        return f"{preset}:{base / Path(folder).expanduser()}"
    if text.endswith(".toml") or os.sep in text:
        return str(base / Path(text).expanduser())
    return text


def _ledger(raw: Any, base: Path) -> Path | None:
    if raw is False:
        return None
    text = _text(raw, base)
    return None if text == NO_LEDGER else base / Path(text).expanduser()


def number_from(raw: Any) -> float:
    """A finite number; text is read. Raises ValueError."""
    if isinstance(raw, str):
        raw = float(raw.replace("_", ""))
    if isinstance(raw, bool) or not isinstance(raw, (int, float)) or raw != raw or raw in (float("inf"), -float("inf")):
        raise ValueError
    return raw


def zero_or_more(raw: Any) -> float:
    """As `number_from`. Raises ValueError for what is below zero too."""
    value = number_from(raw)
    if value < 0:
        raise ValueError
    return value


def _at_least_zero(what: str, *, open_end: bool = False) -> Reader:
    def read(raw: Any, base: Path) -> float | None:
        if open_end and raw in (None, "none"):
            return None
        try:
            return zero_or_more(raw)
        except ValueError:
            raise ValueError(what) from None

    return read


def _whole(raw: Any, base: Path) -> int:
    try:
        value = number_from(raw)
    except ValueError:
        value = -1
    if value < 0 or value != int(value):
        raise ValueError("a whole number, zero or more")
    return int(value)


def _fallback(raw: Any, base: Path) -> str | tuple[str, ...]:
    """A rule's name, or names of backends: a list, or text with commas. A single backend is a list of one."""
    names = raw.split(",") if isinstance(raw, str) else raw
    if isinstance(names, list) and names and all(isinstance(name, str) and name.strip() for name in names):
        found = tuple([name.strip() for name in names])
        if len(set(found)) == len(found):
            return found[0] if isinstance(raw, str) and found[0] in FALLBACKS and len(found) == 1 else found
    raise ValueError(f"{', '.join(FALLBACKS)}, or names of backends, each once")


READERS: dict[str, Reader] = {
    "pool": _pool,
    "policy": _text,
    "trade_off": _at_least_zero("a number, zero or more"),
    "budget": _at_least_zero('a number, zero or more, or "none"', open_end=True),
    "seed": _whole,
    "ledger": _ledger,
    "cache": _ledger,
}
NAMES = tuple(READERS)
_SECONDS = _at_least_zero("a number of seconds, zero or more")
LIMIT_READERS: dict[str, Reader] = {
    field.name: READERS["budget"] if field.name == "spend" else _SECONDS if "seconds" in field.name else _whole
    for field in fields(Limits)
}
RECOVERY_READERS: dict[str, Reader] = {"retries": _whole, "fallback": _fallback, "recoveries": _whole}
# Tables of settings: what reads each of a table's settings, and what one of them is called.
TABLES: dict[str, tuple[dict[str, Reader], str]] = {
    "limits": (LIMIT_READERS, "limit"), "recovery": (RECOVERY_READERS, "setting of recovery"),
}


def _read(name: str, raw: Any, base: Path, origin: str) -> Setting:
    """One setting by its dotted name."""
    table, _, key = name.rpartition(".")
    reader = TABLES[table][0][key] if table else READERS[key]
    try:
        return Setting(reader(raw, base), origin)
    except ValueError as error:
        shown = repr(raw) if len(repr(raw)) <= 60 else repr(raw)[:57] + "..."
        raise ConfigError(f"{origin}: {name} should be {error}, not {shown}", code="FMP802",
                          hint=f"mend {name} there, or leave it out to take the default") from None


def _read_in(table: str, name: str, raw: Any, base: Path, origin: str) -> Setting:
    """One setting of a table."""
    readers, what = TABLES[table]
    if name not in readers:
        raise _unknown(name, list(readers), origin, what)
    return _read(f"{table}.{name}", raw, base, origin)


def _unknown(name: str, known: list[str], origin: str, what: str) -> ConfigError:
    from difflib import get_close_matches

    near = get_close_matches(name, known, 1)
    return ConfigError(f"{origin}: there is no {what} named {name!r}", code="FMP801",
                       hint=(f"did you mean {near[0]}? " if near else "") + f"known: {', '.join(known)}")


# -------------------------------------------------------------------- the sources


def load_settings(overrides: Mapping[str, Any] | None = None, limits: Mapping[str, Any] | None = None,
                  recovery: Mapping[str, Any] | None = None, *,
                  environ: Mapping[str, str] | None = None, folder: Path | None = None) -> Settings:
    """All settings. `overrides`, `limits` and `recovery` are the command line's; None means not given.

    Raises ConfigError: FMP801 for an unknown name, FMP802 for a wrong value, FMP804 for a file that cannot be read.
    """
    environ = os.environ if environ is None else environ
    folder = Path.cwd() if folder is None else folder
    found: dict[str, Setting] = {
        "pool": Setting(DEFAULT_POOL), "policy": Setting(DEFAULT_POLICY), "trade_off": Setting(DEFAULT_TRADE_OFF),
        "budget": Setting(None), "seed": Setting(DEFAULT_SEED), "ledger": Setting(default_ledger(environ)),
        "cache": Setting(default_cache(environ)),
    }
    defaults = Limits()
    for name in LIMIT_READERS:
        found[f"limits.{name}"] = Setting(getattr(defaults, name))
    for name, value in (("retries", DEFAULT_RETRIES), ("fallback", DEFAULT_FALLBACK),
                        ("recoveries", DEFAULT_RECOVERIES)):
        found[f"recovery.{name}"] = Setting(value)

    file, table = _nearest(folder)
    if file is not None:
        found.update(_from_file(file, table))
    found.update(_from_environment(environ, folder))
    for name, raw in (overrides or {}).items():
        if raw is not None:
            found[name] = _read(name, raw, folder, "command line")
    for kind, given in (("limits", limits), ("recovery", recovery)):
        for name, raw in (given or {}).items():
            if raw is not None:
                found[f"{kind}.{name}"] = _read_in(kind, name, raw, folder, "command line")
    return Settings(
        **{name: found[name] for name in NAMES},
        limits={name: found[f"limits.{name}"] for name in LIMIT_READERS},
        recovery={name: found[f"recovery.{name}"] for name in RECOVERY_READERS},
        file=file,
    )


def _from_environment(environ: Mapping[str, str], folder: Path) -> dict[str, Setting]:
    found = {}
    for name in NAMES:
        raw = environ.get(f"FMPLANG_{name.upper()}", "")
        if raw:
            found[name] = _read(name, raw, folder, f"FMPLANG_{name.upper()}")
    for variable in sorted(environ):
        for start, table in (("FMPLANG_LIMIT_", "limits"), ("FMPLANG_RECOVERY_", "recovery")):
            if variable.startswith(start) and environ[variable]:
                name = variable.removeprefix(start).lower()
                found[f"{table}.{name}"] = _read_in(table, name, environ[variable], folder, variable)
    return found


def _from_file(file: Path, table: Mapping[str, Any]) -> dict[str, Setting]:
    found = {}
    for name, raw in table.items():
        if name in TABLES:
            if not isinstance(raw, dict):
                raise ConfigError(f"{file}: {name} should be a table", code="FMP802", hint=f"write [{name}]")
            for key, value in raw.items():
                found[f"{name}.{key}"] = _read_in(name, key, value, file.parent, str(file))
        elif name == "pool" and isinstance(raw, dict):  # the pool is described in this very file
            found[name] = Setting(str(file), str(file))
        elif name in READERS:
            found[name] = _read(name, raw, file.parent, str(file))
        else:
            raise _unknown(name, [*NAMES, *TABLES], str(file), "setting")
    return found


def _nearest(folder: Path) -> tuple[Path | None, Mapping[str, Any]]:
    for place in (folder, *folder.parents):
        own = place / "fmplang.toml"
        if own.is_file():
            return own, _toml(own)
        project = place / "pyproject.toml"
        if project.is_file():
            tool = _toml(project, only_if="tool.fmplang").get("tool")
            table = tool.get("fmplang") if isinstance(tool, dict) else None
            if isinstance(table, dict):
                return project, table
    return None, {}


def _toml(path: Path, only_if: str = "") -> dict[str, Any]:
    """A TOML file. Where `only_if` is given, a text without it is not parsed at all: it is not ours to judge."""
    try:
        with path.open("rb") as stream:
            raw = stream.read(MAX_FILE + 1)
        if len(raw) > MAX_FILE:
            raise ConfigError(f"{path} is larger than {MAX_FILE:,} bytes", code="FMP804", hint="is it a settings file?")
        text = raw.decode("utf-8")
        if only_if not in text:
            return {}
        import tomllib

        return tomllib.loads(text)
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror or error}", code="FMP804",
                          hint="mend its permissions, or move it away") from None
    except (ValueError, RecursionError) as error:  # not TOML, not UTF-8, or nested without end
        raise ConfigError(f"{path} is not valid TOML: {error}", code="FMP804", hint="mend the line named") from None
