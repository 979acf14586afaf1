"""The smallest ledger that drives the rules of a card: postings in, lines out, day by day.

Payments go to penalty, fee, interest, principal; the rest is credit. `uses_credit`: whether credit
pays what is newly owed at once, or waits. A ledger may do either; the charges are the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from lending.accounts import EntryKind
from lending.card_charges import CardCharges
from lending.entries import Derived, Posting, Split
from lending.holds import Hold, HoldKind, Suspended
from lending.ids import BorrowerId
from lending.money import Money
from lending.terms import CardTerms, LateFee

OPENED = date(2026, 1, 1)
_PAID_FIRST = ("penalty", "fee", "interest", "principal")
_CHARGED = {
    EntryKind.INTEREST: "interest",
    EntryKind.FEE: "fee",
    EntryKind.PENALTY: "penalty",
    EntryKind.PURCHASE: "principal",
    EntryKind.DISBURSEMENT: "principal",
}


def card(currency: str = "USD", **changes: Any) -> CardTerms:
    """36.5 % a year is one thousandth a day; closes on the 25th, due 20 days later; 5 %, min 25.00."""
    fields: dict[str, Any] = {
        "credit_limit": Money(500_000, currency),
        "annual_rate_bp": 3650,
        "statement_day": 25,
        "due_days": 20,
        "minimum_rate_bp": 500,
        "minimum_floor": Money(2_500, currency),
        "late_fee": LateFee(flat=Money(1_500, currency)),
    }
    return CardTerms(**{**fields, **changes})


def hold(first: date, until: date | None, *what: Suspended) -> Hold:
    return Hold(
        id=1,
        kind=HoldKind.HARDSHIP_REQUEST,
        borrower_id=BorrowerId(1),
        account_id=None,
        from_on=first,
        until_on=until,
        owner="system",
        reason="test",
        suspends=frozenset(what),
    )


def buy(on: date, minor: int, key: str = "", currency: str = "USD") -> Posting:
    return _posting(EntryKind.PURCHASE, on, minor, key, currency)


def pay(on: date, minor: int, key: str = "", currency: str = "USD") -> Posting:
    return _posting(EntryKind.REPAYMENT, on, minor, key, currency)


def refund(on: date, minor: int, key: str = "", currency: str = "USD") -> Posting:
    return _posting(EntryKind.REFUND, on, minor, key, currency)


def take_back(on: date, target: Posting) -> Posting:
    back = replace(target, key=f"back:{target.key}", kind=EntryKind.REVERSAL, effective_on=on)
    return replace(back, reverses=target.key)


def _posting(kind: EntryKind, on: date, minor: int, key: str, currency: str) -> Posting:
    name = key or f"{kind}:{on}:{minor}"
    return Posting(key=name, kind=kind, effective_on=on, amount=Money(minor, currency))


def walk(
    terms: CardTerms,
    postings: Iterable[Posting],
    through: date,
    *,
    holds: Iterable[Hold] = (),
    opened_on: date = OPENED,
    uses_credit: bool = True,
) -> tuple[Derived, ...]:
    rules = CardCharges(terms=terms, opened_on=opened_on, holds=holds)
    assert rules.at_day_end
    waiting = sorted(postings, key=lambda posting: posting.effective_on)
    lines: list[Derived] = []
    day: date = opened_on - timedelta(days=1)
    while (day := rules.next_day(day)) <= through:
        while waiting and waiting[0].effective_on <= day:
            lines.append(_line(waiting.pop(0), lines, uses_credit))
        for charge in rules.assess(day, tuple(lines)):
            assert charge.effective_on == day and charge.amount.minor > 0
            raised = {_CHARGED[charge.kind]: charge.amount.minor}
            lines.append(_derived(charge, _raise(raised, lines, uses_credit), terms))
    lines += [_line(posting, lines, uses_credit) for posting in waiting]
    assert len({line.key for line in lines}) == len(lines)
    return tuple(lines)


def charges(lines: Sequence[Derived]) -> dict[str, int]:
    """Key to minor units of the charges among the lines."""
    kinds = (EntryKind.INTEREST, EntryKind.FEE, EntryKind.PENALTY)
    sums = {line.key: line.split for line in lines if line.kind in kinds}
    return {key: (split.owed - split.credit).minor for key, split in sums.items()}


def _line(posting: Posting, lines: list[Derived], uses_credit: bool) -> Derived:
    minor = posting.amount.minor
    match posting.kind:
        case EntryKind.PURCHASE | EntryKind.DISBURSEMENT:
            parts = _raise({"principal": minor}, lines, uses_credit)
        case EntryKind.REPAYMENT:
            parts = _lower(minor, lines, _PAID_FIRST)
        case EntryKind.REFUND:
            parts = {"credit": -minor}
        case EntryKind.REVERSAL:
            parts = _reverse(posting, lines, uses_credit)
        case _:
            raise AssertionError(posting.kind)
    return _derived(posting, parts, posting.amount.currency)


def _derived(source: Any, parts: dict[str, int], terms: CardTerms | str) -> Derived:
    currency = terms if isinstance(terms, str) else terms.credit_limit.currency
    names = (*_PAID_FIRST, "credit")
    split = Split(**{name: Money(parts.get(name, 0), currency) for name in names})
    return Derived(
        key=source.key,
        kind=source.kind,
        effective_on=source.effective_on,
        split=split,
        reverses=getattr(source, "reverses", None),
    )


def _sum(lines: Iterable[Derived], name: str) -> int:
    return sum(getattr(line.split, name).minor for line in lines)


def _raise(parts: dict[str, int], lines: list[Derived], uses_credit: bool) -> dict[str, int]:
    (name, minor), *_ = parts.items()
    used = min(minor, _sum(lines, "credit")) if uses_credit else 0
    return {name: minor - used, "credit": -used}


def _lower(minor: int, lines: list[Derived], order: tuple[str, ...]) -> dict[str, int]:
    parts: dict[str, int] = {}
    for name in order:
        parts[name] = -min(minor, _sum(lines, name))
        minor += parts[name]
    return {**parts, "credit": minor}


def _reverse(posting: Posting, lines: list[Derived], uses_credit: bool) -> dict[str, int]:
    target = next(line for line in lines if line.key == posting.reverses)
    if target.kind is EntryKind.PURCHASE:
        return _lower(posting.amount.minor, lines, _PAID_FIRST[::-1])
    parts = {name: -_sum([target], name) for name in (*_PAID_FIRST, "credit")}
    # Credit that was used meanwhile comes back as principal.
    lacking = max(0, -(_sum(lines, "credit") + parts["credit"]))
    return {
        **parts,
        "credit": parts["credit"] + lacking,
        "principal": parts["principal"] + lacking,
    }
