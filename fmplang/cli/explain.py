"""`fmplang explain`: what a code means."""

from __future__ import annotations

import re
import sys

import click

from fmplang.cli.console import out, out_json, paint, table
from fmplang.cli.options import as_json
from fmplang.errors import ConfigError

AREAS = {
    "0": "syntax", "1": "names", "2": "types", "3": "flow", "4": "neural lints", "5": "run time", "6": "limits",
    "7": "backends and policies", "8": "configuration, inputs, ledger, importing",
}


@click.command(name="explain")
@click.argument("code", required=False)
@as_json
def command(code: str | None, as_json: bool) -> None:
    """Say what a code such as FMP201 means, with a failing and a mended example. Without CODE, list them all."""
    from fmplang.catalogue_run import catalogue

    entries = catalogue()
    if code is None:
        known = [entries[name] for name in sorted(entries)]
        if as_json:
            out_json([{"code": e.code, "title": e.title, "area": AREAS[e.code[3]]} for e in known])
        else:
            out(table([[e.code, AREAS[e.code[3]], e.title] for e in known], ["code", "about", "title"]))
        return
    found = re.fullmatch(r"(?i)(?:error|warning)?\[?(?:FMP)?(\d{3})\]?", code.strip())
    name = f"FMP{found.group(1)}" if found else ""
    if name not in entries:
        near = [n for n in sorted(entries) if n[:4] == name[:4]] if name else []
        raise ConfigError(f"there is no code {code!r}", code="FMP805",
                          hint=f"near it: {', '.join(near[:12])}" if near else "fmplang explain lists all codes")
    entry = entries[name]
    if as_json:
        out_json({"code": entry.code, "title": entry.title, "why": entry.why, "failing": entry.failing,
                  "mended": entry.mended})
        return
    bold = paint(sys.stdout).bold
    parts = [f"{bold[0]}{entry.code}: {entry.title}{bold[1]}", "", entry.why.strip()]
    for head, example in (("Fails:", entry.failing), ("Mended:", entry.mended)):
        if example.strip():
            lines = (f"    {line}".rstrip() for line in example.strip("\n").split("\n"))
            parts += ["", f"{bold[0]}{head}{bold[1]}", "", *lines]
    out("\n".join(parts))
