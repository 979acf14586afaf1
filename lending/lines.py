"""The lines of a ledger as they are derived, with running sums that charge rules ask for."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import overload

from lending.entries import Derived
from lending.terms import Component

_SCHEDULED = frozenset({Component.PRINCIPAL, Component.INTEREST})


class Lines(Sequence[Derived]):
    """Lines in order, appended to only. Sums are in minor units."""

    def __init__(self, lines: Iterable[Derived] = ()) -> None:
        self._lines: list[Derived] = []
        self._unpaid: dict[tuple[int, int], int] = {}
        self.principal = 0
        self.arrears_changes: dict[date, int] = {}
        """Principal and interest by the day from whose end it is owed and due."""
        for line in lines:
            self.append(line)

    @classmethod
    def of(cls, lines: Sequence[Derived]) -> Lines:
        return lines if isinstance(lines, Lines) else cls(lines)

    def append(self, line: Derived) -> None:
        self._lines.append(line)
        self.principal += line.split.principal.minor
        for part in line.parts:
            if part.component in _SCHEDULED:
                row = (part.version, part.number)
                self._unpaid[row] = self._unpaid.get(row, 0) + part.minor
                day = max(line.effective_on, part.due_on)
                self.arrears_changes[day] = self.arrears_changes.get(day, 0) + part.minor

    def unpaid(self, version: int, number: int) -> int:
        """Principal and interest that an instalment still asks for."""
        return self._unpaid.get((version, number), 0)

    def __len__(self) -> int:
        return len(self._lines)

    @overload
    def __getitem__(self, index: int) -> Derived: ...
    @overload
    def __getitem__(self, index: slice) -> list[Derived]: ...
    def __getitem__(self, index: int | slice) -> Derived | list[Derived]:
        return self._lines[index]
