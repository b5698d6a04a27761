"""`fmplang env`: versions and settings, for people and for bug reports. No key and no token is shown."""

from __future__ import annotations

import os
import platform
import re
import sys
from importlib.metadata import PackageNotFoundError, entry_points, version
from typing import Any

import click

from fmplang.cli.console import out, out_json, table
from fmplang.cli.options import as_json, settings_from
from fmplang.cli.schema import VERSION

PACKAGES = ("lark", "click", "rich", "numpy", "pillow", "SQLAlchemy")
EXTRAS = ("opencv-python-headless", "scikit-image", "scikit-learn", "torch", "transformers")
SECRET = re.compile(r"key|token|secret|password|passwd|credential|auth", re.IGNORECASE)
IN_URL = re.compile(r"(?<=//)[^/@\s]+(?=@)")
HIDDEN = "***"


@click.command(name="env")
@as_json
def command(as_json: bool) -> None:
    """Show versions, settings, and where each setting comes from. Secrets are left out."""
    told = {
        "version": VERSION,
        "fmplang": _version("fmplang"),
        "python": platform.python_version(),
        "platform": platform.platform(),
        "executable": sys.executable,
        "packages": {name: _version(name) for name in PACKAGES},
        "extras": {name: _version(name) for name in EXTRAS},
        "plugins": {group: sorted(p.name for p in entry_points(group=group))
                    for group in ("fmplang.backends", "fmplang.policies")},
        "variables": {name: redacted(name, value) for name, value in sorted(os.environ.items())
                      if name.startswith("FMPLANG_")},
        **_settings(),
    }
    if as_json:
        out_json(told)
    else:
        out(_text(told))


def _settings() -> dict[str, Any]:
    settings = settings_from()
    return {
        "settings_file": None if settings.file is None else str(settings.file),
        "settings": {name: {"value": _plain(redacted(name, setting.value)), "from": setting.origin}
                     for name, setting in settings.items()},
    }


def redacted(name: str, value: Any) -> Any:
    """The value, but for what its name says is secret, and for passwords in addresses."""
    if SECRET.search(name):
        return HIDDEN
    return IN_URL.sub(HIDDEN, value) if isinstance(value, str) else value


def _plain(value: Any) -> Any:
    if isinstance(value, tuple):
        return ", ".join(map(str, value))
    return value if value is None or isinstance(value, (bool, int, float, str)) else str(value)


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def _text(told: dict[str, Any]) -> str:
    parts = [f"fmplang {told['fmplang']} on Python {told['python']}, {told['platform']}", told["executable"], ""]
    packages = {**told["packages"], **told["extras"]}
    parts.append(table([[name, found or "not installed"] for name, found in packages.items()], ["package", "version"]))
    for group, names in told["plugins"].items():
        parts += ["", f"{group}: {', '.join(names) or 'none installed'}"]
    parts += ["", f"settings file: {told['settings_file'] or 'none found'}", ""]
    rows = [[name, "none" if setting["value"] is None else str(setting["value"]), setting["from"]]
            for name, setting in told["settings"].items()]
    parts.append(table(rows, ["setting", "value", "from"]))
    if told["variables"]:
        parts += ["", table([[n, str(v)] for n, v in told["variables"].items()], ["variable", "value"])]
    return "\n".join(parts)
