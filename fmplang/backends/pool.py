"""The configured set of backends: who can answer what.

    pool = fmplang.Pool.preset("embedded").plus(mine).minus("lbp")

A pool is immutable. Its order is the order of its arms.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from difflib import get_close_matches
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fmplang.backends.base import HEALTHY, Backend, Health
from fmplang.errors import BackendError, ConfigError, NoBackend

if TYPE_CHECKING:
    from fmplang.check.typed import NeuralFunction
    from fmplang.runtime.requests import Request

PRESETS: dict[str, tuple[str, str]] = {
    "embedded": ("fmplang.backends.embedded", "embedded_backends"),
    "scenes": ("fmplang.backends.embedded", "scene_backends"),
    "transformers": ("fmplang.backends.transformers", "transformers_backends"),
    "openai": ("fmplang.backends.openai", "environment_backends"),
    "profile": ("fmplang.backends.profile", "profile_of_folder"),
    "truth": ("fmplang.backends.profile", "truth_of_folder"),
}
OF_FOLDERS = ("profile", "truth")  # these are named with a folder: "profile:DIR"
MONEY = frozenset({"usd", "eur", "gbp", "chf", "jpy", "cny", "dollars", "euros", "cents", "credits"})
NO_UNIT = "units"


class Pool:
    """A set of backends with different names and one unit of cost.

    `unit` is what their costs count; by default the one that they name, else "units". `encoder` may take the place of
    the frozen encoding of pictures that policies see: pixels (H x W x 3 uint8) to 16 numbers. Raises ConfigError:
    FMP806 where two backends share a name or count in different units, FMP807 for what is no backend.
    """

    def __init__(self, backends: Iterable[Backend], *, name: str = "pool", unit: str | None = None,
                 encoder: Callable[[Any], Any] | None = None) -> None:
        made = tuple(backends)
        seen: set[str] = set()
        for each in made:
            _must_be_backend(each)
            if each.name in seen:
                raise ConfigError(
                    f"the pool {name} has two backends named {each.name!r}", code="FMP806",
                    hint="Give one of them another name: a name stands for one arm.",
                )
            seen.add(each.name)
        self.name = name
        self.encoder = encoder
        self.backends = made
        self.unit = unit or _common_unit(made, name)
        self._given_unit = unit
        self._by_capability: dict[str, tuple[Backend, ...]] = {}
        for each in made:
            self._by_capability[each.capability] = (*self._by_capability.get(each.capability, ()), each)
        self._health: dict[str, Health] = {}
        self._well: dict[str, tuple[Backend, ...]] = {}  # by capability, those in good health

    # ------------------------------------------------------------- making one

    @classmethod
    def preset(cls, name: str) -> Pool:
        """A pool that ships: "embedded", the models that run offline on a bare machine, costs in milliseconds;
        "scenes", those of them that look at drawn scenes; "openai", a model on a server, as the environment says, costs
        in US dollars; or "profile:DIR", a simulation over pictures that `fmplang scenes make DIR` drew, costs in
        millions of parameters."""
        plain, folder = preset_and_folder(name)
        if plain not in PRESETS:
            near = get_close_matches(name, PRESETS, 1)
            raise ConfigError(
                f"there is no pool named {name!r}", code="FMP806",
                hint=(f"Did you mean {near[0]}? " if near else "") + f"Known: {', '.join(PRESETS)}.",
            )
        module, factory = PRESETS[plain]
        make: Callable[..., Iterable[Backend]] = getattr(import_module(module), factory)
        return cls(make(folder) if folder else make(), name=plain)

    @classmethod
    def from_file(cls, path: str | Path) -> Pool:
        """The pool that a TOML file describes, in its table `pool` (or `tool.fmplang.pool`). See `pool_file`."""
        from fmplang.backends.pool_file import read_pool

        return read_pool(Path(path))

    def plus(self, *backends: Backend) -> Pool:
        """This pool with more backends."""
        return self.with_backends((*self.backends, *backends))

    def minus(self, *names: str) -> Pool:
        """This pool without some of its backends."""
        for name in names:
            self[name]
        return self.with_backends(b for b in self.backends if b.name not in names)

    def only(self, *names: str) -> Pool:
        """These backends of the pool, in the pool's order."""
        for name in names:
            self[name]
        return self.with_backends(b for b in self.backends if b.name in names)

    def with_backends(self, backends: Iterable[Backend]) -> Pool:
        """The same pool with other backends."""
        return Pool(backends, name=self.name, unit=self._given_unit, encoder=self.encoder)

    # ------------------------------------------------------------ looking into

    def __iter__(self) -> Iterator[Backend]:
        return iter(self.backends)

    def __len__(self) -> int:
        return len(self.backends)

    def __contains__(self, name: object) -> bool:
        return any(b.name == name for b in self.backends)

    def __getitem__(self, name: str) -> Backend:
        """A backend by its name. ConfigError (FMP806) where there is none."""
        for each in self.backends:
            if each.name == name:
                return each
        names = [b.name for b in self.backends]
        near = get_close_matches(str(name), names, 1)
        raise ConfigError(
            f"the pool {self.name} has no backend named {name!r}", code="FMP806",
            hint=(f"Did you mean {near[0]}? " if near else "") + f"It has: {', '.join(names) or 'none'}.",
        )

    def __repr__(self) -> str:
        return f"<pool {self.name}: {', '.join(b.name for b in self.backends) or 'empty'}>"

    @property
    def capabilities(self) -> tuple[str, ...]:
        """What it can do, in the pool's order."""
        return tuple(self._by_capability)

    def having(self, capability: str) -> tuple[Backend, ...]:
        """All backends of a capability, well or not."""
        return self._by_capability.get(capability, ())

    def paid(self, backend: Backend) -> bool:
        """Whether asking this backend costs money: its own word (`paid`), else whether its unit is a currency."""
        said = getattr(backend, "paid", None)
        if isinstance(said, bool):
            return said
        return (getattr(backend, "unit", None) or self.unit).lower() in MONEY

    def health(self, *, refresh: bool = False) -> dict[str, Health]:
        """Whether each backend can work here, by name. Looked at once, or anew with `refresh`."""
        if refresh:
            self._health.clear()
            self._well.clear()
        return {b.name: self._health_of(b) for b in self.backends}

    # --------------------------------------------------------------- answering

    def for_request(self, request: Request) -> tuple[Backend, ...]:
        """The backends that can answer this request here, in the pool's order, never none.

        Raises NoBackend (FMP703), which says what is missing and how to add it.
        """
        capability = request.site.function.capability
        well = self._well.get(capability)
        if well is None:
            well = self._well[capability] = tuple([b for b in self.having(capability) if self._health_of(b).ok])
        try:
            fit = tuple([b for b in well if b.supports(request)])
        except Exception:  # asked one by one, the one that failed says so
            fit = tuple([b for b in well if _takes(b, request)])
        if not fit:
            raise self._nobody(request.function, request)
        return fit

    backends_for = for_request

    def require(self, function: NeuralFunction) -> None:
        """Raise NoBackend where no backend has the capability that a neural function needs, or none that works."""
        if not any(self._health_of(b).ok for b in self.having(function.capability)):
            raise self._nobody(function, None)

    def _health_of(self, backend: Backend) -> Health:
        known = self._health.get(backend.name)
        if known is None:
            known = self._health[backend.name] = health_of(backend)
        return known

    def _nobody(self, function: NeuralFunction, request: Request | None) -> NoBackend:
        capability, called = function.capability, function.name
        able = self.having(capability)
        where = f" at {request.site.id}" if request is not None else ""
        hints = []
        if not able:
            message = (f"no backend of the pool {self.name!r} has the capability {capability!r}, "
                       f"which the function {called} needs{where}")
            hints.append(f"The pool has: {', '.join(self.capabilities) or 'nothing'}.")
        else:
            asked = f"{called}({_shown(request)})" if request is not None else called
            message = f"no backend of the pool {self.name!r} with the capability {capability!r} can take {asked}{where}"
            for each in able:
                health = self._health_of(each)
                why = describe(each) if health.ok else f"not here: {health.why}. {health.mend}"
                hints.append(f"{each.name}: {why}".rstrip())
        hints.append(ADD.format(capability=capability, pool=self.name))
        return NoBackend(message, hint="\n  ".join(hints), site=request.site.id if request is not None else None)


