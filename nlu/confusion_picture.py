"""What was taken for what, as a picture: one row an intent, darker where more of it went. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from xml.sax.saxutils import escape

from nlu.scoring import Answer

_CELL = 22
_LEFT = 190
_TOP = 190
_RIGHT = 110
"""Room for the last slanted names."""
_RIGHT_BLUE = (31, 90, 150)
_WRONG_RED = (190, 50, 40)


def confusion_picture(answers: Sequence[Answer]) -> str:
    """An SVG. The shares of a row add up to 1; blue was right, red was wrong."""
    names = sorted({a.meant for a in answers} | {a.taken for a in answers})
    meant = Counter(a.meant for a in answers)
    pairs = Counter((a.meant, a.taken) for a in answers)
    size = _CELL * len(names)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{_LEFT + size + _RIGHT}" '
        f'height="{_TOP + size + 20}" font-family="sans-serif" font-size="12" role="img" '
        'aria-label="Rows: what was meant. Columns: what it was taken for.">',
        f'<rect width="{_LEFT + size + _RIGHT}" height="{_TOP + size + 20}" fill="#fff"/>',
        '<text x="10" y="24" font-size="14" font-weight="bold">Meant (rows), taken for (columns)</text>',
        '<text x="10" y="44" fill="#444">Of 100 messages; blue right, red wrong; below 1 left white</text>',
    ]
    for at, name in enumerate(names):
        middle = at * _CELL + _CELL // 2 + 4
        label = escape(name)
        parts.append(f'<text x="{_LEFT - 8}" y="{_TOP + middle}" text-anchor="end">{label}</text>')
        parts.append(
            f'<text transform="translate({_LEFT + middle},{_TOP - 8}) rotate(-60)">{label}</text>'
        )
    for row, mean in enumerate(names):
        for column, taken in enumerate(names):
            share = pairs[mean, taken] / meant[mean] if meant[mean] else 0.0
            parts.append(_cell(row, column, share, is_right=mean == taken))
    return "\n".join([*parts, "</svg>"]) + "\n"


def _cell(row: int, column: int, share: float, *, is_right: bool) -> str:
    x, y = _LEFT + column * _CELL, _TOP + row * _CELL
    percent = round(share * 100)
    # Errors are rare: a tenth is as dark as they get.
    strength = share if is_right else min(1.0, share * 10)
    paint = _RIGHT_BLUE if is_right else _WRONG_RED
    red, green, blue = (round(255 - (255 - part) * strength) for part in paint)
    shape = (
        f'<rect x="{x}" y="{y}" width="{_CELL}" height="{_CELL}" '
        f'fill="rgb({red},{green},{blue})" stroke="#ddd"/>'
    )
    if not percent:
        return shape
    ink = "#fff" if strength > 0.55 else "#222"
    number = f'<text x="{x + _CELL // 2}" y="{y + 15}" text-anchor="middle" fill="{ink}"'
    return f'{shape}{number} font-size="10">{percent}</text>'
