"""Small charts as SVG: bars over time, and two lines. No script, no inline style; text is escaped.

A chart never stands alone: the page shows the same figures in a table for those who cannot see it.
"""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup, escape

_WIDTH, _HEIGHT = 640, 190
_LEFT, _BOTTOM, _TOP = 36, 24, 12


def bars(
    labels: Sequence[str],
    first: Sequence[float],
    second: Sequence[float] = (),
    *,
    title: str,
    top: float | None = None,
) -> Markup:
    """Bars side by side per label; `second` is drawn paler. `top`: the end of the scale."""
    highest = _nice(top if top is not None else max([*first, *second, 0]))
    step = (_WIDTH - _LEFT) / max(len(labels), 1)
    series = [s for s in (first, second) if s]
    thick = min(step * 0.72 / max(len(series), 1), 34)
    parts = [_frame(highest)]
    for place, label in enumerate(labels):
        middle = _LEFT + step * (place + 0.5)
        for number, values in enumerate(series):
            height = _scaled(values[place], highest)
            x = middle + (number - len(series) / 2) * thick
            name = "bar" if number == 0 else "bar2"
            told = escape(f"{label}: {_short(values[place])}")
            parts.append(
                f'<rect class="{name}" x="{x:.1f}" y="{_HEIGHT - _BOTTOM - height:.1f}"'
                f' width="{thick - 1:.1f}" height="{height:.1f}" rx="1.5">'
                f"<title>{told}</title></rect>"
            )
        parts.append(_label(label, middle, place, len(labels)))
    return _svg(title, parts)


def lines(
    labels: Sequence[str],
    first: Sequence[float | None],
    second: Sequence[float | None] = (),
    *,
    title: str,
    top: float | None = None,
) -> Markup:
    """One or two lines; a gap where there is no value."""
    known = [v for v in (*first, *second) if v is not None]
    highest = _nice(top if top is not None else max([*known, 0]))
    step = (_WIDTH - _LEFT) / max(len(labels), 1)
    parts = [_frame(highest)]
    for name, values in (("trace", first), ("trace2", second)):
        path, pen = [], "M"
        for place, value in enumerate(values):
            if value is None:
                pen = "M"
                continue
            x, y = _LEFT + step * (place + 0.5), _HEIGHT - _BOTTOM - _scaled(value, highest)
            path.append(f"{pen}{x:.1f} {y:.1f}")
            pen = "L"
        if path:
            parts.append(f'<path class="{name}" d="{" ".join(path)}"/>')
    for place, label in enumerate(labels):
        parts.append(_label(label, _LEFT + step * (place + 0.5), place, len(labels)))
    return _svg(title, parts)


def meter(share: float, *, title: str) -> Markup:
    """A share from 0 to 1 as a bar in a track."""
    width = max(0.0, min(1.0, share)) * 100
    return Markup(
        '<svg viewBox="0 0 100 10" preserveAspectRatio="none" role="img" aria-label="{}">'
        '<rect class="track" width="100" height="10" rx="3"/>'
        '<rect class="bar" width="{}" height="10" rx="3"/></svg>'
    ).format(title, f"{width:.1f}")


def _svg(title: str, parts: Sequence[str]) -> Markup:
    head = Markup('<svg viewBox="0 0 {} {}" role="img" aria-label="{}">').format(
        _WIDTH, _HEIGHT, title
    )
    return head + Markup("".join(parts)) + Markup("</svg>")


def _frame(highest: float) -> str:
    rows = []
    for part in (0, 0.5, 1):
        y = _HEIGHT - _BOTTOM - _scaled(highest * part, highest)
        rows.append(f'<line class="axis" x1="{_LEFT}" x2="{_WIDTH}" y1="{y:.1f}" y2="{y:.1f}"/>')
        rows.append(
            f'<text x="{_LEFT - 5}" y="{y + 4:.1f}" text-anchor="end">'
            f"{_short(highest * part)}</text>"
        )
    return "".join(rows)


def _label(label: str, x: float, place: int, count: int) -> str:
    every = max(1, -(-count // 12))
    if place % every:
        return ""
    return f'<text x="{x:.1f}" y="{_HEIGHT - 7}" text-anchor="middle">{escape(label)}</text>'


def _scaled(value: float, highest: float) -> float:
    return max(0.0, value) / highest * (_HEIGHT - _BOTTOM - _TOP)


def _nice(value: float) -> float:
    """The end of a scale: 1, 2, 4, 5 or 10 times a power of ten."""
    size = 1.0
    while value > size * 10:
        size *= 10
    while value < size and size > 0.01:
        size /= 10
    return next((size * m for m in (1, 2, 4, 5, 10) if value <= size * m), size * 10) or 1.0


def _short(value: float) -> str:
    return f"{value:.0f}" if abs(value) >= 10 or value == int(value) else f"{value:.2g}"