ADD = """To add one:
      @fmplang.backend("{capability}", name="mine", cost=1.0)
      def mine(request): ...          # request.args, request.returns, request.prompt
      runtime = fmplang.Runtime(pool=fmplang.Pool([mine]))    # or .preset("embedded").plus(mine)"""


def health_of(backend: Backend) -> Health:
    """A backend's health; one that does not say is well, one that fails to say is not."""
    ask = getattr(backend, "health", None)
    if ask is None:
        return HEALTHY
    try:
        said = ask()
    except Exception as error:
        return Health(False, f"its health check failed: {type(error).__name__}: {error}", "Mend its `health`.")
    if not isinstance(said, Health):
        return Health(False, f"its health check gave {type(said).__name__}", "Mend its `health`.")
    return said


def describe(backend: Backend) -> str:
    """One line on a backend; "" where it has none."""
    ask = getattr(backend, "describe", None)
    return str(ask()).partition("\n")[0] if callable(ask) else ""


def preset_and_folder(name: str) -> tuple[str, str]:
    """A preset's name without the folder that some have: ("profile", "pictures") of "profile:pictures"."""
    plain, _, folder = name.partition(":")
    return (plain, folder) if plain in OF_FOLDERS else (name, "")


def resolve_pool(pool: str | Path | Pool | Iterable[Backend]) -> Pool:
    """A pool from a Pool, a name, the path of a TOML file, or backends. Raises ConfigError.

    A name is a preset ("embedded", "profile:DIR"), an entry point of the group `fmplang.backends`, or several joined
    by "+".
    """
    if isinstance(pool, Pool):
        return pool
    if isinstance(pool, Path):
        return Pool.from_file(pool)
    if isinstance(pool, str):
        plain, _ = preset_and_folder(pool)
        if plain not in OF_FOLDERS and (plain.endswith(".toml") or "/" in plain or "\\" in plain):
            return Pool.from_file(pool)
        return _named(pool)
    if isinstance(pool, Iterable):
        return Pool(pool)
    raise ConfigError(
        f"{pool!r:.80} is not a pool", code="FMP806",
        hint='A pool is fmplang.Pool([...]), a name such as "embedded", or the path of a TOML file.',
    )


