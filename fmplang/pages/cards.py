"""One card for each call: what was asked, what was answered, by whom, and what each other backend would have done."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fmplang.errors import FmpError
from fmplang.pages.pictures import Pictures
from fmplang.pages.places import Place
from fmplang.pages.text import boxed, counted, number, percent, safe, seconds, signed, spelled
from fmplang.runtime.replay import alike
from fmplang.runtime.trace import CallRecord, RunRecord
from fmplang.runtime.values import RecordValue, fields_of
from fmplang.runtime.values.audio import Audio
from fmplang.runtime.values.images import Box, Image
from fmplang.runtime.values.video import Video
from fmplang.syntax.quoting import literal

FRAMES = 4  # of a video that are shown
PICTURES = 12  # of one value that are shown
STANDS = 6  # earlier calls that a call stands on, named at most
SHORT = 60  # characters of an argument in a card's head
HELD = (Image, Video, Audio)  # shown as pictures, not as text

DEPENDED = {
    "data": ("data", "The answer is made from it."),
    "control": ("control", "The answer depends on it, by a condition."),
    "no": ("none", "The answer does not depend on it."),
    None: ("", ""),
}


def card(run: RunRecord, index: int, credit: Mapping[str, Any], place: Place | None, pictures: Pictures) -> str:
    """The card of the run's call `index`. `place` is the line of the program's own text that led to it."""
    call, worth = run.calls[index], credit["calls"][index]
    look, sentence = DEPENDED[worth["depended"]]
    name = index + 1
    line = "" if place is None else str(place.source.position(place.span.start)[0])
    where = f'<a href="#L{line}">line {line}</a>, ' if line else ""
    made = [
        f'<li class="card {look}{" failed" if call.error else ""}" id="call-{name}" data-line="{line}">',
        f'<h3><span class="no">{name}</span><code>{_head(call)}</code></h3>',
        f'<p class="where">{where}site <code>{safe(call.site)}</code></p>',
        '<div class="body">', _shots(call, pictures), '<div class="says">', _answer(call, pictures),
        _who(call, run, worth), "</div></div>", _texts(call), _arms(run, index, worth), _history(call),
    ]
    if sentence:
        stands = "".join(f' <a href="#call-{before + 1}">{before + 1}</a>' for before in worth["stands_on"][:STANDS])
        more = " and others" if len(worth["stands_on"]) > STANDS else ""
        on = f' <span class="quiet">It stands on call{stands}{more}.</span>' if stands else ""
        made.append(f'<p class="depends"><span class="dot {look}"></span>{sentence}{on}</p>')
    made.append("</li>")
    return "\n".join(part for part in made if part)


def _head(call: CallRecord) -> str:
    """The call in one line: pictures by the parameter's name, everything else by value."""
    given = []
    for name, value in call.args.items():
        if isinstance(value, HELD):
            given.append(f'<span class="media">{safe(name)}</span>')
        else:
            text = literal(value[:SHORT * 2]) if isinstance(value, str) else spelled(value)
            given.append(safe(text if len(text) <= SHORT else text[:SHORT - 1] + "…"))
    return f'<b>{safe(call.function)}</b>({", ".join(given)})'


def _texts(call: CallRecord) -> str:
    """Arguments too long for the head."""
    made = []
    for name, value in call.args.items():
        if isinstance(value, HELD):
            continue
        text = value if isinstance(value, str) else spelled(value)
        if len(text) >= SHORT:
            made.append(f'<details class="long"><summary>{safe(name)}, {counted(len(text), "character")}</summary>'
                        f'<pre>{safe(text, keep=chr(10) + chr(9))}</pre></details>')
    return "".join(made)


def _shots(call: CallRecord, pictures: Pictures) -> str:
    """The pictures that the call was given; on the first the boxes of its answer are drawn, and those of other backends
    that found others."""
    made = []
    drawn = False
    for name, value in call.args.items():
        if isinstance(value, Image):
            boxes, others = ((), ()) if drawn else (_boxes_on(value, call.value), _other_boxes(value, call))
            drawn = True
            alt = f"{name}, {value.width} by {value.height} pixels"
            if boxes:
                alt += f", with {boxed(len(boxes))} drawn"
            key = ""
            if others:
                alt += f", and {boxed(len(others))} that other backends found instead"
                key = '<p class="otherkey"><span></span>found by others</p>'
            made.append(f"<figure>{pictures.show(value, alt, boxes, others=others)}{key}{_thumb(value, pictures)}"
                        "</figure>")
        elif isinstance(value, Video):
            made.append(film(value, name, pictures))
        elif isinstance(value, Audio):
            made.append(f"<figure>{wave(value, name)}</figure>")
    return f'<div class="shots">{"".join(made)}</div>' if made else ""


