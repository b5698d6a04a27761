"""The page of a run: well formed, complete, small, the same every time, and deaf to what texts in it ask for."""

from __future__ import annotations

import re
from base64 import b64decode
from io import BytesIO
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image as Pil

import fmplang
from fmplang.host.credit import credit_of
from fmplang.host.feedback import outcome_for
from fmplang.ledger.base import StoredOutcome
from fmplang.pages.text import number, percent, safe, signed, spelled
from fmplang.pages.trace import trace_page
from fmplang.policy.ask_all import AskAll
from fmplang.policy.base import Outcome
from fmplang.policy.cheapest import Cheapest
from fmplang.runtime.slicing import Slice
from fmplang.runtime.trace import CallRecord, Recovered
from fmplang.runtime.values.audio import audio_from_array
from fmplang.runtime.values.images import Image, ImageSource
from tests.pages.reading import Page

PICTURE = np.random.default_rng(7).integers(0, 255, (120, 200, 3), dtype=np.uint8)

COUNTING = '''"""How many of the things are red?"""

@neural("llm")
def say(text: str) -> str:
    """{text}"""


def red(patch: Image) -> bool:
    return patch.verify_property("thing", "red")


def main(image: Image, words: str = "done") -> str:
    count = 0
    for thing in image.find("thing"):
        if red(thing):
            count += 1
        elif count > 5:
            return say("many")
    print("counted", count)
    return say(words)
'''


@fmplang.backend("detect", name="quick", cost=1.0)
def quick(request: Any) -> Any:
    image = request.args["image"]
    return [image.crop(10, 10, 60, 60), image.crop(100, 20, 150, 100)]


@fmplang.backend("detect", name="careful", cost=5.0)
def careful(request: Any) -> Any:
    return [request.args["image"].crop(5, 60, 50, 110)]


@fmplang.backend("verify", name="small", cost=0.5)
def small(request: Any) -> bool:
    return request.args["image"].left < 50


@fmplang.backend("verify", name="big", cost=2.0)
def big(request: Any) -> bool:
    return True


@fmplang.backend("llm", name="echo", cost=1.0)
def echo(request: Any) -> str:
    return str(request.args["text"])


def cut(count: int, statements: Any) -> Slice:
    """A slice by hand: all calls, the last one by data, each after the one before it."""
    return Slice(frozenset(range(count)), frozenset({count - 1}), statements,
                 tuple(frozenset(range(max(0, n - 1), n)) for n in range(count)))


def ran(text: str = COUNTING, **inputs: Any) -> tuple[fmplang.Program, Any, fmplang.FmpError | None]:
    program = fmplang.compile(text, name="p.fmp")
    pool = fmplang.Pool([quick, careful, small, big, echo])
    runtime = fmplang.Runtime(pool=pool, policy=AskAll(Cheapest()), limits=fmplang.Limits(neural_calls=100))
    try:
        return program, runtime.run(program, **inputs).record, None
    except fmplang.FmpError as error:
        return program, error.record, error


def page_of(text: str = COUNTING, *, reward: float | None = None, sliced: bool = True, **inputs: Any) -> str:
    program, run, error = ran(text, **inputs)
    outcome = None if reward is None else outcome_for(run, StoredOutcome("o", run.id, reward))
    found = cut(len(run.calls), run.executed) if sliced else None
    return trace_page(program, run, credit_of(program, run, found, outcome), outcome, error)


# ------------------------------------------------------------------------ what is on it


def test_every_call_has_a_card_and_every_link_leads_somewhere() -> None:
    page = Page(page_of(image=PICTURE, reward=1.0))
    assert [card["id"] for card in page.all("li", cls="card")] == ["call-1", "call-2", "call-3", "call-4"]
    links = [link["href"] for link in page.all("a")]
    assert len(links) > 10 and all(link.startswith("#") and link[1:] in page.ids for link in links)
    assert {use["href"][1:] for use in page.all("use")} == {image["id"] for image in page.all("image")}
    assert [card["data-line"] for card in page.all("li", cls="card")] == ["14", "9", "9", "20"]
    for told in ("How many of the things are red?", "counted 1", "judged: reward 1", "quick", "2 boxes",
                 "It stands on call 3 ."):
        assert told in page.text
    assert page.all("html")[0] == {"lang": "en"} and len(page.all("h1")) == 1


