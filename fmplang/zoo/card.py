"""A model's card: what it is, what it costs, how often it is right, and where it fails."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from fmplang.backends.embedded.scenes import models
from fmplang.backends.embedded.scenes.models import OUTLINE, VIEWS, Model
from fmplang.scenes.graph import Scene
from fmplang.scenes.stream import scenes
from fmplang.zoo.measure import EASY, HARD, accuracy, auc, calibration_error, easy, hard
from fmplang.zoo.trials import ASKED, QUESTIONS, Trial, trials

if TYPE_CHECKING:
    from PIL.Image import Image as PilImage

SPLIT = "test"
_SEED = 1  # of the questions
_FRESH = 100_000  # calibrate scenes from here on had no part in any fit
_CALLS = 15
_BATCH = 16
_FAILURES = 12

WORDS: Mapping[str, str] = {
    OUTLINE: "No network. What differs from the colours at the picture's edge is cut into patches; each is laid over "
             "the outlines of all kinds, and its colour is the nearest ink. It knows no pattern, no word and no "
             "relation but those of boxes, so it only finds.",
    "glance": "A small convolutional network that looks once, at 96 x 96 pixels: for each of 24 x 24 cells how likely "
              "the middle of a thing is there, and for the likeliest places what the thing is.",
    "gaze": "A convolutional network of forty times as many operations that looks once, at 128 x 128 pixels, and "
            "reads 32 x 32 cells.",
    "sage": "The network of gaze, looking six times: at 128, 160 and 224 pixels, as it is and mirrored. What the "
            "looks agree on counts. It answers whole questions only, and says N/A where the picture does not tell.",
}


@dataclass(frozen=True, slots=True)
class Row:
    """Of one kind of question. Shares are of 1; None where there were no questions."""

    kind: str
    easy: float | None
    easy_count: int
    hard: float | None
    hard_count: int
    calibration_error: float
    auc: float | None


@dataclass(frozen=True, slots=True)
class Card:
    """What was measured. `rows` by kind of question, and one for all whole questions. `milliseconds` of CPU of one
    look with all chances, `batch_milliseconds` of one of sixteen; `bytes` of its files."""

    name: str
    flops: int
    bytes: int
    milliseconds: float
    batch_milliseconds: float
    scenes: int
    rows: tuple[Row, ...]
    calibrate_error: float
    calibrate_auc: float | None
    about: Mapping[str, Any]

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def measured(model: Model, folder: Path, count: int, *, processes: int = 2,
             told: Callable[[str], None] = lambda line: None) -> tuple[Card, list[Trial]]:
    """A card of a model whose files lie in `folder`, from `count` scenes of the split `test`, and its trials there."""
    kinds = ASKED[model.name]
    told(f"{model.name}: {count} scenes of the split {SPLIT}")
    made = list(trials(model, scenes(SPLIT, range(count), processes=processes), _SEED, kinds))
    told(f"{model.name}: {count // 2} scenes of the split calibrate")
    fresh = scenes("calibrate", range(_FRESH, _FRESH + count // 2), processes=processes)
    held = list(trials(model, fresh, _SEED, kinds))
    rows = [_row(kind, [trial for trial in made if trial.kind == kind]) for kind in kinds]
    if set(QUESTIONS) <= set(kinds):
        rows.append(_row("all questions", [trial for trial in made if trial.kind in QUESTIONS]))
    alone, together = _times(model)
    sure, right = _told(held)
    card = Card(model.name, model.flops, _bytes(folder, model.name), alone, together, count, tuple(rows),
                calibration_error(sure, right), auc(sure, right), model.about)
    return card, made


def _row(kind: str, made: Sequence[Trial]) -> Row:
    simple, heavy = easy(made), hard(made)
    sure, right = _told(made)
    return Row(kind, accuracy(simple), len(simple), accuracy(heavy), len(heavy), calibration_error(sure, right),
               auc(sure, right))


def _told(made: Sequence[Trial]) -> tuple[np.ndarray, np.ndarray]:
    return np.array([trial.confidence for trial in made]), np.array([trial.right for trial in made], bool)


def _times(model: Model) -> tuple[float, float]:
    """CPU milliseconds of a look and its chances, the least of several: alone, and each of sixteen in a row. CPU time,
    so that other work on the machine counts little."""
    pictures = [picture for _, picture in scenes(SPLIT, range(_BATCH), processes=1)]

    def once(many: Sequence[np.ndarray]) -> float:
        begin = time.process_time()
        for picture in many:
            model.seen(picture, len(picture)).related("on")
        return (time.process_time() - begin) / len(many) * 1e3

    once(pictures)
    return min(once(pictures[:1]) for _ in range(_CALLS)), min(once(pictures) for _ in range(3))


def _bytes(folder: Path, name: str) -> int:
    """The size of a model's files; sage shares the network of gaze."""
    files = [f"{name}.json"]
    if name != OUTLINE:
        files += [f"{VIEWS[name][0]}.safetensors", f"{name}-pairs.safetensors"]
    return sum((folder / file).stat().st_size for file in files)


