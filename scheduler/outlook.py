"""What the next days bring for a whole portfolio: messages counted by step, way and reason."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from bot.messages import Channel
from scheduler.preview import Foreseen, HeldBack


@dataclass(frozen=True, slots=True, kw_only=True)
class Going:
    """So many messages of a step by a channel."""

    step: str
    channel: Channel
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """So many messages of a step that a reason holds back; `example` is one of the accounts."""

    step: str
    why: HeldBack
    count: int
    example: str


@dataclass(slots=True)
class Outlook:
    """Adds up what is foreseen, account by account."""

    accounts: int = 0
    with_messages: int = 0
    unreadable: int = 0
    _going: Counter[tuple[str, Channel]] = field(default_factory=Counter)
    _held: Counter[tuple[str, HeldBack]] = field(default_factory=Counter)
    _examples: dict[tuple[str, HeldBack], str] = field(default_factory=dict)

    def add(self, foreseen: Iterable[Foreseen]) -> None:
        """What is foreseen for one account."""
        self.accounts += 1
        goes = False
        for one in foreseen:
            if one.held_back is not None:
                key = one.step, one.held_back.cause
                self._held[key] += 1
                self._examples.setdefault(key, one.reference)
            elif one.channel is not None:
                self._going[one.step, one.channel] += 1
                goes = True
        self.with_messages += goes

    def copy(self) -> Outlook:
        """The sums of now, which no later account changes."""
        return replace(
            self,
            _going=Counter(self._going),
            _held=Counter(self._held),
            _examples=dict(self._examples),
        )

    @property
    def looked_at(self) -> int:
        return self.accounts + self.unreadable

    @property
    def going(self) -> tuple[Going, ...]:
        """In the order of the steps."""
        found = (
            Going(step=step, channel=channel, count=n) for (step, channel), n in self._going.items()
        )
        return tuple(sorted(found, key=lambda one: (_place(one.step), one.channel)))

    @property
    def held(self) -> tuple[Held, ...]:
        """In the order of the steps, the most frequent reason first."""
        found = (
            Held(step=key[0], why=key[1], count=n, example=self._examples[key])
            for key, n in self._held.items()
        )
        return tuple(sorted(found, key=lambda one: (_place(one.step), -one.count, str(one.why))))


def _place(step: str) -> tuple[int, str]:
    """Steps are named by their days from the due date; others come last, by name."""
    try:
        return int(step), ""
    except ValueError:
        return 10_000, step
