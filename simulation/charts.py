"""Charts of a simulation as inline SVG: no script, nothing from outside, colours that print.

A chart never stands alone: the report shows the same figures in a table.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from simulation.outcome import Interval

_WIDTH, _HEIGHT, _LEFT, _BOTTOM, _TOP = 680, 220, 52, 26, 14
INK = ("#1f6f78", "#d98032")
"""Told apart in grey too; the second strategy is the second one."""


def bars(title: str, labels: Sequence[str], series: Sequence[tuple[str, Sequence[float]]]) -> str:
    """Bars side by side for each label, one colour for each series."""
    highest = _nice(max((v for _, values in series for v in values), default=0))
    step = (_WIDTH - _LEFT) / max(len(labels), 1)
    thick = min(step * 0.8 / max(len(series), 1), 40)
    parts = [*_grid(highest)]
    for number, (name, values) in enumerate(series):
        for place, value in enumerate(values):
            height = (_HEIGHT - _BOTTOM - _TOP) * value / highest
            x = _LEFT + step * (place + 0.5) + (number - len(series) / 2) * thick
            told = escape(f"{name}, {labels[place]}: {value:,.0f}")
            parts.append(
                f'<rect x="{x:.1f}" y="{_HEIGHT - _BOTTOM - height:.1f}" width="{thick - 1:.1f}"'
                f' height="{height:.1f}" fill="{INK[number % 2]}"><title>{told}</title></rect>'
            )
    every = max(1, len(labels) // 18)
    for place, label in enumerate(labels):
        if place % every == 0:
            x = _LEFT + step * (place + 0.5)
            parts.append(
                f'<text x="{x:.1f}" y="{_HEIGHT - 8}" text-anchor="middle">{escape(label)}</text>'
            )
    return _svg(title, _HEIGHT, parts)


def intervals(title: str, found: Sequence[Interval], names: Sequence[str]) -> str:
    """Each difference as a share of the first strategy's value, with its interval; zero is a line."""
    rows = [
        (name, one.difference / one.first, one.low / one.first, one.high / one.first)
        for one, name in zip(found, names, strict=True)
        if one.first
    ]
    if not rows:
        return ""
    reach = min(2.0, max(0.05, *(abs(v) for _, _, low, high in rows for v in (low, high))))
    height = 34 + 24 * len(rows)
    left, right = 190, _WIDTH - 20
    middle = (left + right) / 2

    def place(share: float) -> float:
        return middle + max(-1.0, min(1.0, share / reach)) * (right - left) / 2

    parts = [f'<line x1="{middle}" x2="{middle}" y1="8" y2="{height - 22}" class="zero"/>']
    for number, (name, share, low, high) in enumerate(rows):
        y = 22 + 24 * number
        told = escape(f"{name}: {share:+.1%} ({low:+.1%} to {high:+.1%})")
        colour = INK[0] if low > 0 or high < 0 else "#8a8f94"
        parts.append(f'<text x="8" y="{y + 4}">{escape(name)}</text>')
        parts.append(
            f'<line x1="{place(low):.1f}" x2="{place(high):.1f}" y1="{y}" y2="{y}"'
            f' stroke="{colour}" stroke-width="3"/>'
            f'<circle cx="{place(share):.1f}" cy="{y}" r="5" fill="{colour}">'
            f"<title>{told}</title></circle>"
        )
    for share in (-reach, 0.0, reach):
        anchor = "start" if share < 0 else "end" if share > 0 else "middle"
        parts.append(
            f'<text x="{place(share):.1f}" y="{height - 6}" text-anchor="{anchor}">'
            f"{f'{share:+.0%}' if share else 'no difference'}</text>"
        )
    return _svg(title, height, parts)


def _grid(highest: float) -> list[str]:
    parts = []
    for share in (0.0, 0.5, 1.0):
        y = _HEIGHT - _BOTTOM - (_HEIGHT - _BOTTOM - _TOP) * share
        parts.append(f'<line x1="{_LEFT}" x2="{_WIDTH}" y1="{y:.1f}" y2="{y:.1f}" class="grid"/>')
        parts.append(
            f'<text x="{_LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{highest * share:,.0f}</text>'
        )
    return parts


def _nice(value: float) -> float:
    """A round number not below the value."""
    power = 1.0
    while power * 10 < value:
        power *= 10
    return next((power * step for step in (1, 2, 4, 5, 6, 8, 10) if power * step >= value), 1.0)


def _svg(title: str, height: int, parts: Sequence[str]) -> str:
    return (
        f'<svg viewBox="0 0 {_WIDTH} {height}" role="img" aria-label="{escape(title)}">'
        f"<title>{escape(title)}</title>{''.join(parts)}</svg>"
    )