def _boxes_on(image: Image, value: Any) -> tuple[Box, ...]:
    """The boxes of an answer that is an image, or a list of them, cut from the same picture as `image`."""
    found = value if isinstance(value, (list, tuple)) else [value]
    boxes = tuple(item.box for item in found if isinstance(item, Image) and item.source is image.source)
    return boxes if len(boxes) == len(found) else ()


def _other_boxes(image: Image, call: CallRecord) -> tuple[Box, ...]:
    """The boxes of shadows that are no boxes of the answer."""
    mine = set(_boxes_on(image, call.value))
    found = dict.fromkeys(box for shadow in call.shadows if shadow.error is None and not alike(shadow.value, call.value)
                          for box in _boxes_on(image, shadow.value))
    return tuple(box for box in found if box not in mine)


def _thumb(image: Image, pictures: Pictures) -> str:
    shown = pictures.whole(image, "where it lies in the whole picture")
    return f'<figcaption>{shown}<span>{image.width} × {image.height}</span></figcaption>' if shown else ""


def film(video: Video, name: str, pictures: Pictures) -> str:
    """A few frames, evenly spread."""
    count = min(video.num_frames, FRAMES)
    frames = []
    for place in range(count):
        at = place * (video.num_frames - 1) // max(1, count - 1)
        try:
            frames.append(pictures.show(video.frame_from_index(at), f"frame {at} of {name}", kind="frame"))
        except FmpError as error:
            frames.append(f'<p class="nopicture">{safe(error.message)}</p>')
    return f'<figure class="film">{"".join(frames)}<figcaption>{safe(spelled(video))}</figcaption></figure>'


def wave(audio: Audio, name: str) -> str:
    """How loud it is, over time."""
    import numpy as np

    parts = np.array_split(np.abs(audio.samples), min(160, max(1, len(audio.samples))))
    bars = "".join(f'<rect x="{2 * at}" y="{32 - 30 * peak:.1f}" width="1.4" height="{60 * peak + 1:.1f}"/>'
                   for at, peak in enumerate(min(1.0, float(part.max(initial=0))) for part in parts))
    alt = f"{name}, {number(audio.duration)} seconds of audio"
    return (f'<svg class="picture wave" role="img" aria-label="{safe(alt)}" viewBox="0 0 320 64" style="--w:320px">'
            f"<title>{safe(alt)}</title>{bars}</svg>")


def value_text(value: Any, empty: str = '""') -> str:
    """A value as HTML: text as it is, anything else as the language spells it."""
    if isinstance(value, str):
        return safe(value, keep="\n\t") if value.strip() else f'<span class="quiet">{safe(repr(value))}</span>'
    return safe(spelled(value))


def gallery(value: Any, pictures: Pictures) -> str:
    """The pictures that a value holds, as far as they are few."""
    found = pictures_in(value)
    shown = "".join(f"<li>{pictures.show(image, f'picture {place} of the value', kind='small')}"
                    f"{pictures.whole(image, 'where it lies in the whole picture')}</li>"
                    for place, image in enumerate(found[:PICTURES], 1))
    more = f'<li class="quiet">and {len(found) - PICTURES} more</li>' if len(found) > PICTURES else ""
    return f'<ul class="gallery">{shown}{more}</ul>' if found else ""


def pictures_in(value: Any, most: int = 1000) -> list[Image]:
    """The images of a value, in order, looking at `most` parts of it at the most."""
    found: list[Image] = []
    waiting, seen = [value], 0
    while waiting and seen < most:
        item, seen = waiting.pop(), seen + 1
        if isinstance(item, Image):
            found.append(item)
        elif isinstance(item, (list, tuple)):
            waiting += reversed(item[:most])
        elif isinstance(item, dict):
            waiting += reversed(list(item.values())[:most])
        elif isinstance(item, RecordValue):
            waiting += reversed([part for _, part in fields_of(item)])
    return found


def _answer(call: CallRecord, pictures: Pictures) -> str:
    if call.error is not None:
        return f'<p class="value wrong">no answer</p><p class="error">{safe(call.error)}</p>'
    if not call.done:
        return '<p class="value wrong">never answered</p>'
    text = value_text(call.value)
    size = " long" if len(text) > 40 else ""
    made = f'<p class="value{size}">{text}</p>'
    first = next((value for value in call.args.values() if isinstance(value, Image)), None)
    if first is not None and _boxes_on(first, call.value):
        return made  # drawn on the picture itself
    return made + gallery(call.value, pictures)


