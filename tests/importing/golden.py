"""The corpora of published-style programs, and what an import makes of them.

    python -m tests.importing.golden        writes viper.golden and visprog.golden anew: read the difference

A corpus is a text of programs, each under a line `=== name`. Its golden file has the same names; under each the
program that came out, then a line `--- findings` and a line for each diagnostic: code, place, title. Places of reports
are those in the original, places of the check those in the result, behind an arrow.
"""

from __future__ import annotations

import re
from pathlib import Path

from fmplang.importing import Imported, import_program
from fmplang.syntax.source import Source

HERE = Path(__file__).resolve().parent
STYLES = ("viper", "visprog")


def entries(text: str) -> dict[str, str]:
    pieces = re.split(r"^=== (\w+)\n", text, flags=re.MULTILINE)
    assert not pieces[0]
    names = pieces[1::2]
    assert len(set(names)) == len(names)
    return dict(zip(names, pieces[2::2], strict=True))


def corpus(style: str) -> dict[str, str]:
    return entries((HERE / f"{style}.txt").read_text(encoding="utf-8"))


def golden(style: str) -> dict[str, str]:
    return entries((HERE / f"{style}.golden").read_text(encoding="utf-8"))


def imported(style: str, name: str, text: str) -> Imported:
    return import_program(Source(text, name), style)


def shown(made: Imported) -> str:
    lines = []
    for mark, found in (("", made.reports), ("-> ", made.checked.diagnostics)):
        for d in found:
            line, column = d.source.position(d.span.start)
            lines.append(f"{d.code} {mark}{line}:{column} {d.title}\n")
    return f"{made.text}--- findings\n{''.join(lines)}"


def main() -> None:
    for style in STYLES:
        parts = [f"=== {name}\n{shown(imported(style, name, text))}" for name, text in corpus(style).items()]
        (HERE / f"{style}.golden").write_text("".join(parts), encoding="utf-8")


if __name__ == "__main__":
    main()
