"""The same program, not a letter changed, on the embedded pool, on tiny models from transformers, and on a server.

The tiny models see nothing and say what chance tells them, but for the text model of the server, which was taught its
answer. What they say is of the declared type, or a typed error that the next backend mends.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image as pil
from PIL import ImageDraw, ImageFont

import fmplang
from fmplang.errors import DecodeError
from tests.backends.openai.real_server import MISSING, THING, TICKET, Served

missing = [*MISSING, *([] if shutil.which("tesseract") else ["tesseract"])]
pytestmark = [pytest.mark.slow, pytest.mark.skipif(bool(missing), reason=f"{', '.join(missing)} not installed")]
CAPABILITIES = ["classify", "vqa", "verify", "ocr"]


def picture() -> np.ndarray:
    """A red sign that says TOTAL."""
    page = pil.new("RGB", (360, 120), (220, 20, 30))
    ImageDraw.Draw(page).text((40, 30), "TOTAL", fill=(0, 0, 0), font=ImageFont.load_default(60))
    return np.asarray(page)


@pytest.fixture
def pools(served: Served, tmp_path: Path) -> Iterator[dict[str, fmplang.Pool]]:
    """Three pools from pool files, as a user writes them."""
    import torch

    from fmplang.backends.transformers.loader import QUIET
    from tests.backends.transformers import tiny

    torch.manual_seed(11)
    with QUIET:
        for name, make in (("nli", tiny.nli), ("llava", tiny.llava)):
            (tmp_path / name).mkdir()
            make(tmp_path / name)
    files = {
        "embedded": '[pool]\npreset = "embedded"\nexclude = ["tesseract-careful"]\n',
        "transformers": '[pool]\npreset = "none"\n[pool.backends.reader]\nkind = "transformers.classify"\n'
                        'model = "./nli"\ndevice = "cpu"\n' + "".join(
                            f'[pool.backends.eyes-{kind}]\nkind = "transformers.{kind}"\nmodel = "./llava"\n'
                            'device = "cpu"\nmax_new_tokens = 8\n' for kind in CAPABILITIES[1:]),
        "server": '[pool]\npreset = "none"\n' + "".join(
            f'[pool.backends.{name}]\nkind = "openai.chat"\nbase_url = "{served.url}"\nbackoff = 0.01\n'
            f"model = '{served.models / model}'\ncapabilities = {capabilities}\nmax_tokens = 12\n"
            "prices = { input = 100.0, output = 200.0 }\n"
            for name, model, capabilities in (
                ("reader", "text", CAPABILITIES[:1]), ("eyes", "vision", CAPABILITIES[1:]))),
    }
    made = {}
    for name, text in files.items():
        (tmp_path / f"{name}.toml").write_text(text, encoding="utf-8")
        made[name] = fmplang.Pool.from_file(tmp_path / f"{name}.toml")
    yield made
    for backend in made["server"]:
        backend.close()  # type: ignore[attr-defined]
    for backend in made["transformers"]:
        backend.unload()  # type: ignore[attr-defined]


def last_resorts() -> list[Any]:
    """For whatever a model of chance says: a dear backend for each capability, which always answers."""
    said = {"classify": "technical", "vqa": "blue", "verify": False, "ocr": "nothing"}
    return [fmplang.backend(each, name=f"sure-{each}", cost=1e9)(lambda request, each=each: said[each])
            for each in CAPABILITIES]


def test_the_same_program_on_three_pools(pools: dict[str, fmplang.Pool]) -> None:
    asked: dict[str, list[str]] = {}
    for name, pool in pools.items():
        runtime = fmplang.Runtime(pool=pool.plus(*last_resorts()), policy="cheapest")
        run = runtime.run(THING, image=picture(), ticket=TICKET)
        value: Any = run.value
        assert value.topic in ("billing", "shipping", "technical") and type(value.red) is bool
        assert type(value.colour) is str and type(value.text) is str
        asked[name] = [call.arms[call.arm] for call in run.trace]
        assert [call.capability for call in run.trace] == CAPABILITIES and run.unit == pool.unit
        for call in run.trace:  # every chosen backend is the pool's own, and was paid; so was who took its place
            assert call.arms[call.arm] in pool and 0 < call.spent and call.error is None
            assert call.backend in pool or (call.backend.startswith("sure-") and call.attempts)
            assert all(who in pool and did.split(":")[0] in ("FMP702", "FMP704") for who, did in call.attempts)
        assert run.cost == pytest.approx(sum(call.spent for call in run.trace)) == pytest.approx(runtime.spent)
        if name == "embedded":
            assert (value.topic, value.colour, value.red, value.text) == ("billing", "red", True, "TOTAL")
            assert all(call.backend in pool for call in run.trace)
        elif name == "transformers":  # yes or no and labels are read from chances, so they always decode
            assert all(call.backend in pool for call in run.trace if call.capability in ("classify", "verify"))
        else:
            assert value.topic == "billing"  # taught
    assert asked == {
        "embedded": ["words-hash", "colour-mean-name", "colour-mean", "tesseract-fast"],
        "transformers": ["reader", "eyes-vqa", "eyes-verify", "eyes-ocr"],
        "server": ["reader-classify", "eyes-vqa", "eyes-verify", "eyes-ocr"],
    }


def test_what_a_model_of_chance_says_is_a_typed_error(pools: dict[str, fmplang.Pool]) -> None:
    """Without anybody to take its place the run fails, with the place, the backend and the cause."""
    runtime = fmplang.Runtime(pool=pools["server"], policy="cheapest", recovery=fmplang.Recovery(retries=0))
    with pytest.raises(DecodeError) as caught:
        runtime.run(THING, image=picture(), ticket=TICKET)
    assert caught.value.site == "main/verify_property:thing,red" and caught.value.backend == "eyes-verify"
    assert "bool" in caught.value.message and runtime.spent > 0
