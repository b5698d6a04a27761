"""Text made safe for a page, and numbers and values as a page shows them.

Programs, inputs and answers of models are untrusted. All of them pass through `safe`: markup is escaped, and what a
browser would obey or hide (control characters, bidirectional overrides, lone surrogates) is shown as an escape.
"""

from __future__ import annotations

import json
from html import escape
from typing import Any

from fmplang.errors import FmpError
from fmplang.runtime.values import text_size
from fmplang.runtime.values.audio import Audio
from fmplang.runtime.values.images import Image
from fmplang.runtime.values.video import Video
from fmplang.syntax.visible import escape as visible

LONG = 1200  # characters of one text that are shown
WRITABLE = 200_000  # characters of a value that is written out at all before it is cut


def safe(text: str, *, keep: str = "", most: int = LONG) -> str:
    """`text` as HTML, for an element or an attribute in double quotes. `keep` lists characters left as they are.

    >>> safe('<b a="1">\\x07')
    '&lt;b a=&quot;1&quot;&gt;\\\\x07'
    """
    cut = len(text) > most
    shown = escape(visible(text[:most], keep=keep))
    return f"{shown}… (cut here: {len(text):,} characters in all)" if cut else shown


def number(value: float) -> str:
    """Four digits at most, and thousands set apart: 1,234  0.3752  9.18  1.2e-07."""
    if value == 0:
        return "0"
    size = abs(value)
    if size >= 1e15 or size < 1e-4:
        return f"{value:.3g}"
    digits = 0 if size >= 1000 else 1 if size >= 100 else 2 if size >= 10 else 3 if size >= 1 else 4
    text = f"{value:,.{digits}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def signed(value: float) -> str:
    """With a true minus sign."""
    return "0" if value == 0 else f"{'+' if value > 0 else '−'}{number(abs(value))}"


def percent(share: float) -> str:
    """A share of 1 as a percentage, never rounded to all or nothing."""
    shown = f"{100 * share:.0f}%"
    return ">99%" if shown == "100%" and share < 1 else "<1%" if shown == "0%" and share > 0 else shown


def seconds(value: float) -> str:
    return f"{number(value)} s" if value >= 1 else f"{number(value * 1000)} ms"


def counted(count: int, what: str) -> str:
    return f"{count:,} {what}{'' if count == 1 else 's'}"


def boxed(count: int) -> str:
    return "1 box" if count == 1 else f"{count:,} boxes"


def spelled(value: Any) -> str:
    """A value as a program spells it, in unescaped text; images and the like in words. What was stored as plain JSON is
    shown as JSON."""
    if isinstance(value, Image):
        return f"image of {value.width} × {value.height}"
    if isinstance(value, Video):
        return f"video of {counted(value.num_frames, 'frame')}"
    if isinstance(value, Audio):
        return f"{number(value.duration)} s of audio"
    if isinstance(value, list) and value and all(isinstance(item, Image) for item in value):
        return boxed(len(value))
    if isinstance(value, dict) and any(key in value for key in ("$image", "$video", "$audio", "$omitted")):
        return json.dumps(value)
    try:
        size = text_size(value)
    except FmpError as error:
        return f"a value that cannot be written out: {error.message}"
    if size > WRITABLE:
        return f"a value of {size:,} characters, too long to be shown"
    return repr(value)
