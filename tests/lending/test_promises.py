"""What becomes of promises: the table of cases, what can be promised, and what always holds."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lending.accounts import Account, AccountStatus, Payment, PaymentStatus, Product
from lending.errors import (
    CurrencyMismatch,
    InvalidPromise,
    LendingError,
    PromiseAboveOwed,
    PromiseDayOutOfRange,
    PromiseForClosedAccount,
    PromiseOfNothing,
)
from lending.ids import AccountId, BorrowerId, PaymentId, PromiseId
from lending.money import Money, total
from lending.promise_states import PromiseOutcome, PromiseState, promise_states
from lending.promises import Promise, make_promise
from lending.terms import LoanTerms
from tests.lending.profiles import thorough
from tests.lending.promise_lines import Case, cases, dollars, payment, promise

FIRST = date(2026, 10, 1)
TODAY = date(2026, 10, 5)


@pytest.mark.parametrize("case", cases(), ids=lambda case: case.name)
def test_the_table(case: Case) -> None:
    outcomes = promise_states(case.promises, case.payments, case.today, tolerance=case.tolerance)
    told = {key: (o.state.value, o.received, o.pending) for key, o in outcomes.items()}
    assert told == case.becomes


def test_the_table_is_long_enough_and_names_no_case_twice() -> None:
    names = [case.name for case in cases()]
    assert len(names) >= 30
    assert len(set(names)) == len(names)


@pytest.mark.parametrize(
    ("paid", "today", "resolved_on"),
    [
        (["100 sent 10-06"], "10-07", date(2026, 10, 6)),
        (["40 sent 10-06", "60 sent 10-10 settled 10-14"], "10-20", date(2026, 10, 14)),
        (["100 sent 10-10 pending"], "10-20", None),
        (["40 sent 10-06"], "10-12", date(2026, 10, 12)),
        (["40 sent 10-11 settled 10-15"], "10-20", date(2026, 10, 15)),
        ([], "10-12", date(2026, 10, 12)),
        ([], "10-11", None),
    ],
)
def test_the_first_day_on_which_it_is_open_no_more(
    paid: list[str], today: str, resolved_on: date | None
) -> None:
    payments = [payment(number, line) for number, line in enumerate(paid)]
    day = payment(1, f"1 sent {today}").initiated_on
    outcome = promise_states([promise(1, "100 made 10-05 due 10-10")], payments, day)[PromiseId(1)]
    assert outcome.resolved_on == resolved_on


def test_which_payments_kept_it_can_be_told() -> None:
    both = [promise(1, "100 made 10-01 due 10-10"), promise(2, "100 made 10-01 due 10-20")]
    paid = [payment(7, "70 sent 10-05"), payment(8, "70 sent 10-06")]
    outcomes = promise_states(both, paid, date(2026, 10, 25))
    parts = {
        key: [(part.payment_id, part.amount) for part in outcome.portions]
        for key, outcome in outcomes.items()
    }
    assert parts == {1: [(7, dollars("70")), (8, dollars("30"))], 2: [(8, dollars("40"))]}


# What can be promised


def account(**changes: Any) -> Account:
    terms = LoanTerms(
        principal=Money(120_000, "USD"),
        annual_rate_bp=1200,
        instalments=3,
        first_due_on=date(2026, 10, 20),
    )
    fields: dict[str, Any] = {
        "id": AccountId(1),
        "borrower_id": BorrowerId(1),
        "reference": "L-1",
        "product": Product.INSTALMENT_LOAN,
        "currency": "USD",
        "status": AccountStatus.ACTIVE,
        "opened_on": date(2026, 9, 20),
        "terms": terms,
    }
    return Account(**{**fields, **changes})


def make(**changes: Any) -> Promise:
    fields: dict[str, Any] = {
        "promise_id": PromiseId(1),
        "account": account(),
        "amount": dollars("100"),
        "today": TODAY,
        "due_on": TODAY + timedelta(days=5),
        "latest_on": TODAY + timedelta(days=14),
        "owed": dollars("100"),
    }
    return make_promise(**{**fields, **changes})


@pytest.mark.parametrize("days", [0, 5, 14])
def test_a_promise_can_be_made_for_today_up_to_the_last_day_allowed(days: int) -> None:
    made = make(due_on=TODAY + timedelta(days=days))
    assert (made.made_on, made.due_on) == (TODAY, TODAY + timedelta(days=days))
    assert made.last_day == made.due_on + timedelta(days=1)


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"amount": dollars("0")}, PromiseOfNothing),
        ({"amount": dollars("-1")}, PromiseOfNothing),
        ({"amount": dollars("100.01")}, PromiseAboveOwed),
        ({"owed": dollars("0")}, PromiseAboveOwed),
        ({"amount": Money(100, "EUR")}, CurrencyMismatch),
        ({"owed": Money(100, "EUR")}, CurrencyMismatch),
        ({"due_on": TODAY - timedelta(days=1)}, PromiseDayOutOfRange),
        ({"due_on": TODAY + timedelta(days=15)}, PromiseDayOutOfRange),
        ({"grace_days": -1}, InvalidPromise),
        ({"account": account(status=AccountStatus.SETTLED)}, PromiseForClosedAccount),
        ({"account": account(status=AccountStatus.WRITTEN_OFF)}, PromiseForClosedAccount),
    ],
)
def test_what_cannot_be_promised_is_refused_by_name(
    changes: dict[str, Any], error: type[LendingError]
) -> None:
    with pytest.raises(error) as refusal:
        make(**changes)
    assert refusal.value.hint


def test_a_stored_promise_due_before_it_was_made_is_refused() -> None:
    with pytest.raises(PromiseDayOutOfRange):
        promise(1, "100 made 10-05 due 10-04")


ONE = promise(1, "100 made 10-05 due 10-10")
OF_ANOTHER_ACCOUNT = Promise(
    id=PromiseId(2),
    account_id=AccountId(2),
    amount=dollars("1"),
    made_on=TODAY,
    due_on=TODAY,
)
IN_YEN = Payment(
    id=PaymentId(1),
    amount=Money(100, "JPY"),
    status=PaymentStatus.SETTLED,
    method="card",
    initiated_on=TODAY,
)


@pytest.mark.parametrize(
    ("promises", "payments", "tolerance", "error"),
    [
        ([ONE, OF_ANOTHER_ACCOUNT], [], None, InvalidPromise),
        ([ONE, ONE], [], None, InvalidPromise),
        ([ONE], [IN_YEN], None, CurrencyMismatch),
        ([ONE], [payment(1, "0 sent 10-05")], None, InvalidPromise),
        ([ONE], [payment(1, "-5 sent 10-05")], None, InvalidPromise),
        ([ONE], [], dollars("-1"), InvalidPromise),
        ([ONE], [], Money(1, "EUR"), CurrencyMismatch),
    ],
)
def test_facts_that_do_not_belong_together_are_refused_by_name(
    promises: Sequence[Promise],
    payments: Sequence[Payment],
    tolerance: Money | None,
    error: type[LendingError],
) -> None:
    with pytest.raises(error) as refusal:
        promise_states(promises, payments, TODAY, tolerance=tolerance)
    assert refusal.value.hint


# What always holds

days = st.integers(0, 14).map(lambda offset: FIRST + timedelta(days=offset))
cents = st.integers(1, 20).map(lambda minor: Money(minor, "USD"))


@st.composite
def promises_(draw: st.DrawFn) -> list[Promise]:
    return [
        Promise(
            id=PromiseId(number),
            account_id=AccountId(1),
            amount=draw(cents),
            made_on=(made := draw(days)),
            due_on=made + timedelta(days=draw(st.integers(0, 7))),
            grace_days=draw(st.integers(0, 2)),
        )
        for number in range(draw(st.integers(0, 4)))
    ]


@st.composite
def payments_(draw: st.DrawFn, *, at_least: int = 0, at_most: int = 5) -> list[Payment]:
    return [
        Payment(
            id=PaymentId(number),
            amount=draw(cents),
            status=draw(st.sampled_from(PaymentStatus)),
            method="card",
            initiated_on=(sent := draw(days)),
            settled_on=draw(st.none() | st.integers(0, 5).map(lambda n: sent + timedelta(days=n))),
        )
        for number in range(draw(st.integers(at_least, at_most)))
    ]


todays = st.integers(0, 25).map(lambda offset: FIRST + timedelta(days=offset))


@thorough
@given(promises_(), payments_(), todays)
def test_no_money_counts_twice_and_none_is_made_up(
    promises: list[Promise], payments: list[Payment], today: date
) -> None:
    outcomes = promise_states(promises, payments, today)
    usable = {
        p.id: p.amount
        for p in payments
        if p.status is PaymentStatus.SETTLED and (p.settled_on or p.initiated_on) <= today
    }
    for key, amount in _used(outcomes).items():
        assert amount <= usable[key]
    for made in promises:
        outcome = outcomes[made.id]
        assert outcome.received + outcome.left == made.amount
        assert min(outcome.received, outcome.pending, outcome.left) >= Money.zero("USD")
        assert outcome.received + outcome.pending <= made.amount
        assert outcome.received == total((part.amount for part in outcome.portions), "USD")
        sent = {p.id: p.initiated_on for p in payments}
        for part in outcome.portions:
            assert made.made_on <= sent[part.payment_id] <= made.last_day


def _used(outcomes: dict[PromiseId, PromiseOutcome]) -> dict[PaymentId, Money]:
    used: dict[PaymentId, Money] = {}
    for outcome in outcomes.values():
        for part in outcome.portions:
            so_far = used.get(part.payment_id, Money.zero("USD"))
            used[part.payment_id] = so_far + part.amount
    return used


@thorough
@given(promises_(), payments_(), todays)
def test_the_state_follows_from_the_amounts_and_the_day(
    promises: list[Promise], payments: list[Payment], today: date
) -> None:
    for key, outcome in promise_states(promises, payments, today).items():
        made = next(p for p in promises if p.id == key)
        over = today > made.last_day and not outcome.pending
        assert (outcome.state is PromiseState.KEPT) == (not outcome.left)
        assert (outcome.state is PromiseState.OPEN) == (bool(outcome.left) and not over)
        assert (outcome.resolved_on is None) == (outcome.state is PromiseState.OPEN)
        if outcome.state is PromiseState.BROKEN:
            assert not outcome.received
        if outcome.state is PromiseState.PARTIAL:
            assert outcome.received
        if outcome.resolved_on is not None:
            assert outcome.resolved_on <= today


@thorough
@given(promises_(), payments_(at_least=1), todays, st.data())
def test_more_money_never_makes_it_worse(
    promises: list[Promise], payments: list[Payment], today: date, data: st.DataObject
) -> None:
    without = data.draw(st.sampled_from(payments))
    less = promise_states(promises, [p for p in payments if p is not without], today)
    more = promise_states(promises, payments, today)
    for key, before in less.items():
        after = more[key]
        assert after.received >= before.received
        assert after.received + after.pending >= before.received + before.pending
        if before.state is PromiseState.KEPT:
            assert after.state is PromiseState.KEPT
        if before.state is not PromiseState.BROKEN:
            assert after.state is not PromiseState.BROKEN


@thorough
@given(promises_(), payments_(), todays, st.data())
def test_payments_of_a_day_can_come_in_any_order(
    promises: list[Promise], payments: list[Payment], today: date, data: st.DataObject
) -> None:
    """Neither the order they are given in nor that of their ids changes what was received."""
    ids = data.draw(st.permutations([p.id for p in payments]))
    renamed = [
        Payment(
            id=new,
            amount=p.amount,
            status=p.status,
            method=p.method,
            initiated_on=p.initiated_on,
            settled_on=p.settled_on,
        )
        for new, p in zip(ids, payments, strict=True)
    ]
    shuffled = data.draw(st.permutations(renamed))
    mixed = data.draw(st.permutations(promises))
    told = promise_states(promises, payments, today)
    again = promise_states(mixed, shuffled, today)
    assert _summary(told) == _summary(again)


def _summary(outcomes: dict[PromiseId, PromiseOutcome]) -> dict[PromiseId, Any]:
    return {k: (o.state, o.received, o.pending, o.left) for k, o in outcomes.items()}
