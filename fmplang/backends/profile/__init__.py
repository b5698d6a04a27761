"""The pool `profile`: a SIMULATION. No model is asked; answers are made up from what a picture is known to hold.

    fmplang scenes make pictures                             # pictures whose scenes are known
    fmplang run query.fmp --pool profile:pictures --inputs image=pictures/develop-00.png

It is for work on policies at the scale of the paper: costs are the numbers of parameters, in millions, of the models
that the paper uses (detectors 172 and 233, visual question answerers 3,750 and 73,400), and how often a backend errs
hangs on how hard the picture is to see, and on how much a question asks at once. A simulated model believes something
about every thing in view (belief.py): mostly the truth, else what looks like it. All its answers follow from that, and
so does its confidence. The same seed, backend, picture and question give the same answer, whenever and wherever they
are asked.

The pool `truth` has the same backends without errors, to test programs with.

Nothing here simulates a language model without pictures: no scene says what it would answer.
"""

from __future__ import annotations

from pathlib import Path

from fmplang.backends.base import Backend
from fmplang.backends.profile.album import Album
from fmplang.backends.profile.backend import Asked, Simulated
from fmplang.backends.profile.belief import Eyes

__all__ = ["Album", "Asked", "profile_backends", "profile_of_folder", "truth_backends", "truth_of_folder"]

# Capability, millions of parameters, and how often one thing is taken for another: seen at a glance, at its hardest,
# and more with each thing that a question names. Cheap before dear.
MODELS: tuple[tuple[str, float, Eyes], ...] = (
    ("detect", 172, Eyes(0.010, 0.20)),
    ("detect", 233, Eyes(0.004, 0.07)),
    ("verify", 3750, Eyes(0.012, 0.26, strain=0.6)),
    ("verify", 73400, Eyes(0.002, 0.05, strain=0.1)),
    ("vqa", 3750, Eyes(0.012, 0.26, strain=0.6)),
    ("vqa", 73400, Eyes(0.002, 0.05, strain=0.1)),
    ("ocr", 3750, Eyes(0.02, 0.30)),
    ("ocr", 73400, Eyes(0.003, 0.06)),
)


def profile_backends(album: Album, *, seed: int = 0, questions: Asked | None = None) -> tuple[Backend, ...]:
    """All of them, over the pictures of an album.

    `questions` says what is true of a scene for questions that `scenes.read` does not understand, by their text; the
    visual question answerers then apply it to what they believe to see.
    """
    return tuple(Simulated(capability, size, eyes, album, seed, questions or {}) for capability, size, eyes in MODELS)


def truth_backends(album: Album, *, questions: Asked | None = None) -> tuple[Backend, ...]:
    """The same, but never wrong; named `true-...`."""
    return tuple(Simulated(capability, size, Eyes(0.0, 0.0), album, 0, questions or {})
                 for capability, size, _ in MODELS)


def profile_of_folder(folder: str = "") -> tuple[Backend, ...]:
    """The pool `profile:FOLDER`."""
    return profile_backends(_album(folder))


def truth_of_folder(folder: str = "") -> tuple[Backend, ...]:
    """The pool `truth:FOLDER`."""
    return truth_backends(_album(folder))


def _album(folder: str) -> Album:
    return Album(folder=Path(folder).expanduser() if folder else None)
