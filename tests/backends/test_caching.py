"""Answers are paid for once: the key, the store in a file, equal requests under way, and what a run says of it."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import fmplang
from fmplang.backends.base import Response
from fmplang.backends.cache_file import FileStore
from fmplang.backends.caching import Cached, MemoryStore, caching, kept, key_of, recalled
from fmplang.runtime.requests import Request
from fmplang.runtime.values.images import Image

PROGRAM = fmplang.compile('''\
@neural("vqa")
def ask(image: Image, question: str) -> bool:
    """{question}"""

@neural("detect")
def look(image: Image, name: str) -> list[Image]:
    """{name}"""

@neural("llm")
def say(text: str) -> str:
    """{text}"""

def main(image: Image, words: list[str]) -> str:
    found = [ask(image, word) for word in words]
    crops = look(image, "dog")
    return say(f"{found} {len(crops)} {[c.left for c in crops]}")
''')


class Counting:
    """Backends of all three capabilities that count what they are asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []

        @fmplang.backend("vqa", name="eyes", cost=2.0, batch=True)
        def eyes(requests: Any) -> Any:
            self.asked += [r.args["question"] for r in requests]
            return [len(r.args["question"]) % 2 == 0 for r in requests]

        @fmplang.backend("detect", name="boxes", cost=5.0)
        def boxes(request: Any) -> Any:
            self.asked.append("look")
            return [request.args["image"].crop(1, 2, 5, 6), request.args["image"].crop(2, 0, 4, 4)]

        @fmplang.backend("llm", name="mouth", cost=1.0)
        def mouth(request: Any) -> str:
            self.asked.append("say")
            return request.args["text"].upper()

        self.pool = fmplang.Pool([eyes, boxes, mouth])


def picture(seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (8, 9, 3)).astype(np.uint8)


def runtime(pool: Any, cache: Any, **more: Any) -> fmplang.Runtime:
    return fmplang.Runtime(pool, "strongest", cache=cache, **more)


@pytest.mark.parametrize("kind", ["memory", "file"])
def test_the_same_request_is_paid_for_once_and_answers_are_the_same(kind: str, tmp_path: Path) -> None:
    counting = Counting()
    cache: Any = MemoryStore() if kind == "memory" else tmp_path / "answers.db"
    first = runtime(counting.pool, cache).run(PROGRAM, image=picture(), words=["a", "bb", "a"])
    assert counting.asked == ["a", "bb", "look", "say"]
    assert first.cost == 2 + 2 + 5 + 1 and first.record.saved == 2
    assert [call.cached for call in first.trace] == [False, False, True, False, False]
    again = runtime(counting.pool, cache).run(PROGRAM, image=picture(), words=["a", "bb", "a"])
    assert counting.asked == ["a", "bb", "look", "say"]
    assert again.value == first.value and again.cost == 0 and again.record.saved == 12
    assert [call.value for call in again.trace] == [call.value for call in first.trace]
    other = runtime(counting.pool, cache).run(PROGRAM, image=picture(1), words=["a"])
    assert other.cost == 2 + 5 + 1 and counting.asked[4:] == ["a", "look", "say"]  # another picture


def test_without_a_cache_everything_is_asked() -> None:
    counting = Counting()
    for _ in range(2):
        assert runtime(counting.pool, None).run(PROGRAM, image=picture(), words=["a", "a"]).cost == 10
    assert len(counting.asked) == 8


def test_lockstep_costs_and_says_what_one_after_another_does() -> None:
    rows = [{"image": picture(i % 2), "words": ["a", "bb"][: 1 + i % 2]} for i in range(6)]
    told = []
    for concurrency in (1, 6):
        counting = Counting()
        runs = list(runtime(counting.pool, MemoryStore()).stream(PROGRAM, rows, concurrency=concurrency))
        told.append([[(c.site, c.value, c.cost, c.cached) for c in run.trace] for run in runs])
        assert sorted(counting.asked) == ["a", "a", "bb", "look", "look", "say", "say"]  # there are two pictures
    assert told[0] == told[1]


