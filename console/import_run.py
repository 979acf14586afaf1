"""Take over a file: look at every line before anything is written, then write in steps that are kept.

A run that dies goes on where it was, and ends as if it had never died (docs/import.md).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby, islice

from console.import_columns import BadLine, key_of, read_record
from console.import_file import Line, SourceFile, read_lines
from lending.errors import TideoverError
from lending.intake import IntakeUnit, Kind, OpenSeen, OpenUnit, Outcome, Record, Verdict

_AT_ONCE = {Kind.PAYMENTS: 200, Kind.SCHEDULES: 500}
_USUALLY_AT_ONCE = 5_000


class FileRefused(TideoverError):
    """Some lines cannot be taken, so none was."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A line, or the lines of one schedule: what it tells, or why it cannot be taken."""

    line: int
    key: str
    record: Record | None
    problem: str = ""


Say = Callable[[int, Outcome, str], None]
"""Told of each record: its line, what it does, and what is wrong with it."""


@dataclass(slots=True, kw_only=True)
class Result:
    counts: Counter[str] = field(default_factory=Counter)
    problems: int = 0
    resumed_at: int = 0


@dataclass(slots=True, kw_only=True)
class Import:
    """One file on its way in."""

    source: SourceFile
    kind: Kind
    unit: OpenUnit
    seen: OpenSeen
    clock: Callable[[], datetime]
    say: Say
    moved: Callable[[str, int], None]
    is_partial: bool = False
    at_once: int | None = None

    def check(self) -> Result:
        """What every record would do; nothing is written."""
        result = Result()
        with self.seen() as seen:
            for batch in self._batches():
                first = seen.add([(told.key, told.line) for told in batch])
                with self.unit() as unit:
                    verdicts = self._judge(unit, batch, first)
                for told, verdict in zip(batch, verdicts, strict=True):
                    self.say(told.line, verdict.outcome, verdict.problem)
                    result.counts[verdict.outcome.value] += 1
                    result.problems += verdict.outcome is Outcome.PROBLEM
                self.moved("checking", batch[-1].line)
        return result

    def run(self) -> Result:
        """Check, then write. Raises FileRefused, OtherImport; a later call goes on after a crash."""
        with self.unit() as unit:
            known = unit.unfinished(self.kind, self.source.sha256, self._options)
        if known is None:
            checked = self.check()
            if checked.problems and not self.is_partial:
                raise FileRefused(
                    f"{checked.problems} of {sum(checked.counts.values())} records cannot be taken,"
                    " so none was.",
                    hint="Correct them, or take the others with --partial.",
                )
            with self.unit() as unit:
                now = self.clock()
                known = unit.begin(
                    self.kind, self.source.sha256, self._options, self.source.lines, now
                )
                unit.commit()
        return self._write(known.records)

    def _write(self, done: int) -> Result:
        result = Result(resumed_at=done)
        with self.seen() as seen:
            at = 0
            for batch in self._batches():
                first = seen.add([(told.key, told.line) for told in batch])
                at += len(batch)
                if at <= done:
                    continue
                with self.unit() as unit:
                    now = self.clock()
                    verdicts = self._judge(unit, batch, first)
                    refused = [v.problem for v in verdicts if v.outcome is Outcome.PROBLEM]
                    if refused and not self.is_partial:
                        raise FileRefused(
                            f"Near line {batch[0].line} something changed since the check: {refused[0]}",
                            hint="What was written stays. Correct it and import the file again.",
                        )
                    kept = [
                        (told.record, verdict)
                        for told, verdict in zip(batch, verdicts, strict=True)
                        if told.record is not None
                        and verdict.outcome in (Outcome.NEW, Outcome.CHANGED)
                    ]
                    unit.write([record for record, _ in kept], [v for _, v in kept], now)
                    result.counts.update(verdict.outcome.value for verdict in verdicts)
                    result.problems += len(refused)
                    progress = unit.begin(
                        self.kind, self.source.sha256, self._options, self.source.lines, now
                    )
                    unit.advance(progress, at, dict(result.counts))
                    unit.commit()
                self.moved("writing", batch[-1].line)
        with self.unit() as unit:
            now = self.clock()
            progress = unit.begin(
                self.kind, self.source.sha256, self._options, self.source.lines, now
            )
            unit.finish(progress, now)
            unit.commit()
        return result

    def _judge(
        self, unit: IntakeUnit, batch: Sequence[Told], first: dict[int, int]
    ) -> list[Verdict]:
        fine = [t for t in batch if t.record is not None and t.line not in first]
        judged = iter(unit.judge([t.record for t in fine if t.record is not None], self.clock()))
        verdicts = []
        for told in batch:
            if told.line in first:
                verdicts.append(Verdict.refused(f"the same key as line {first[told.line]}."))
            elif told.record is None:
                verdicts.append(Verdict.refused(told.problem))
            else:
                verdicts.append(next(judged))
        return verdicts

    def _batches(self) -> Iterator[list[Told]]:
        told = self._told()
        size = self.at_once or _AT_ONCE.get(self.kind, _USUALLY_AT_ONCE)
        while batch := list(islice(told, size)):
            yield batch

    def _told(self) -> Iterator[Told]:
        lines = read_lines(self.source, self.kind)
        if self.kind is not Kind.SCHEDULES:
            for line in lines:
                yield _told_by(self.kind, [line])
            return
        for _, rows in groupby(lines, key=lambda line: line.cells["account"]):
            yield _told_by(self.kind, list(rows))

    @property
    def _options(self) -> str:
        return "partial" if self.is_partial else "whole"


def _told_by(kind: Kind, lines: Sequence[Line]) -> Told:
    line = lines[0]
    key = key_of(kind, line.cells) or f"line:{line.number}"
    bad = next((one for one in lines if one.problem), None)
    if bad is not None:
        return Told(line=line.number, key=key, record=None, problem=bad.problem)
    try:
        record = read_record(kind, [one.cells for one in lines])
    except BadLine as error:
        return Told(line=line.number, key=key, record=None, problem=error.message)
    return Told(line=line.number, key=key, record=record)
