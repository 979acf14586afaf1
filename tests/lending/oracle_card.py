"""A card recomputed literally, day by day, with `decimal`; written apart from the code under test.

It keeps one table of rows and, for every day of a cycle, adds up the rows that count on that day.
Slow on purpose: nothing is carried from one day to the next but the rows themselves.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import ROUND_HALF_EVEN, Decimal, localcontext

ONE_DAY = timedelta(days=1)
ZERO = Decimal(0)


@dataclass
class Row:
    """`what` is buy, pay, back, fee or interest. Amounts in minor units, positive raises debt."""

    day: date
    what: str
    name: str
    of: str = ""
    principal: Decimal = ZERO
    charges: Decimal = ZERO
    credit: Decimal = ZERO

    @property
    def whole(self) -> Decimal:
        return self.principal + self.charges - self.credit


@dataclass
class Event:
    """`what` is buy, pay or back (which undoes the event named `of`)."""

    day: date
    what: str
    name: str
    minor: int
    of: str = ""


@dataclass
class OracleCard:
    opened: date
    rate_bp: int
    statement_day: int
    due_days: int
    grace_days: int
    minimum_bp: int
    floor: int
    adds_charges: bool
    fee: int
    no_fee_days: frozenset[date] = frozenset()
    no_interest_days: frozenset[date] = frozenset()
    rows: list[Row] = field(default_factory=list)
    closings: list[date] = field(default_factory=list)
    minimums: dict[date, Decimal] = field(default_factory=dict)
    balances: dict[date, Decimal] = field(default_factory=dict)

    def run(self, events: list[Event], last: date) -> None:
        today = self.opened
        while today <= last:
            for event in events:
                if event.day == today:
                    self._happen(event)
            for closing in list(self.closings):
                if today == closing + timedelta(days=self.due_days + self.grace_days + 1):
                    self._fine(today, closing)
            if self._closes(today):
                self._charge_interest(today)
                self._write_statement(today)
            today += ONE_DAY

    # What happens.

    def _happen(self, event: Event) -> None:
        amount = Decimal(event.minor)
        row = Row(event.day, event.what, event.name, event.of)
        if event.what == "buy":
            row.credit = -min(self._all("credit"), amount)
            row.principal = amount + row.credit
        elif event.what == "pay":
            row.charges = -min(self._all("charges"), amount)
            row.principal = -min(self._all("principal"), amount + row.charges)
            row.credit = amount + row.charges + row.principal
        else:
            self._undo(row, amount)
        self.rows.append(row)

    def _undo(self, row: Row, amount: Decimal) -> None:
        undone = next(old for old in self.rows if old.name == row.of)
        if undone.what == "buy":
            row.principal = -min(self._all("principal"), amount)
            row.charges = -min(self._all("charges"), amount + row.principal)
            row.credit = amount + row.principal + row.charges
        else:
            row.charges = -undone.charges
            row.credit = -min(undone.credit, self._all("credit"))
            row.principal = amount - row.charges + row.credit

    def _all(self, column: str) -> Decimal:
        return sum((getattr(row, column) for row in self.rows), ZERO)

    # What the terms bring about.

    def _fine(self, today: date, closing: date) -> None:
        paid = self._paid_for(closing, today - ONE_DAY, seen_on=today)
        if self.fee and paid < self.minimums[closing] and today not in self.no_fee_days:
            self._owe(today, "fee", f"late-fee:{closing}", Decimal(self.fee))

    def _charge_interest(self, today: date) -> None:
        first = self.closings[-1] + ONE_DAY if self.closings else self.opened
        balances = ZERO
        day = first
        while day <= today:
            if day not in self.no_interest_days:
                balances += self._bearing(day, first, today)
            day += ONE_DAY
        with localcontext() as context:
            context.prec = 60
            exact = balances * self.rate_bp / (365 * 10_000)
            amount = exact.quantize(Decimal(1), ROUND_HALF_EVEN)
        if amount:
            self._owe(today, "interest", f"interest:{today}", amount)

    def _owe(self, today: date, what: str, name: str, amount: Decimal) -> None:
        used = min(self._all("credit"), amount)
        self.rows.append(Row(today, what, name, "", ZERO, amount - used, -used))

    def _write_statement(self, today: date) -> None:
        balance = sum((row.whole for row in self.rows), ZERO)
        first = self.closings[-1] + ONE_DAY if self.closings else self.opened
        asked = max(balance * self.minimum_bp / 10_000, Decimal(self.floor))
        if self.closings:
            before = self.closings[-1]
            asked += max(ZERO, self.minimums[before] - self._paid_for(before, today, seen_on=today))
        if self.adds_charges:
            rows = [row for row in self.rows if row.what in ("fee", "interest")]
            new = sum((row.charges for row in rows if row.day >= first), ZERO)
            asked += max(ZERO, min(new, self._all("charges")))
        asked = min(asked.quantize(Decimal(1), ROUND_HALF_EVEN), balance)
        self.minimums[today] = asked if balance > 0 else ZERO
        self.balances[today] = balance
        self.closings.append(today)

    # What bears interest on one day.

    def _bearing(self, day: date, first: date, closing: date) -> Decimal:
        if not self.closings:
            return ZERO
        statement = self.closings[-1]
        grace = self._in_full(statement, closing, seen_on=closing)
        earlier = self.closings[-2] if len(self.closings) > 1 else None
        grace_before = earlier is None or self._in_full(earlier, statement, seen_on=closing)
        if grace and grace_before:
            return ZERO
        balance = ZERO
        for row in self.rows:
            if grace and self._is_new_buying(row, first):
                continue
            counts_from = row.day
            if grace_before and self._counts(row, statement, closing):
                in_time = min(self._in_time(statement), closing)
                counts_from = first if row.day <= in_time else row.day
            if counts_from <= day:
                balance += row.principal - row.credit
        if grace:
            left = self._asked_for(statement, closing) - self._paid_for(statement, day, closing)
            balance = min(balance, left)
        return max(balance, ZERO)

    def _is_new_buying(self, row: Row, first: date) -> bool:
        bought = [old.name for old in self.rows if old.what == "buy" and old.day >= first]
        return row.name in bought or row.of in bought

    # Payments towards a statement.

    def _in_full(self, statement: date, next_closing: date, seen_on: date) -> bool:
        last = min(self._in_time(statement), next_closing)
        return self._paid_for(statement, last, seen_on) >= self._asked_for(statement, seen_on)

    def _in_time(self, statement: date) -> date:
        return statement + timedelta(days=self.due_days + self.grace_days)

    def _asked_for(self, statement: date, seen_on: date) -> Decimal:
        """The statement's balance plus the payments in it that were taken back since."""
        balance = self.balances[statement]
        for back in self.rows:
            if back.what == "back" and statement < back.day <= seen_on:
                undone = next(row for row in self.rows if row.name == back.of)
                if undone.what == "pay" and undone.day <= statement:
                    balance -= undone.whole
        return balance

    def _paid_for(self, statement: date, until: date, seen_on: date) -> Decimal:
        counting = (row for row in self.rows if self._counts(row, statement, seen_on))
        return -sum((row.whole for row in counting if row.day <= until), ZERO)

    def _counts(self, row: Row, statement: date, seen_on: date) -> bool:
        if row.day <= statement or row.day > seen_on:
            return False
        if row.what == "pay":
            return not any(back.of == row.name and back.day <= seen_on for back in self.rows)
        if row.what == "back":
            undone = next(old for old in self.rows if old.name == row.of)
            return undone.what == "buy" and undone.day <= statement
        return False

    def _closes(self, today: date) -> bool:
        tomorrow = today + ONE_DAY
        is_last = tomorrow.month != today.month
        return today.day == self.statement_day or (is_last and today.day < self.statement_day)