def test_lines_that_ran_that_did_not_and_that_the_answer_depends_on_look_different() -> None:
    looks = {line["id"]: line["class"].split()[1:] for line in Page(page_of(image=PICTURE)).all("li", cls="line")}
    assert looks["L1"] == looks["L5"] == []
    assert looks["L8"] == looks["L12"] == ["ran"]  # the heads of functions that ran
    assert {line for line, look in looks.items() if look == ["ran", "kept"]} == {
        "L9", "L13", "L14", "L15", "L16", "L19", "L20"}
    assert looks["L18"] == ["idle"]
    assert looks["L17"] == []  # the branch before it ran, nothing after it did: nobody knows whether it was looked at
    unsliced = {line["id"]: line["class"].split()[1:] for line in Page(page_of(image=PICTURE, sliced=False)).all(
        "li", cls="line")}
    assert unsliced["L14"] == ["ran"] and not any("kept" in look for look in unsliced.values())


@pytest.mark.parametrize(("n", "looks"), [
    (1, {3: "ran", 4: "ran", 5: "", 6: "idle", 8: "idle"}), (2, {3: "ran", 4: "idle", 5: "ran", 6: "ran", 8: "idle"}),
    (3, {3: "ran", 4: "idle", 5: "ran", 6: "idle", 8: "ran"}),
])
def test_an_elif_ran_where_it_must_have_been_looked_at(n: int, looks: dict[int, str]) -> None:
    text = ("def main(n: int) -> int:\n    m = 0\n    if n == 1:\n        m = 1\n    elif n == 2:\n        m = 2\n"
            "    else:\n        m = 3\n    return m\n")
    found = {line["id"]: line["class"].removeprefix("line ") for line in Page(page_of(text, n=n, sliced=False)).all(
        "li", cls="line")}
    assert {number: found[f"L{number}"] for number in looks} == looks


def test_what_was_not_asked_is_listed_and_marked_in_the_text() -> None:
    page = Page(page_of(image=PICTURE))
    assert "Not asked in this run" in page.text and "main/say:many" in page.text
    assert page.all("span", cls="site", title="not asked in this run")


def test_boxes_stand_where_they_are_in_the_picture_top_left_origin() -> None:
    html = page_of(image=PICTURE)
    first = html[html.index('id="call-1"'):html.index('id="call-2"')]
    found = re.findall(r'class="box( other)?" x="([\d.]+)" y="([\d.]+)" width="([\d.]+)" height="([\d.]+)"', first)
    assert found == [(" other", "5.0", "10.0", "45.0", "50.0"), ("", "10.0", "60.0", "50.0", "50.0"),
                     ("", "100.0", "20.0", "50.0", "80.0")]
    second = html[html.index('id="call-2"'):html.index('id="call-3"')]
    assert 'aria-label="where it lies in the whole picture"' in second


def test_exchanges_are_told_in_words_and_credit_in_numbers() -> None:
    page = Page(page_of('def main(image: Image) -> bool:\n    return image.verify_property("a", "b")\n',
                        image=Image.from_pixels(PICTURE).crop(60, 0, 90, 30), reward=0.0))
    assert "It says True . The final answer would be True . Cost +1.5." in page.text
    assert "credit −1" in page.text
    agreed = Page(page_of('def main(image: Image) -> bool:\n    return image.verify_property("a", "b")\n',
                          image=PICTURE))
    assert "It says the same, True . Nothing would differ. Cost +1.5." in agreed.text and "credit 0" in agreed.text
    assert "the strongest backend everywhere would have cost 2" in agreed.text.lower()


def test_a_failed_run_shows_its_error_and_the_place() -> None:
    page = Page(page_of('def main(image: Image) -> int:\n    found = image.find("x")\n    return found[9].width\n',
                        image=PICTURE))
    assert "The run failed FMP501: list index out of range" in page.text
    assert "p.fmp, line 3 , column" in page.text
    assert [line["id"] for line in page.all("li", cls="failed")] == ["L3"]
    assert "the run failed, so there is no answer to compare with" in page.text


def test_a_call_without_an_answer_is_shown_as_such() -> None:
    text = '@neural("match")\ndef alike(text: str) -> float:\n    """{text}"""\n\n' \
           'def main(image: Image) -> float:\n    image.find("x")\n    return alike("a")\n'
    page = Page(page_of(text, image=PICTURE))
    assert "FMP703" in page.text and len(page.all("li", cls="card")) == 1
    program, run, _ = ran(image=PICTURE)
    run.calls[1].error, run.calls[2].done = "FMP700: the line is dead", False
    told = Page(trace_page(program, run, credit_of(program, run)))
    assert "FMP700: the line is dead" in told.text and "never answered" in told.text


