"""The programs of corpus.py: each is refused, stopped or harmless, and none reaches anything outside its values.

They run in a process of their own, watched by CPython's audit hooks (runner.py), with 100,000 steps each.
"""

from __future__ import annotations

import ast
import subprocess
import sys
import warnings
from pathlib import Path
from typing import Any

import pytest

import fmplang
from fmplang.runtime.values import OrderedSet
from tests.hostile import corpus
from tests.hostile.test_hostile import CLOCKS, FILES, run_all
from tests.hostile.universe import PICTURE, strangers

PROGRAMS = corpus.programs()
HERE = Path(__file__).resolve().parent


@pytest.fixture(scope="module")
def ends(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    return run_all(PROGRAMS, tmp_path_factory.mktemp("templates"), steps=100_000)


def test_there_are_a_thousand_in_fifteen_classes() -> None:
    assert len(PROGRAMS) >= 1_000 and len(corpus.CLASSES) >= 15
    assert len(set(PROGRAMS.values())) > 0.95 * len(PROGRAMS)  # hardly any says the same as another
    assert len(FILES) > 150


@pytest.mark.parametrize("kind", corpus.CLASSES)
def test_a_class_ends_as_it_must(kind: str, ends: dict[str, dict[str, Any]]) -> None:
    names = [name for name in PROGRAMS if name.partition("/")[0] == kind]
    assert len(names) >= 20
    seen = set()
    for name in names:
        found = ends[name]
        assert found["end"] in corpus.CLASSES[kind].ends, (name, found)
        assert not {*CLOCKS, "FMP500"} & set(found["codes"]), (name, found)
        assert bool(found["codes"]) == (found["end"] != "answered"), (name, found)
        seen.add(found["end"])
    assert seen == corpus.CLASSES[kind].ends  # a class whose programs all end alike says so


def test_what_is_accepted_is_python(ends: dict[str, dict[str, Any]]) -> None:
    accepted = [name for name, found in ends.items() if found["end"] != "refused"]
    assert len(accepted) > 1_000
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # such as a call of a number: CPython says so of what it takes
        for name in accepted:
            if name != "deep_nesting/sums 3000":  # too many for CPython's own ceilings, as flat as it is
                ast.parse(PROGRAMS[name])


class Stranger:
    pass


@pytest.mark.parametrize("value", [
    len, Stranger, Stranger(), lambda: 1, object(), b"bytes", 1j, {1}, frozenset(), range(3), (x for x in ()), sys,
    ast.parse,
    [{"a": (1, [Stranger()])}], {Stranger: 1}, OrderedSet([(1, ord)]), f"a{len}", f"{Stranger()}", repr(lambda: 1),
    str(Stranger),
    type("Str", (str,), {})("x"), iter([]), NotImplemented, ..., ValueError("x"), "Traceback (most recent call last):",
], ids=range(26))
def test_the_detector_sees_a_stranger(value: object) -> None:
    assert list(strangers(value))


def test_the_detector_lets_values_be() -> None:
    shared = [1, "object at", "<b>"]
    values = [None, True, 2**200, 1.5, "text", shared, shared, (1, PICTURE), {"k": {1: OrderedSet([(1, 2)])}}]
    assert list(strangers(values)) == []
    values.append(values)  # a list may hold itself
    assert list(strangers(values)) == []


@pytest.mark.parametrize(("deed", "event"), [
    ("open('/etc/hostname').close()", "open"), ("eval('1')", "compile"), ("exec('')", "exec"),
    ("import wave", "import"),
    ("import socket; socket.socket().close()", "socket.__new__"), ("main.__code__", "object.__getattr__"),
    ("import os; os.listdir('/')", "os.listdir"), ("import subprocess; subprocess.run(['true'])", "subprocess.Popen"),
    ("import pickle; pickle.loads(pickle.dumps(len))", "pickle.find_class"),
])
def test_the_watch_sees_a_deed(deed: str, event: str) -> None:
    code = f"""
import sys
sys.path.insert(0, {str(HERE)!r})
from runner import Watch, main
watch = Watch()
watch.on = True
{deed}
watch.on = False
print(*(told.split()[0] for told in watch.events))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert event in done.stdout.split(), (done.stdout, done.stderr)


def test_the_watch_sees_nothing_where_nothing_happens() -> None:
    code = f"import sys\nsys.path.insert(0, {str(HERE)!r})\nfrom runner import Watch\nw = Watch()\nw.on = True\n" \
        "x = [i * i for i in range(9)]\nw.on = False\nprint(w.events)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.stdout == "[]\n", done.stderr


def test_a_refusal_has_a_place_and_a_help(ends: dict[str, dict[str, Any]]) -> None:
    refused = [name for name, found in ends.items() if found["end"] == "refused"][::10]
    for name in refused:
        for d in fmplang.check(PROGRAMS[name]).diagnostics:
            assert d.help, (name, d.code, d.title)
            assert 0 <= d.span.start <= d.span.end <= len(d.source.text)
