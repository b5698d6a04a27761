"""How often the checker flags a program that was broken in one place: by the operators of tests/check/mutations_*.py.

    python benchmarks/mutants.py [--programs N] [--each M] [--show OPERATOR]

The correct programs are those of examples/, tests/programs, tests/check/mutants, the mended examples of
`fmplang explain`, and N generated ones. At most M mutants of one operator are taken of one program, spread over it.
For each operator: mutants, the share that is flagged, the share with exactly one error, and the share with exactly
one error whose span (in brackets: or one of whose labels) lies on what was changed. Then, how often `check --fix`
changed something, and in how many of these the result checks. --show lists those that miss.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tests.check import mutations_calls, mutations_text, mutations_types  # noqa: E402, F401  (they fill OPERATORS)
from tests.check.correct import generated, written  # noqa: E402
from tests.check.mutating import OPERATORS, Program, fix, made_by, verdict  # noqa: E402


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    options.add_argument("--programs", type=int, default=40)
    options.add_argument("--each", type=int, default=15)
    options.add_argument("--show", default="")
    told = options.parse_args()
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