def test_everything_remarkable_about_a_call_is_told() -> None:
    program, run, _ = ran(image=PICTURE)
    call: CallRecord = run.calls[0]
    call.attempts, call.flags, call.note = (("flaky", "timed out"),), ("repaired",), {"coin": 0.25}
    call.cached, call.confidence, call.round, call.answered = True, 0.875, 1, 1
    run.abandoned.append(run.calls[3])
    span = (run.calls[3].span[0], run.calls[3].span[1])
    run.recoveries = (Recovered("p.fmp", span, "main/find:thing", (0,), 0, "quick", "careful", 5.0, "another answer",
                                True),)
    call.lost, run.cost = 0.75, run.cost + 0.75
    page = Page(trace_page(program, run, credit_of(program, run)))
    for told in ("asked before: flaky, timed out", "flag: repaired", "coin = 0.25", "from the cache", "confidence 88%",
                 "begun anew (1 time)", "that cost 0.75",
                 "0.75 for asks that gave no answer",
                 "The assertion in line 20 failed with the answer of quick; careful was asked at site main/find:thing "
                 ", cost 5: another answer, and the run stood on its answer in the end.", "chosen first", "Given up"):
        assert told in page.text


def test_a_run_that_asked_nobody_and_kept_no_statements() -> None:
    program = fmplang.compile("def main(n: int = 3) -> int:\n    return n\n")
    runtime = fmplang.Runtime(pool=fmplang.Pool([echo]), trace_statements=False)
    run = runtime.run(program, n=4).record
    page = Page(trace_page(program, run, credit_of(program, run)))
    assert "The program asked no model in this run." in page.text and "main of <program>" in page.text
    assert {line["class"] for line in page.all("li", cls="line")} == {"line "}


def test_functions_of_the_library_that_ran_can_be_unfolded() -> None:
    page = Page(page_of('def main(image: Image) -> bool:\n    return image.exists("cat")\n', image=PICTURE))
    assert "Functions of the library that ran exists of fmp.vision" in page.text
    assert page.all("li", cls="card")[0]["data-line"] == "2"


def test_videos_and_audio_are_drawn() -> None:
    program = fmplang.compile(
        '@neural("llm")\ndef hear(audio: Audio, video: Video) -> str:\n    """Listen."""\n\n'
        "def main(audio: Audio, video: Video) -> str:\n    return hear(audio, video)\n")

    @fmplang.backend("llm", name="ear", cost=1.0)
    def ear(request: Any) -> str:
        return "a tone"

    from fmplang.runtime.values.video import video_from_frames

    frames = [Image.from_pixels(PICTURE[:, at:at + 40]) for at in range(0, 120, 20)]
    run = fmplang.Runtime(pool=fmplang.Pool([ear])).run(
        program, audio=audio_from_array(np.sin(np.arange(800.0)), 100),
        video=video_from_frames(frames, fmplang.Limits())).record
    page = Page(trace_page(program, run, credit_of(program, run)))
    assert "8 seconds of audio" in page.text and "video of 6 frames" in page.text
    assert len(page.all("svg", cls="frame")) == 8  # four as the input, four as the argument
    assert len(page.all("image")) == 4


# ------------------------------------------------------------------------ hostile texts

HOSTILE = [
    "</script><script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "' onload='x", "<!-- --> <![CDATA[ ]]>",
    "a\x00b\x1b[31m\x07", "\u202eevil\u2066", "\ud800 lone", "&lt;b&gt; &#x3c;", "</style>", "{{7*7}} ${x}",
    "\u2028\u2029\ufeff",
]


HIDDEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufeff]")


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_texts_are_shown_and_not_obeyed(text: str) -> None:
    spoken = text.encode("utf-8", "replace").decode()  # a program's text cannot hold half a character
    source = f'"""{spoken}"""\n# {spoken}\n'.replace("\x00", "").replace("\u2028", "").replace("\u2029", "")
    source = re.sub("[\x00-\x08\x0e-\x1f]", "", source) + COUNTING[COUNTING.index("@neural"):]
    program, run, error = ran(source, image=PICTURE, words=spoken)
    assert error is None
    credit = credit_of(program, run, None, outcome_for(run, StoredOutcome("o", run.id, 0.5)))
    call = run.calls[0]  # whatever anybody could have said, wherever it is shown
    call.args["name"], call.error, call.flags, call.attempts = text, text, (text,), ((text, text),)
    call.note, call.function, call.site, call.backend, call.arms = {text: text}, text, text, text, (text, text)
    run.calls[3].value, run.notes, run.unit, run.policy, run.id = {text: [text]}, [text], text, text, text
    run.calls[1].done, run.value = False, text
    html = trace_page(program, run, credit, Outcome(text, 0.5, text), fmplang.FmpError(text, code=text, hint=text))
    page = Page(html)
    assert len(page.all("script")) == 1 and len(page.all("style")) == 1 and page.all("img") == []
    for _, attributes in page.elements:
        assert not any(name.startswith("on") for name in attributes)
    assert not HIDDEN.search(html)
    html.encode("utf-8")