# ------------------------------------------------------------------ the page


def page(card: Card, picture: str) -> str:
    """Markdown; `picture` is the file name of the failures."""
    about = card.about
    steps = f"{about['steps']:,} steps on {about['examples']:,} scenes, " if "steps" in about else ""
    facts = [
        ("operations", f"{card.flops / 1e6:,.1f} million (twice the multiply-adds)"),
        ("a look, alone", f"{card.milliseconds:.2f} ms of CPU"),
        ("a look, one of sixteen", f"{card.batch_milliseconds:.2f} ms of CPU"),
        ("files", f"{card.bytes / 1e3:,.0f} kB"),
        ("made by", f"`{about.get('command', '')}`: {steps}seed {about.get('seed')}, {about.get('date')}"),
        ("measured on", f"{card.scenes:,} scenes of the split `{SPLIT}`; easy: difficulty below {EASY}, hard: above "
                        f"{HARD}"),
        ("calibration error", f"{card.calibrate_error:.3f} over all answers on fresh scenes of the split `calibrate`"),
        ("right from wrong (AUC)", f"{_share(card.calibrate_auc, 3)} there"),
    ]
    lines = [f"# {card.name}", "", WORDS[card.name], "", "| | |", "| --- | --- |",
             *(f"| {name} | {value} |" for name, value in facts), "",
             "Written by `fmplang pool card`. ECE is the expected calibration error and AUC how well confidence tells",
             "right from wrong answers, over scenes of all difficulties.", "",
             "| asked | easy | of | hard | of | ECE | AUC |", "| --- | ---: | ---: | ---: | ---: | ---: | ---: |"]
    for row in card.rows:
        lines.append(f"| {row.kind} | {_percent(row.easy)} | {row.easy_count} | {_percent(row.hard)} | "
                     f"{row.hard_count} | {row.calibration_error:.3f} | {_share(row.auc, 2)} |")
    lines += ["", "## Where it fails", "", "Of its wrong answers on these scenes those that it was surest of.", "",
              f"![Pictures with wrong answers]({picture})", ""]
    return "\n".join(lines)


def _percent(share: float | None) -> str:
    return "" if share is None else f"{100 * share:.1f}%"


def _share(value: float | None, digits: int) -> str:
    return "" if value is None else f"{value:.{digits}f}"


# ------------------------------------------------------------------ failures


def failures(made: Sequence[Trial]) -> list[Trial]:
    """The surest wrong answers, of each kind of question in turn, one for each scene."""
    wrong = sorted((trial for trial in made if not trial.right), key=lambda trial: -trial.confidence)
    chosen: list[Trial] = []
    while len(chosen) < _FAILURES:
        taken: set[str] = set()
        before = len(chosen)
        for trial in wrong:
            if trial.kind not in taken and trial.scene not in {one.scene for one in chosen} and len(chosen) < _FAILURES:
                chosen.append(trial)
                taken.add(trial.kind)
        if len(chosen) == before:
            break
    return chosen


def contact(chosen: Sequence[Trial], drawn: Callable[[str], tuple[Scene, np.ndarray]]) -> PilImage:
    """Pictures with what was asked, said and true beneath, four in a row. `drawn` gives a scene by its name."""
    from PIL import Image, ImageDraw

    wide, high, text = 190, 128, 46
    rows = max(1, -(-len(chosen) // 4))
    sheet = Image.new("RGB", (4 * wide, rows * (high + text)), "white")
    pen = ImageDraw.Draw(sheet)
    for at, trial in enumerate(chosen):
        x, y = at % 4 * wide, at // 4 * (high + text)
        _, picture = drawn(trial.scene)
        sheet.paste(Image.fromarray(picture), (x + (wide - 128) // 2, y))
        asked = [trial.text[:32], trial.text[32:64]]
        said = f"said {trial.said}, is {trial.truth}".replace("\n", " ")[:34]
        for line, words in enumerate([*(part for part in asked if part), f"{said} ({trial.confidence:.2f})"]):
            pen.text((x + 4, y + high + 2 + 14 * line), words, fill="black")
    return sheet


def drawn_again(name: str) -> tuple[Scene, np.ndarray]:
    """A scene and its picture by its name, split/number."""
    split, number = name.split("/")[:2]
    return next(iter(scenes(split, [int(number)], processes=1)))


def written(card: Card, made: Sequence[Trial], folder: Path) -> Path:
    """NAME.md and NAME.jpg in a folder; gives the path of the page."""
    folder.mkdir(parents=True, exist_ok=True)
    sheet = contact(failures(made), drawn_again)
    sheet.save(folder / f"{card.name}.jpg", quality=72, optimize=True)
    path = folder / f"{card.name}.md"
    path.write_text(page(card, f"{card.name}.jpg"), encoding="utf-8")
    return path


def loaded(folder: Path | None, name: str) -> tuple[Model, Path]:
    """A model and the folder of its files, the shipped ones without a folder."""
    place = folder or models.FOLDER
    return models.load(place, name), place
