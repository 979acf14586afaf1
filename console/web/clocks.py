"""Service clocks as short words: what is due, in how much working time, or by how much it is over."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from bot.clocks import Clock, ClockState
from console.web.visit import Visit


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockLine:
    """`state` names the style: running, warning, breached, met. `due_at` is when it breaches."""

    kind: str
    state: str
    text: str
    due_at: datetime


def clock_lines(clocks: Iterable[Clock], visit: Visit) -> tuple[ClockLine, ...]:
    return tuple(_line(clock, visit) for clock in clocks)


def _line(clock: Clock, visit: Visit) -> ClockLine:
    span = visit.shown.hours(clock.left)
    match clock.state:
        case ClockState.RUNNING:
            state, text = "running", visit.say("%(span)s left", span=span)
        case ClockState.WARNING:
            state, text = "warning", visit.say("only %(span)s left", span=span)
        case ClockState.BREACHED:
            state, text = "breached", visit.say("%(span)s over", span=span)
        case ClockState.DONE:
            state, text = "met", visit.say("in time")
        case ClockState.LATE:
            state, text = "breached", visit.say("%(span)s late", span=span)
    return ClockLine(kind=clock.kind.value, state=state, text=text, due_at=clock.due_at)