@settings(max_examples=60, deadline=None)
@given(st.text(st.characters(exclude_categories=())))
def test_any_text_is_safe_in_an_element_and_in_an_attribute(text: str) -> None:
    made = safe(text)
    page = Page(f'<p title="{made}">{made}</p>')
    assert [tag for tag, _ in page.elements] == ["p"] and list(page.elements[0][1]) == ["title"]
    made.encode("utf-8")
    if text.isascii() and text.isprintable():
        assert "".join(page.texts) == text == page.elements[0][1]["title"]


def test_a_text_of_a_megabyte_is_cut_with_a_note() -> None:
    html = page_of(image=PICTURE, words="x" * 1_000_000)
    assert "cut here: 1,000,000 characters in all" in Page(html).text
    assert len(html) < 400_000


def test_a_value_that_would_explode_in_text_is_not_written_out() -> None:
    shared: Any = ["ab"]
    for _ in range(40):
        shared = [shared, shared]
    assert "too long to be shown" in spelled(shared)
    for _ in range(5000):
        shared = [shared]
    assert "cannot be written out" in spelled(shared)


def test_only_the_pages_own_script_may_run() -> None:
    from base64 import b64encode
    from hashlib import sha256

    html = page_of(image=PICTURE)
    (policy,) = re.findall(r'Content-Security-Policy" content="([^"]*)"', html)
    (script,) = re.findall(r"<script>(.*?)</script>", html, re.DOTALL)
    assert f"sha256-{b64encode(sha256(script.encode()).digest()).decode()}" in policy
    assert policy.startswith("default-src 'none'; img-src data:;")
    assert not re.search(r"https?:|//[a-z]|@import|url\(", re.sub(r"data:[^\"]*", "", html))


# --------------------------------------------------------------------- size, sameness


def test_sixty_four_calls_on_a_photo_stay_small_and_their_crops_bounded() -> None:
    noise = np.random.default_rng(3).integers(0, 255, (800, 800, 3), dtype=np.uint8)
    text = ("def main(image: Image) -> int:\n    return len([1 for x in range(8) for y in range(8) if "
            'image.crop(x * 50, y * 50, x * 50 + 400, y * 50 + 400).verify_property("a", "b")])\n')
    html = page_of(text, image=noise)
    page = Page(html)
    assert len(page.all("li", cls="card")) == 64
    assert len(html) < 5_500_000  # noise is the worst there is: no picture of the world comes near
    for image in page.all("image"):
        picture = Pil.open(BytesIO(b64decode(image["href"].partition(",")[2])))
        assert picture.size == (int(image["width"]), int(image["height"])) and max(picture.size) <= 480
    assert "Left out, to keep the page small." in page.text


def test_one_picture_asked_about_often_is_stored_once() -> None:
    text = "def main(image: Image) -> int:\n    return len([1 for n in range(20) if " \
           'image.verify_property("a", "b")])\n'
    page = Page(page_of(text, image=PICTURE))
    assert len(page.all("li", cls="card")) == 20 and len(page.all("image")) == 1


def test_the_same_run_gives_the_same_bytes() -> None:
    program, run, _ = ran(image=PICTURE)
    credit = credit_of(program, run)
    assert trace_page(program, run, credit) == trace_page(program, run, credit)


def test_a_damaged_picture_is_said_to_be_one() -> None:
    def torn() -> Any:
        raise fmplang.InputError("photo.png: damaged")

    program, run, _ = ran(image=PICTURE)
    run.inputs["image"] = Image(ImageSource(torn, "photo.png"), (0, 0, 9, 9))
    page = Page(trace_page(program, run, credit_of(program, run)))
    assert "The picture cannot be shown: photo.png: damaged" in page.text


# ------------------------------------------------------------------------------ numbers


@pytest.mark.parametrize(("value", "text"), [
    (0.0, "0"), (1234.5, "1,234"), (123.45, "123.5"), (12.345, "12.35"), (9.18156, "9.182"), (0.3752, "0.3752"),
    (2.0, "2"), (1e-7, "1e-07"), (1e20, "1e+20"), (-3.5, "-3.5"), (float("inf"), "inf"),
])
def test_numbers_are_short(value: float, text: str) -> None:
    assert number(value) == text


def test_shares_and_differences() -> None:
    assert [percent(share) for share in (0.0, 1e-5, 0.5, 0.9999, 1.0)] == ["0%", "<1%", "50%", ">99%", "100%"]
    assert [signed(value) for value in (0.0, 1.0, -0.5)] == ["0", "+1", "−0.5"]
