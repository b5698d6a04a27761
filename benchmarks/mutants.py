"""How often the checker flags a program that was broken in one place: by the operators of tests/check/mutations_*.py.

    python benchmarks/mutants.py [--programs N] [--each M] [--show OPERATOR]

The correct programs are those of examples/, fmplang/bench/programs, tests/programs and tests/check/mutants, the mended
examples of `fmplang explain`, and N generated ones. At most M mutants of one operator are taken of one program, spread
over it. For each operator: mutants, the share that is flagged, the share with exactly one error, and the share with
exactly one error whose span (in brackets: or one of whose labels) lies on what was changed. Then, how often
`check --fix` changed something, and in how many of these the result checks. --show lists those that miss.

--judge N asks mypy whether the mutants are wrong at all: N generated pure programs, which are Python but for their
records, as far as mypy accepts the program before it was broken. (Mutants of the text are judged by CPython's parser
as they are made.)
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tests.check import mutations_calls, mutations_text, mutations_types  # noqa: E402, F401  (they fill OPERATORS)
from tests.check.correct import generated, written  # noqa: E402
from tests.check.mutating import OPERATORS, Program, fix, made_by, verdict  # noqa: E402
from tests.check.strategies import PRELUDE  # noqa: E402


def as_python(text: str) -> str:
    records = ("\n" + text).replace("\nclass ", "\n@dataclasses.dataclass(frozen=True, kw_only=True)\nclass ")
    return PRELUDE + records


def refused(texts: list[str]) -> set[int]:
    """Which of the programs mypy refuses."""
    with tempfile.TemporaryDirectory() as folder:
        for i, text in enumerate(texts):
            (Path(folder) / f"p{i}.py").write_text(as_python(text), encoding="utf-8")
        done = subprocess.run(
            [sys.executable, "-m", "mypy", "--strict", "--enable-error-code", "possibly-undefined", "--cache-dir",
             str(Path(folder) / "cache"), "--config-file", "", "--no-error-summary", folder],
            capture_output=True, text=True, env={**os.environ, "MYPYPATH": ""})
        return {int(number) for number in re.findall(r"[\\/]p(\d+)\.py:\d+: error", done.stdout)}


def judge(count: int, each: int) -> None:
    texts = list(generated(count, methods=False))
    wrong = refused(texts)
    programs = [Program(text) for i, text in enumerate(texts) if i not in wrong]
    made = []
    for name, make in OPERATORS.items():
        if make.__module__.endswith("_text"):
            continue
        for program in programs:
            mutants = list(made_by(program, name, make))
            made += [(name, mutant) for mutant in mutants[::max(1, len(mutants) // each)][:each]]
    bad = refused([mutant.text for _, mutant in made])
    rows: dict[str, list[int]] = {}
    for i, (name, _) in enumerate(made):
        row = rows.setdefault(name, [0, 0])
        row[0] += 1
        row[1] += i in bad
    for name, (all_, refused_) in rows.items():
        sys.stdout.write(f"{name:32} {all_:6} {100 * refused_ / all_:6.1f}\n")
    sys.stdout.write(f"{len(programs)} of {count} programs accepted by mypy; of {len(made)} mutants of them it refuses "
                     f"{len(bad)}\n")


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    options.add_argument("--programs", type=int, default=40)
    options.add_argument("--each", type=int, default=15)
    options.add_argument("--show", default="")
    options.add_argument("--judge", type=int, default=0)
    told = options.parse_args()
    if told.judge:
        judge(told.judge, told.each)
        return
    programs = [Program(text) for text in (*written(), *generated(told.programs))]
    total: Counter[str] = Counter()
    rows = []
    for name, make in OPERATORS.items():
        if told.show not in ("", "all", name):
            continue
        row: Counter[str] = Counter()
        for program in programs:
            made = list(made_by(program, name, make))
            step = max(1, len(made) // told.each)
            for mutant in made[::step][:told.each]:
                said = verdict(program, mutant)
                fixed, right = fix(mutant)
                row.update(mutants=1, flagged=said.flagged, one=said.one, covers=said.covers, labelled=said.labelled,
                           fixed=fixed, right=right)
                if told.show in ("all", name) and not said.labelled:
                    places = [mutant.text[s:e] for s, e in mutant.places][:3]
                    sys.stdout.write(f"--- {name}: {places}\n" + "".join(f"    {line}\n" for line in said.said[:4]))
                    line = mutant.text.count("\n", 0, mutant.places[0].start)
                    lines = mutant.text.split("\n")[max(0, line - 1):line + 2]
                    sys.stdout.write("".join(f"    > {text}\n" for text in lines))
        rows.append((name, row))
        total.update(row)
    for name, row in [*rows, ("all", total)]:
        count = row["mutants"] or 1
        shares = [f"{100 * row[key] / count:6.1f}" for key in ("flagged", "one", "covers", "labelled")]
        sys.stdout.write(f"{name:32} {row['mutants']:6} {shares[0]} {shares[1]} {shares[2]} ({shares[3].strip()}) "
                         f"{row['fixed']:6} {row['right']:6}\n")
    sys.stdout.write(f"{len(programs)} programs, {len(OPERATORS)} operators\n")


if __name__ == "__main__":
    main()
