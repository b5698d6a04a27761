"""Names of colours: how far a colour deserves each of the eleven basic names of English.

A name is a region of hue, saturation and value with soft edges; regions overlap, as names do (dark orange is brown,
pale red is pink). Written down from the usual hue circle, not fitted to anything.
"""

from __future__ import annotations

import numpy as np

NAMES = ("black", "white", "gray", "red", "orange", "yellow", "green", "blue", "purple", "pink", "brown")


def memberships(rgb: np.ndarray) -> np.ndarray:
    """From N x 3 colours (0 to 255) to N x 11 numbers in [0, 1], one for each of NAMES."""
    hue, saturation, value = hsv(rgb)
    vivid = _rise(saturation, 0.16, 0.30) * _rise(value, 0.14, 0.26)
    dull = 1 - _rise(saturation, 0.14, 0.28)
    light = _rise(value, 0.55, 0.72)
    strong = _rise(saturation, 0.45, 0.60)
    reddish = _arc(hue, 345, 10, 6)
    named = {
        "black": 1 - _rise(value, 0.16, 0.30),
        "white": (1 - _rise(saturation, 0.12, 0.28)) * _rise(value, 0.72, 0.86),
        "gray": dull * _rise(value, 0.18, 0.32) * (1 - _rise(value, 0.78, 0.90)),
        "red": vivid * reddish * strong,
        "orange": vivid * _arc(hue, 15, 42, 6) * _rise(saturation, 0.35, 0.55) * light,
        "yellow": vivid * _arc(hue, 46, 66, 6) * _rise(value, 0.40, 0.60),
        "green": vivid * np.maximum(_arc(hue, 66, 174, 12), _arc(hue, 44, 66, 8) * (1 - _rise(value, 0.45, 0.65))),
        "blue": vivid * _arc(hue, 184, 255, 12),
        "purple": vivid * _arc(hue, 260, 318, 10) * (1 - light * (1 - strong)),
        "pink": vivid * np.maximum(_arc(hue, 285, 5, 12) * (1 - _rise(saturation, 0.45, 0.65)) * light,
                                   _arc(hue, 300, 342, 10) * light),
        "brown": vivid * _arc(hue, 8, 42, 8) * (1 - _rise(value, 0.60, 0.90)),
    }
    return np.stack([named[name] for name in NAMES], axis=1)


def hsv(rgb: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Hue in degrees, saturation and value in [0, 1], of N x 3 colours."""
    scaled = np.asarray(rgb, dtype=np.float64) / 255
    top, low = scaled.max(axis=1), scaled.min(axis=1)
    spread = top - low
    safe = np.where(spread > 0, spread, 1.0)
    red, green, blue = scaled.T
    hue = np.where(top == red, (green - blue) / safe % 6, np.where(top == green, (blue - red) / safe + 2,
                                                                   (red - green) / safe + 4))
    return hue * 60, np.where(top > 0, spread / np.where(top > 0, top, 1.0), 0.0), top


def _rise(x: np.ndarray, low: float, high: float) -> np.ndarray:
    """0 below `low`, 1 above `high`, straight between."""
    return np.clip((x - low) / (high - low), 0, 1)


def _arc(hue: np.ndarray, start: float, end: float, soft: float) -> np.ndarray:
    """1 on the arc from `start` to `end` degrees, falling to 0 over `soft` degrees beyond either."""
    half = ((end - start) % 360) / 2
    off = np.abs((hue - start - half + 180) % 360 - 180)
    return np.clip(1 - (off - half) / soft, 0, 1)
