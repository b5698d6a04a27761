"""Pictures on a page: each crop is encoded once, small, and drawn wherever it is needed.

The page holds every distinct picture in one hidden drawing; a place that shows it refers to it there and draws its
boxes over it, as lines of their own. So a loop over one picture costs its bytes once. Boxes have their origin at the
bottom left of the original picture (see runtime/values/images.py), a page has it at the top left.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence
from io import BytesIO
from typing import NamedTuple

from fmplang.errors import FmpError
from fmplang.pages.text import safe
from fmplang.runtime.values.images import Box, Image

SIDE = 320  # pixels of a crop's longer side
WHOLE = 480  # pixels of a whole picture's
BOXES = 60  # boxes drawn over one picture
SEEN = 64  # pixels at which a smaller crop's longer side is shown
_SHOWN = {"crop": (210, 240), "input": (380, 380), "thumb": (72, 72), "small": (110, 120), "frame": (100, 100)}
ROOM = 4_000_000  # characters of pictures on one page: the crops after that are left out


class Placed(NamedTuple):
    """A picture on the page: its id, and its size there in pixels."""

    id: str
    width: int
    height: int


class Pictures:
    """The pictures of one page, in the order in which they are first needed."""

    def __init__(self) -> None:
        self._known: dict[tuple[int, Box], Placed | None] = {}
        self._held: list[Image] = []  # so that no id of a source is used again
        self._made: list[str] = []
        self._size = 0

    def show(self, image: Image, alt: str, boxes: Sequence[Box] = (), kind: str = "crop",
             others: Sequence[Box] = ()) -> str:
        """The picture as a drawing with boxes, in coordinates of the original; a sentence where there is none.
        `others` are drawn differently, and first."""
        try:
            left, lower, right, upper = image.box
            placed = self._place(image)
        except FmpError as error:
            return f'<p class="nopicture">The picture cannot be shown: {safe(error.message)}</p>'
        if placed is None:
            return '<p class="nopicture">Left out, to keep the page small.</p>'
        wide, high = right - left, upper - lower
        across, down = placed.width / wide, placed.height / high
        drawn = []
        for place, box in enumerate((*others[:BOXES], *boxes[:BOXES]), 1 - len(others[:BOXES])):
            x, y = (box[0] - left) * across, (upper - box[3]) * down
            w, h = (box[2] - box[0]) * across, (box[3] - box[1]) * down
            at = f'x="{x:.1f}" y="{y:.1f}" width="{max(w, 1):.1f}" height="{max(h, 1):.1f}"'
            drawn.append(f'<rect class="under" {at}/><rect class="box{"" if place > 0 else " other"}" {at}/>')
            if len(boxes) > 1 and place > 0:
                drawn.append(f'<text class="tag" x="{x + 5:.1f}" y="{y + 14:.1f}">{place}</text>')
        size = f'viewBox="0 0 {placed.width} {placed.height}"'
        wide, high = _SHOWN[kind]
        scale = min(wide / placed.width, high / placed.height, max(1.0, SEEN / max(placed.width, placed.height)))
        shown = f"--w:{placed.width * scale:.0f}px"
        return (f'<svg class="picture {kind}" role="img" aria-label="{safe(alt)}" {size} style="{shown}">'
                f'<title>{safe(alt)}</title><use href="#{placed.id}"/>{"".join(drawn)}</svg>')

    def whole(self, image: Image, alt: str, kind: str = "thumb") -> str:
        """The picture that a crop was cut from, with the crop's box; "" where the crop is the whole of it."""
        try:
            all_of_it = Image(image.source)
            if all_of_it.box == image.box:
                return ""
        except FmpError:
            return ""
        return self.show(all_of_it, alt, (image.box,), kind)

    def hidden(self) -> str:
        """All pictures that were shown, for the top of the page."""
        if not self._made:
            return ""
        return ('<svg class="hidden" width="0" height="0" aria-hidden="true" focusable="false"><defs>\n'
                + "\n".join(self._made) + "\n</defs></svg>")

    def _place(self, image: Image) -> Placed | None:
        key = (id(image.source), image.box)
        if key in self._known:
            return self._known[key]
        self._held.append(image)
        width, height, data = _encoded(image)
        placed = None
        if self._size + len(data) <= ROOM:
            placed = Placed(f"p{len(self._made) + 1}", width, height)
            self._size += len(data)
            smooth = ' class="pixels"' if max(width, height) < 48 else ""
            self._made.append(f'<image id="{placed.id}" width="{width}" height="{height}"{smooth} href="{data}"/>')
        self._known[key] = placed
        return placed


def _encoded(image: Image) -> tuple[int, int, str]:
    """Width, height and data URI: the crop within its bound, as JPEG, or as PNG where that is smaller."""
    picture = image.pil()
    whole = image.source.pixels.shape[:2] == (picture.height, picture.width)
    bound = WHOLE if whole else SIDE
    if max(picture.size) > bound:
        scale = bound / max(picture.size)
        size = (max(1, round(picture.width * scale)), max(1, round(picture.height * scale)))
        picture = picture.resize(size, reducing_gap=2.0)
    found = BytesIO()
    picture.save(found, "JPEG", quality=82, optimize=True)
    kind, data = "jpeg", found.getvalue()
    if picture.width * picture.height <= 64 * 64 or len(data) > 40_000:
        other = BytesIO()
        picture.save(other, "PNG", optimize=True)
        if len(other.getvalue()) < len(data) or picture.width * picture.height <= 32 * 32:
            kind, data = "png", other.getvalue()
    return picture.width, picture.height, f"data:image/{kind};base64,{b64encode(data).decode('ascii')}"
