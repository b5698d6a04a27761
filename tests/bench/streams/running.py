"""Runs the programs of streams on backends that know the truth."""

from __future__ import annotations

from functools import cache

from fmplang.backends.pool import Pool
from fmplang.backends.profile import Album, truth_backends
from fmplang.backends.profile.backend import Asked
from fmplang.host.load import compile
from fmplang.host.runtime import Runtime
from fmplang.runtime.program import Program
from fmplang.runtime.values.images import Image, ImageSource
from fmplang.scenes.graph import Scene
from fmplang.scenes.render import draw


@cache
def _compiled(program: str) -> Program:
    return compile(program)


class Truth:
    """Programs' answers where no backend errs."""

    def __init__(self, questions: Asked | None = None) -> None:
        self.album = Album()
        self.runtime = Runtime(Pool(truth_backends(self.album, questions=questions)), "cheapest",
                               trace_statements=False)

    def answer(self, program: str, scene: Scene, **inputs: object) -> object:
        image = Image(ImageSource(lambda: draw(scene), scene.name))
        return self.runtime.run(_compiled(program), image=self.album.add(image, scene), **inputs).value
