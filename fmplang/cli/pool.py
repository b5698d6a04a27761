"""`fmplang pool`: what can answer, and whether it does."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import click

from fmplang.backends.base import Backend, Health
from fmplang.backends.pool import Pool, describe, resolve_pool
from fmplang.check.typed import NeuralFunction
from fmplang.cli.console import out, out_json, table
from fmplang.cli.options import as_json, settings_from
from fmplang.cli.schema import VERSION
from fmplang.cli.text import escape
from fmplang.errors import BackendError
from fmplang.host.answers import settled
from fmplang.host.credit import plain
from fmplang.host.decide import prices_of
from fmplang.host.drivers import ask_backend
from fmplang.host.examples import library_functions
from fmplang.host.nominal import fitting, nominal_price
from fmplang.host.work import Ask
from fmplang.limits import Limits
from fmplang.runtime.requests import Request
from fmplang.runtime.values import Audio, Image, Video, type_name

pool_option = click.option("--pool", help="A pool's name or a pool file; the configured one by default.")


class _Parts(click.Group):
    """Subcommands of which some have a module of their own, imported when they are asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted([*super().list_commands(ctx), *_APART])

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _APART:
            return super().get_command(ctx, cmd_name)
        found: click.Command = import_module(_APART[cmd_name]).command
        return found


_APART = {"train": "fmplang.cli.pool_train", "card": "fmplang.cli.pool_card"}


@click.group(name="pool", cls=_Parts)
def command() -> None:
    """See what can answer, and whether it does; train the small models that ship."""


@command.command(name="list")
@pool_option
@as_json
def list_(pool: str | None, as_json: bool) -> None:
    """List the backends of the pool: what they can do, what they cost, whether they work here.

    Prices are those of an example request; real ones depend on what is asked.
    """
    found, health = _pool(pool)
    functions = library_functions()
    told = [_told(backend, health[backend.name], functions.get(backend.capability)) for backend in found]
    if as_json:
        out_json({"version": VERSION, "pool": found.name, "unit": found.unit, "backends": told})
        return
    rows = [[t["name"], t["capability"], "?" if t["price"] is None else f"{t['price']:.3g}",
             "ready" if t["ready"] else "missing", t["about"]] for t in told]
    out(f"pool {escape(found.name)}, costs in {escape(found.unit)}\n")
    out(table(rows, ["backend", "capability", "price", "state", "about"], right=frozenset({2})))
    for t in told:
        if not t["ready"]:
            out(escape(f"\n{t['name']}: {t['why']}. {t['mend']}", keep="\n"))


@command.command(name="test")
@click.argument("names", metavar="[BACKEND...]", nargs=-1)
@pool_option
@as_json
def test(names: tuple[str, ...], pool: str | None, as_json: bool) -> int:
    """Ask each backend an example question and show its answer, the seconds and the cost. Exits with 5 where one fails.

    A backend that lacks something on this machine is told and does not count as failing, unless it was named.
    """
    found, health = _pool(pool)
    chosen = [found[name] for name in names] if names else list(found)
    functions = library_functions()
    results = [_tried(backend, health[backend.name], functions.get(backend.capability)) for backend in chosen]
    failed = any(r["state"] == "failed" or (names and r["state"] == "missing") for r in results)
    if as_json:
        out_json({"version": VERSION, "pool": found.name, "ok": not failed, "backends": results})
    else:
        rows = [[r["name"], r["capability"], r["state"], _number(r["seconds"], ".3f"), _number(r["cost"], ".4g"),
                 r["told"]] for r in results]
        out(table(rows, ["backend", "capability", "state", "seconds", found.unit, "answer"], right=frozenset({3, 4})))
    return BackendError.exit_code if failed else 0


def _pool(name: str | None) -> tuple[Pool, dict[str, Health]]:
    pool = resolve_pool(settings_from(pool=name).pool.value)
    return pool, pool.health()


def _told(backend: Backend, health: Health, function: NeuralFunction | None) -> dict[str, Any]:
    return {
        "name": backend.name, "capability": backend.capability, "version": backend.version,
        "price": nominal_price(backend, function) if function else None, "about": describe(backend),
        "ready": health.ok, "why": health.why, "mend": health.mend,
    }


def _tried(backend: Backend, health: Health, function: NeuralFunction | None) -> dict[str, Any]:
    """What became of one question. `told` says it in words, `cost` is what it cost, whatever came of it."""
    told: dict[str, Any] = {
        "name": backend.name, "capability": backend.capability, "state": "", "question": None, "answer": None,
        "seconds": None, "price": None, "cost": None, "confidence": None, "flags": [], "told": "",
    }
    if not health.ok:
        return {**told, "state": "missing", "told": f"{health.why}. {health.mend}"}
    request = fitting(backend, function) if function else None
    if request is None:
        return {**told, "state": "untested", "told": "no example question that it takes"}
    told["question"] = question = _question(request)
    try:
        (price,) = prices_of((backend,), request)
        answer = ask_backend(backend, [Ask(request, backend, price)])[0]
    except BackendError as error:
        return {**told, "state": "failed", "told": error.message}
    result = settled(request, backend, price, answer.result, answer.seconds, Limits())
    told |= {"seconds": answer.seconds, "price": price, "cost": result.cost, "flags": list(result.flags)}
    if result.error is not None:
        return {**told, "state": "failed", "told": result.error.message}
    return {**told, "state": "ok", "answer": plain(result.value), "confidence": result.confidence,
            "told": f"{question} gave {_short(result.value)}"}


def _question(request: Request) -> str:
    """The call as a program would write it, pictures and sounds by what they are."""
    given = (f"<{type_name(value).lower()}>" if isinstance(value, (Image, Audio, Video)) else _short(value, 24)
             for value in request.args.values())
    return f"{request.function.name}({', '.join(given)})"


def _number(value: float | None, form: str) -> str:
    return "" if value is None else format(value, form)


def _short(value: Any, most: int = 60) -> str:
    text = repr(value)
    return text if len(text) <= most else text[: most - 3] + "..."
