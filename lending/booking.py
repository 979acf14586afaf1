"""Book a posting: check it, derive the ledger anew, and say which rows to append.

Rows are never changed. Where the ledger derived anew differs from the rows in force, the old row
is cancelled (a reversal of the same effective date) and the new line booked as `{key}#2`, `#3`, ...
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date, datetime

from lending.accounts import EntryKind, LedgerEntry
from lending.entries import Derived, Posting, Split
from lending.errors import KeyReused, LendingError
from lending.ids import LedgerEntryId
from lending.ledger import walked
from lending.ledger_types import LedgerFile, NewEntry
from lending.posting_checks import check_posting, check_result
from lending.walk import Walk


def book(
    file: LedgerFile, posting: Posting, *, today: date, booked_at: datetime
) -> tuple[NewEntry, ...]:
    """The rows to append for a posting, and for charges that fell due by `today` (local day).

    () if the very same posting is in the file already: then nothing is to be stored either.
    Otherwise store the posting with the rows. Raises KeyReused, and the errors of
    `posting_checks` for a posting that cannot be booked; then nothing is to be stored.
    """
    _check_instant(booked_at)
    for known in file.postings:
        if known.key == posting.key:
            if replace(known, note=posting.note) != posting:
                raise KeyReused(
                    "This key was given before with another content.",
                    hint="Give each posting a key of its own; repeat one only unchanged.",
                )
            return ()
    check_posting(file, posting, today)
    file = replace(file, postings=(*file.postings, posting))
    walk = _walk(file, today)
    check_result(posting, walk)
    return _rows(file, walk, booked_at)


def catch_up(file: LedgerFile, *, through: date, booked_at: datetime) -> tuple[NewEntry, ...]:
    """The rows to append so that the books equal the ledger derived through the day.

    Charges that have fallen due are booked, charges no longer warranted (a hold was entered later,
    the terms' schedule changed) are cancelled. What is booked beyond the day stays in view.
    """
    _check_instant(booked_at)
    return _rows(file, _walk(file, through), booked_at)


def active_entries(entries: Iterable[LedgerEntry]) -> dict[str, LedgerEntry]:
    """The rows in force by origin: neither cancelled nor a cancellation."""
    by_id = {entry.id: entry for entry in entries}
    cancels = {e.id: e.reverses for e in by_id.values() if is_cancellation(e, by_id)}
    gone = set(cancels) | set(cancels.values())
    return {origin_of(entry): entry for entry in by_id.values() if entry.id not in gone}


def is_cancellation(entry: LedgerEntry, by_id: Mapping[LedgerEntryId, LedgerEntry]) -> bool:
    """Whether the row takes another out of force because the ledger was derived anew."""
    target = by_id.get(entry.reverses) if entry.reverses is not None else None
    return target is not None and origin_of(target) == origin_of(entry)


def origin_of(entry: LedgerEntry) -> str:
    """The key of the posting or charge that the row books."""
    return entry.origin or entry.idempotency_key


def _walk(file: LedgerFile, through: date) -> Walk:
    days = (through, *(entry.effective_on for entry in file.entries))
    return walked(
        file.account,
        rules=file.rules,
        postings=file.postings,
        through=max(days),
        schedules=file.schedules,
    )


def _rows(file: LedgerFile, walk: Walk, booked_at: datetime) -> tuple[NewEntry, ...]:
    # What was known at an earlier instant never changes, whatever a clock says now.
    booked_at = max([booked_at, *(entry.booked_at for entry in file.entries)])
    active = active_entries(file.entries)
    by_id = {entry.id: entry for entry in file.entries}
    times = Counter(origin_of(e) for e in file.entries if not is_cancellation(e, by_id))
    told = {posting.key for posting in file.postings}
    nothing = Split.zero(file.account.currency)
    lines = [line for line in walk.lines if line.key in told or line.split != nothing]
    row_keys: dict[str, str] = {}
    kept: set[str] = set()
    new: list[NewEntry] = []
    for line in lines:
        entry = active.get(line.key)
        reverses = row_keys.get(line.reverses or "") if _is_reversal(line) else None
        if entry is not None and _same(entry, line, reverses, by_id):
            row_keys[line.key] = entry.idempotency_key
            kept.add(line.key)
            continue
        times[line.key] += 1
        row_keys[line.key] = _numbered(line.key, times[line.key])
        new.append(_row(line, row_keys[line.key], reverses, booked_at))
    gone = [_cancel(entry, booked_at) for key, entry in active.items() if key not in kept]
    return (*gone, *new)


def _is_reversal(line: Derived) -> bool:
    return line.kind is EntryKind.REVERSAL


def _same(
    entry: LedgerEntry,
    line: Derived,
    reverses: str | None,
    by_id: Mapping[LedgerEntryId, LedgerEntry],
) -> bool:
    target = by_id[entry.reverses].idempotency_key if entry.reverses is not None else None
    return (
        entry.kind is line.kind
        and entry.effective_on == line.effective_on
        and entry.payment_id == line.payment_id
        and target == reverses
        and split_of(entry) == line.split
    )


def split_of(entry: LedgerEntry) -> Split:
    """A row's amounts by component."""
    return Split(
        principal=entry.principal,
        interest=entry.interest,
        fee=entry.fee,
        penalty=entry.penalty,
        credit=entry.credit,
    )


def _numbered(key: str, time: int) -> str:
    return key if time == 1 else f"{key}#{time}"


def _row(line: Derived, key: str, reverses: str | None, booked_at: datetime) -> NewEntry:
    return NewEntry(
        kind=line.kind,
        effective_on=line.effective_on,
        booked_at=booked_at,
        idempotency_key=key,
        origin=line.key,
        split=line.split,
        reverses=reverses,
        payment_id=line.payment_id,
    )


def _cancel(entry: LedgerEntry, booked_at: datetime) -> NewEntry:
    return NewEntry(
        kind=EntryKind.REVERSAL,
        effective_on=entry.effective_on,
        booked_at=booked_at,
        idempotency_key=f"cancel:{entry.idempotency_key}",
        origin=origin_of(entry),
        split=-split_of(entry),
        reverses=entry.idempotency_key,
        payment_id=entry.payment_id,
    )


def _check_instant(booked_at: datetime) -> None:
    if booked_at.tzinfo is None:
        raise LendingError("A booking time needs a time zone.", hint="Pass an aware UTC time.")
