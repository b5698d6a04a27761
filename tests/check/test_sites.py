"""Call sites: their ids are stable, different, and counted before they are listed."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fmplang.check import all_sites, check
from fmplang.check.keys import SLUG, slug
from fmplang.check.typed import TypedProgram
from fmplang.limits import Limits

PROGRAM = '''
def dogs(image: Image) -> list[Image]:
    return image.find("dog") + image.find("small dog")


def main(image: Image) -> str:
    if image.exists("cat"):
        return "cat"
    first = dogs(image)
    second = [d for d in dogs(image.crop(0, 0, 5, 5)) if d.verify_property("dog", "brown")]
    answer = image.simple_query(f"What do {len(first)} do?")
    other = image.simple_query("What? No!").strip() + image.simple_query("what--no").lower()
    names = list(map(caption, second))
    ranked = sorted(first, key=lambda p: p.compute_depth())
    return answer + other + ", ".join(names) + str(len(ranked)) + str(image.find(name="dog")[:1])
'''


def typed(text: str, limits: Limits = Limits()) -> TypedProgram:  # noqa: B008
    report = check(text, limits)
    assert report.program is not None, report.diagnostics
    return report.program


def ids(text: str) -> list[str]:
    return [site.id for site in all_sites(typed(text))]


def test_ids_are_paths_of_keys() -> None:
    found = ids(PROGRAM)
    assert found == [
        "main/exists:cat/find",
        "main/dogs/find:dog", "main/dogs/find:small-dog",
        "main/dogs#2/find:dog", "main/dogs#2/find:small-dog",
        "main/verify_property:dog,brown",
        "main/simple_query",
        f"main/simple_query:{slug(['What? No!'])}",
        f"main/simple_query:{slug(['what--no'])}",
        "main/caption",
        "main/compute_depth",
        "main/find:dog",
    ]
    assert len(set(found)) == len(found)


def test_ids_survive_layout_comments_and_new_names() -> None:
    changed = PROGRAM.replace("first", "one").replace("second", "two").replace("answer", "reply")
    changed = changed.replace("    if image", "    # look for a cat\n\n    if  image").replace("ranked", "by_depth")
    assert ids(changed) == ids(PROGRAM)


def test_ids_survive_calls_put_in_between() -> None:
    changed = PROGRAM.replace("    answer =", "    horses = image.find(\"horse\")\n    print(horses)\n    answer =")
    assert [i for i in ids(changed) if "horse" not in i] == ids(PROGRAM)


def test_a_site_knows_its_function_and_its_place() -> None:
    program = typed(PROGRAM)
    for site in all_sites(program):
        assert site.source.slice(site.span).count(site.function.name) >= 1 or site.function.name == "find"
        assert site.function.capability


@given(st.lists(st.text(max_size=30), min_size=1, max_size=3), st.lists(st.text(max_size=30), min_size=1, max_size=3))
def test_slugs_are_short_and_differ(one: list[str], other: list[str]) -> None:
    made = slug(one)
    assert len(made) <= SLUG + 7 and re.fullmatch(r"[a-z0-9,\-]*(~[0-9a-f]{6})?", made)
    if one != other:
        assert made != slug(other)


def fan(depth: int) -> str:
    parts = ['def f0(image: Image) -> bool:\n    return image.exists("dog")\n']
    for i in range(1, depth + 1):
        parts.append(f"def f{i}(image: Image) -> bool:\n    return f{i - 1}(image) and f{i - 1}(image)\n")
    return "\n\n".join([*parts, f"def main(image: Image) -> bool:\n    return f{depth}(image)\n"])


def test_many_paths_are_counted_not_walked() -> None:
    report = check(fan(60))
    assert [d.code for d in report.diagnostics] == ["FMP616"]
    assert "1,152,921,504,606,846,976" in report.diagnostics[0].title


def test_the_limit_is_exact() -> None:
    assert typed(fan(3), Limits(sites=8))
    assert [d.code for d in check(fan(3), Limits(sites=7)).diagnostics] == ["FMP616"]


def test_listing_stops_at_a_limit() -> None:
    assert len(list(all_sites(typed(fan(5)), 7))) == 7
    assert len(list(all_sites(typed(fan(5))))) == 32


@pytest.mark.parametrize("name", ["main", "execute_command", "only"])
def test_the_entry_begins_every_path(name: str) -> None:
    found = ids(f'def {name}(image: Image) -> bool:\n    return image.exists("dog")\n')
    assert found == [f"{name}/exists:dog/find"]