def _who(call: CallRecord, run: RunRecord, worth: Mapping[str, Any]) -> str:
    parts = [f"<b>{safe(call.backend)}</b>"]
    if call.cached:
        parts.append("from the cache")
    if call.confidence is not None:
        parts.append(f"confidence {percent(call.confidence)}")
    share = worth["cost_share"]
    of_run = f" ({percent(share)} of the run)" if share else ""
    parts.append(f"cost {number(call.cost)}{of_run}")
    parts.append(f"took {seconds(call.seconds)}")
    return f'<p class="who">{" <i>·</i> ".join(parts)}</p>'


def _arms(run: RunRecord, index: int, worth: Mapping[str, Any]) -> str:
    """Who could have answered: price, chance, and what the exchange would have done."""
    call = run.calls[index]
    dearest = max(call.prices, default=0.0)
    exchanges = {told["arm"]: told for told in worth["exchanges"]}
    rows = []
    for arm, backend in enumerate(call.arms):
        width = 100 * call.prices[arm] / dearest if dearest > 0 else 0.0
        taken = arm == call.answerer
        chosen = "answered" if taken else "chosen first" if arm == call.arm else ""
        badge = f'<span class="chosen">{chosen}</span>' if chosen else ""
        rows.append(
            f'<li class="arm{" taken" if taken else ""}"><span class="backend">{safe(backend)}{badge}</span>'
            f'<span class="bar" aria-hidden="true"><i style="width:{width:.1f}%"></i></span>'
            f'<span class="price">{number(call.prices[arm])}</span>'
            f'<span class="chance" title="the probability with which the policy chose it">'
            f"{percent(call.propensities[arm])}</span>"
            + (_exchange(run, index, exchanges[arm], worth) if arm in exchanges else "") + "</li>")
    head = ('<li class="armhead" aria-hidden="true"><span>could answer</span><span></span><span>price</span>'
            "<span>chance</span></li>")
    return f'<ul class="arms">{head}{"".join(rows)}</ul>'


def _exchange(run: RunRecord, index: int, told: Mapping[str, Any], worth: Mapping[str, Any]) -> str:
    """One sentence on an exchange, and its credit."""
    call = run.calls[index]
    shadow = next((one for one in call.shadows if one.arm == told["arm"]), None)
    value = worth["credit"].get(told["backend"])
    parts = []
    if shadow is None or shadow.error is not None:
        parts.append(f"{safe(told['why'][:1].upper() + told['why'][1:])}.")
        if told["changed"] is False:
            parts.append("The answer does not depend on it.")
    else:
        same = "the same, " if told["same"] else ""
        answer = shadow.value if len(spelled(shadow.value)) <= 200 else spelled(shadow.value)[:200] + "…"
        parts.append(f'It says {same}<b class="said">{value_text(answer)}</b>.')
        if told["changed"] is None:
            parts.append(f"With it, the final answer is not known: {safe(told['why'])}.")
        elif told["same"]:
            parts.append("Nothing would differ.")
        elif not told["changed"]:
            parts.append("The final answer would be the same.")
        elif told["final_error"]:
            parts.append(f'The run would have failed: <b class="said wrong">{safe(told["final_error"])}</b>.')
        else:
            comparison = next(one for one in run.comparisons if (one.call, one.arm) == (index, told["arm"]))
            final = spelled(comparison.final)
            parts.append(f'The final answer would be <b class="said other">{safe(final, most=200)}</b>.')
        parts.append(_costs(told))
    known = "unknown" if value is None else "zero" if value == 0 else "good" if value > 0 else "bad"
    why = "" if value is not None or not told["why"] else f' title="{safe(told["why"])}"'
    pill = f'<span class="credit {known}"{why}>credit {"?" if value is None else signed(value)}</span>'
    return f'<div class="exchange"><p>{" ".join(parts)}</p>{pill}</div>'


def _costs(told: Mapping[str, Any]) -> str:
    later = told["later"]
    after = "unknown later" if later is None else "" if later == 0 else f"{signed(later)} later"
    return f'<span class="quiet">Cost {signed(told["own"])}{", " + after if after else ""}.</span>'


def _history(call: CallRecord) -> str:
    """What came before the answer, and what was remarked about it."""
    items = [f"asked before: {safe(backend)}, {safe(what)}" for backend, what in call.attempts]
    if call.lost:
        items.append(f"that cost {number(call.lost)}")
    items += [f"flag: {safe(flag)}" for flag in call.flags]
    items += [f"policy's note: {safe(key)} = {safe(value if isinstance(value, str) else number(value))}"
              for key, value in call.note.items()]
    if call.round:
        items.append(f"made after the run was begun anew ({counted(call.round, 'time')})")
    return f'<ul class="history">{"".join(f"<li>{item}</li>" for item in items)}</ul>' if items else ""
