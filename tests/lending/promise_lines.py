"""Reads the lines of promise_cases.yml: "100 made 10-05 due 10-10", "40 sent 10-06 pending"."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import yaml

from lending.accounts import Payment, PaymentStatus
from lending.ids import AccountId, PaymentId, PromiseId
from lending.money import Money
from lending.promises import Promise

CASES = Path(__file__).with_name("promise_cases.yml")


@dataclass(frozen=True)
class Case:
    name: str
    promises: list[Promise]
    payments: list[Payment]
    today: date
    tolerance: Money | None
    becomes: dict[int, tuple[str, Money, Money]]


def cases() -> list[Case]:
    return [_case(row) for row in yaml.safe_load(CASES.read_text("utf-8"))]


def dollars(amount: str) -> Money:
    return Money.from_decimal(Decimal(amount), "USD")


def promise(number: int, line: str) -> Promise:
    words = line.split()
    fields = dict(zip(words[1::2], words[2::2], strict=True))
    return Promise(
        id=PromiseId(number),
        account_id=AccountId(1),
        amount=dollars(words[0]),
        made_on=_day(fields["made"]),
        due_on=_day(fields["due"]),
        grace_days=int(fields.get("grace", "1")),
    )


def payment(number: int, line: str) -> Payment:
    amount, _, sent, *status = line.split()
    settled_on = None
    if not status or status[0] == "settled":
        settled_on = _day(status[1] if status else sent)
    return Payment(
        id=PaymentId(number),
        amount=dollars(amount),
        status=PaymentStatus(status[0] if status else "settled"),
        method="bank_transfer",
        initiated_on=_day(sent),
        settled_on=settled_on,
    )


def _case(row: dict[str, Any]) -> Case:
    return Case(
        name=row["case"],
        promises=[promise(number, line) for number, line in row["promised"].items()],
        payments=[payment(number, line) for number, line in enumerate(row["paid"], 1)],
        today=_day(row["today"]),
        tolerance=dollars(row["tolerance"]) if "tolerance" in row else None,
        becomes={number: _outcome(line) for number, line in row["becomes"].items()},
    )


def _outcome(line: str) -> tuple[str, Money, Money]:
    state, *rest = line.split()
    received = rest[0] if rest else "0"
    pending = rest[2] if len(rest) > 2 else "0"
    return state, dollars(received), dollars(pending)


def _day(text: str) -> date:
    month, day = text.split("-")
    return date(2026, int(month), int(day))