def test_a_request_under_way_is_asked_once_by_all_threads() -> None:
    begun, go_on = threading.Event(), threading.Event()
    asked: list[str] = []

    class Slow:
        name, capability, version = "slow", "llm", "1"

        def supports(self, request: Request) -> bool:
            return True

        def price(self, request: Request) -> float:
            return 3.0

        def answer(self, requests: Sequence[Request]) -> list[Response | Exception]:
            asked.extend(r.args["text"] for r in requests)
            begun.set()
            assert go_on.wait(20)
            return [Response(r.args["text"].upper()) for r in requests]

    backend = Cached(Slow(), MemoryStore(), False)
    program = fmplang.compile('@neural("llm")\ndef say(text: str) -> str:\n    """{text}"""\n\n'
                              "def main(text: str) -> str:\n    return say(text)\n")
    made = fmplang.Runtime(fmplang.Pool([backend]), "strongest")
    runs: list[Any] = []
    threads = [threading.Thread(target=lambda: runs.append(made.run(program, text="x"))) for _ in range(4)]
    threads[0].start()
    assert begun.wait(20)
    for thread in threads[1:]:
        thread.start()
    go_on.set()
    for thread in threads:
        thread.join(20)
    assert asked == ["x"] and [run.value for run in runs] == ["X"] * 4
    assert sorted(run.cost for run in runs) == [0.0, 0.0, 0.0, 3.0]


def test_failures_are_not_kept_and_one_that_shared_a_failure_asks_itself() -> None:
    count = 0

    @fmplang.backend("llm", name="moody", cost=1.0)
    def moody(request: Any) -> str:
        nonlocal count
        count += 1
        if count == 1:
            raise ValueError("not today")
        return "well"

    program = fmplang.compile('@neural("llm")\ndef say(text: str) -> str:\n    """{text}"""\n\n'
                              "def main(text: str) -> str:\n    return say(text)\n")
    made = runtime(fmplang.Pool([moody]), MemoryStore(), recovery=fmplang.Recovery(retries=0))
    with pytest.raises(fmplang.BackendError):
        made.run(program, text="x")
    assert [made.run(program, text="x").cost for _ in range(2)] == [1.0, 0.0]


def test_a_backend_may_refuse_to_be_cached() -> None:
    counting = Counting()
    dice = counting.pool["mouth"]
    dice.cacheable = False  # type: ignore[attr-defined]
    pool = caching(counting.pool, MemoryStore())
    assert [type(each).__name__ for each in pool][:2] == ["Cached", "Cached"] and pool["mouth"] is dice


def a_request(program: fmplang.Program, which: str, **args: Any) -> Request:
    site = next(site for site in program.sites() if site.function.name == which)
    return Request(site, args, (0,))


def test_the_key_tells_apart_what_a_backend_could() -> None:
    image = Image.from_pixels(picture())
    eyes = Counting().pool["eyes"]
    keys = [key_of(eyes, a_request(PROGRAM, "ask", image=one, question=text)) for one, text in [
        (image, "a"), (image, "b"), (image.crop(0, 0, 4, 4), "a"), (Image.from_pixels(picture(1)), "a")]]
    assert len(set(keys)) == 4
    same = Image.from_pixels(picture(), "another name")
    assert key_of(eyes, a_request(PROGRAM, "ask", image=same, question="a")) == keys[0]
    eyes.version = "2"
    assert key_of(eyes, a_request(PROGRAM, "ask", image=image, question="a")) != keys[0]


TYPED = {"bool": st.booleans(), "int": st.integers(-(2 ** 200), 2 ** 200), "float": st.floats(),
         "str": st.text(), "list[float]": st.lists(st.floats()),
         "dict[str, int]": st.dictionaries(st.text(), st.integers(-9, 9)),
         "tuple[int, bool]": st.tuples(st.integers(0, 9), st.booleans()), "str | None": st.none() | st.text()}


