"""Draws receipt.png: `python examples/inputs/make_receipt.py` writes it beside this file.

The font is the one that Pillow carries, so the picture needs nothing from the machine. The shop does not exist.
"""

from __future__ import annotations

from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

LINES = [
    ("CORNER BOOKS & COFFEE", ""),
    ("12 Mill Lane, Springfield", ""),
    ("Date: 2026-11-14   Time: 16:05", ""),
    ("", ""),
    ("2 x Espresso", "5.00"),
    ("1 x Apple cake", "3.90"),
    ("1 x Paperback", "12.50"),
    ("", ""),
    ("Subtotal", "21.40"),
    ("VAT", "2.00"),
    ("TOTAL EUR", "23.40"),
    ("Paid by card", "23.40"),
    ("", ""),
    ("Thank you for your visit!", ""),
]
WIDTH, MARGIN, STEP, SIZE = 420, 28, 34, 22


def receipt() -> Image.Image:
    """The receipt, grey on off-white."""
    picture = Image.new("L", (WIDTH, 2 * MARGIN + STEP * len(LINES)), 246)
    draw = ImageDraw.Draw(picture)
    font = ImageFont.load_default(SIZE)
    for row, (left, right) in enumerate(LINES):
        y = MARGIN + row * STEP
        draw.text((MARGIN, y), left, font=font, fill=34)
        draw.text((WIDTH - MARGIN, y), right, font=font, fill=34, anchor="ra")
    return picture


if __name__ == "__main__":
    receipt().save(Path(__file__).with_name("receipt.png"), optimize=True)