def _named(text: str) -> Pool:
    names = [part.strip() for part in text.split("+")]
    plugins = [name for name in names if preset_and_folder(name)[0] not in PRESETS]
    if not plugins and len(names) == 1:
        return Pool.preset(names[0])
    from fmplang.backends.plugins import installed, load_plugin

    for name in plugins:
        if name not in installed():
            known = [*PRESETS, *installed()]
            near = get_close_matches(name, known, 1)
            raise ConfigError(
                f"there is no pool named {name!r}", code="FMP806",
                hint=(f"Did you mean {near[0]}? " if near else "") + f"Known: {', '.join(known)}.",
            )
    made: list[Backend] = []
    for name in names:
        made.extend(load_plugin(name) if name in plugins else Pool.preset(name))
    return Pool(made, name="+".join(names))


def _must_be_backend(backend: Any) -> None:
    if isinstance(backend, type) or not isinstance(backend, Backend):
        lacking = [m for m in ("name", "capability", "version", "supports", "price", "answer")
                   if isinstance(backend, type) or not hasattr(backend, m)]
        if callable(backend) and not isinstance(backend, type) and len(lacking) > 2:
            hint = 'Decorate the function: @fmplang.backend("detect", cost=1.0).'
        elif isinstance(backend, type):
            hint = "Make an instance of the class."
        else:
            hint = f"It lacks {', '.join(lacking)}."
        raise ConfigError(f"{backend!r:.80} is not a backend", code="FMP807", hint=hint)
    for what in ("name", "capability", "version"):
        text = getattr(backend, what)
        if not isinstance(text, str) or not text:
            raise ConfigError(
                f"{backend!r:.80} is not a backend: its {what} is {text!r:.40}", code="FMP807",
                hint=f"Give it a {what} that is text and not empty.",
            )


def _common_unit(backends: tuple[Backend, ...], name: str) -> str:
    by_unit: dict[str, str] = {}
    for each in backends:
        unit = getattr(each, "unit", None)
        if unit:
            by_unit.setdefault(unit, each.name)
    if len(by_unit) > 1:
        told = " and ".join(f"{unit} ({who})" for unit, who in by_unit.items())
        raise ConfigError(
            f"the pool {name} would add up {told}", code="FMP806",
            hint="Say which it is with Pool(..., unit=...), and give the other backends a cost in it.",
        )
    return next(iter(by_unit), NO_UNIT)


def _shown(request: Request) -> str:
    shown = []
    for value in request.args.values():
        if isinstance(value, (str, int, float, bool, list)) or value is None:
            text = repr(value)
            shown.append(text if len(text) <= 40 else text[:37] + "...")
        else:
            shown.append(f"<{type(value).__name__.lower()}>")
    return ", ".join(shown)


def _takes(backend: Backend, request: Request) -> bool:
    try:
        return backend.supports(request)
    except BackendError:
        raise
    except Exception as error:
        raise BackendError(
            f"the backend {backend.name} could not say whether it takes a call: {type(error).__name__}: {error}",
            code="FMP704", site=request.site.id, backend=backend.name, hint="Mend its `supports`.",
        ) from error