@given(st.data(), st.sampled_from(sorted(TYPED)), st.none() | st.floats(0, 1))
def test_what_is_kept_is_recalled(data: st.DataObject, type_: str, sure: float | None) -> None:
    program = fmplang.compile(f'@neural("llm")\ndef say(text: str) -> {type_}:\n    """{{text}}"""\n\n'
                              f"def main(text: str) -> {type_}:\n    return say(text)\n")
    request = a_request(program, "say", text="x")
    value = data.draw(TYPED[type_])
    found = recalled(kept(Response(value, sure, 2.0), request), request)
    assert found is not None and found.cached and found.cost == 0.0 and found.confidence == sure
    assert repr(found.value) == repr(value)
    assert kept(ValueError("x"), request) is None


@given(st.text())
def test_damaged_texts_are_no_answers(text: str) -> None:
    found = recalled(text, a_request(PROGRAM, "say", text="x"))
    assert found is None or isinstance(found.value, str)


def test_a_crop_of_another_picture_cannot_be_kept() -> None:
    request = a_request(PROGRAM, "look", image=Image.from_pixels(picture()), name="dog")
    other = Image.from_pixels(picture(1))
    assert kept(Response([other]), request) is None
    text = kept(Response([request.args["image"].crop(0, 0, 2, 2)]), request)
    assert recalled(text, request) is not None
    assert recalled(text, a_request(PROGRAM, "look", image=other, name="dog")) is None


# --------------------------------------------------------------------- the file


def test_the_file_is_for_its_owner_and_made_when_needed(tmp_path: Path) -> None:
    store = FileStore(tmp_path / "a" / "answers.db")
    assert store.get(b"k") is None and not store.path.exists() and store.counted() == (0, 0)
    store.put(b"k", "v")
    assert store.get(b"k") == "v" and store.counted() == (1, 65)
    assert store.path.stat().st_mode & 0o077 == 0
    store.clear()
    assert store.get(b"k") is None


def test_it_is_bounded_and_the_least_used_make_room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    now = 1000.0
    monkeypatch.setattr("fmplang.backends.cache_file.time", lambda: now)
    monkeypatch.setattr("fmplang.backends.cache_file._LOOK", 10)
    store = FileStore(tmp_path / "answers.db", size=20_000)
    store.put(b"loved", "x" * 400)
    for i in range(200):
        now += 4000.0
        store.put(str(i).encode(), "x" * 400)
        assert store.get(b"loved") is not None
        assert store.counted()[1] <= 20_000 + 10 * 464
    assert store.get(b"199") is not None and store.get(b"0") is None


def test_trouble_leaves_a_run_without_a_cache(tmp_path: Path) -> None:
    damaged = tmp_path / "damaged.db"
    damaged.write_bytes(b"not a database at all, by far" * 50)
    other = tmp_path / "other.db"
    with sqlite3.connect(other) as connection:
        connection.execute("CREATE TABLE precious (x)")
    connection.close()
    for path in (damaged, other, tmp_path):
        counting = Counting()
        before = path.read_bytes() if path.is_file() else b""
        store = FileStore(path)
        for _ in range(2):
            assert runtime(counting.pool, store).run(PROGRAM, image=picture(), words=["a"]).cost == 8
        assert store.trouble
        assert not path.is_file() or path.read_bytes() == before


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_nobody_may_write(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    store = FileStore(tmp_path / "answers.db")
    store.put(b"k", "v")
    assert store.trouble and store.get(b"k") is None


WRITER = """
import sys
from pathlib import Path
from fmplang.backends.cache_file import FileStore
store = FileStore(Path(sys.argv[1]), size=200_000)
for i in range(300):
    key = f"{i % 50}".encode()
    found = store.get(key)
    assert found is None or found == "v" * 100 + str(i % 50), found
    store.put(key, "v" * 100 + str(i % 50))
assert not store.trouble, store.trouble
"""


def test_many_processes_share_it(tmp_path: Path) -> None:
    root = Path(__file__).resolve().parents[2]
    running = [subprocess.Popen([sys.executable, "-c", WRITER, str(tmp_path / "answers.db")], cwd=root,
                                stderr=subprocess.PIPE, text=True) for _ in range(3)]
    assert [(each.wait(60), each.stderr.read() if each.stderr else "") for each in running] == [(0, "")] * 3
    for each in running:
        assert each.stderr is not None
        each.stderr.close()
    assert FileStore(tmp_path / "answers.db").counted()[0] == 50
