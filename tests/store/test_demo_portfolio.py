"""The demo portfolio: the same every time, in every wanted situation, right to the cent."""

from __future__ import annotations

import re
from collections import Counter
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lending.account_file import AccountFile
from lending.accounts import (
    AccountStatus,
    EntryKind,
    PaymentStatus,
    Product,
)
from lending.dates import local_day
from lending.position import Position, pending_payments, position_of
from store.demo_book import DemoAccount, State
from store.demo_portfolio import DemoBorrower, DemoPortfolio, demo_portfolio
from tests.lending.profiles import NIGHTLY

NOW = datetime(2026, 3, 2, 20, 15, tzinfo=UTC)
CURRENCIES = {"US": "USD", "CN": "CNY", "UK": "GBP", "IN": "INR"}
BUCKETS = ((1, 3), (4, 14), (15, 30), (31, 60), (61, 90), (91, 120))
# Month ends, a leap day, a clock change, and minutes when zones are on different days.
INSTANTS = (
    NOW,
    datetime(2026, 1, 31, 0, 5, tzinfo=UTC),
    datetime(2028, 2, 29, 23, 55, tzinfo=UTC),
    datetime(2026, 3, 29, 1, 0, tzinfo=UTC),
    datetime(2026, 12, 31, 17, 0, tzinfo=UTC),
)


@pytest.fixture(scope="module", params=INSTANTS, ids=lambda instant: instant.isoformat())
def now(request: pytest.FixtureRequest) -> datetime:
    moment: datetime = request.param
    return moment


@pytest.fixture(scope="module")
def portfolio(now: datetime) -> DemoPortfolio:
    return demo_portfolio(now.date(), now)


def each_account(
    portfolio: DemoPortfolio, now: datetime
) -> list[tuple[DemoBorrower, DemoAccount, Position]]:
    return [
        (person, account, position_of(account.file, local_day(now, person.borrower.timezone)))
        for person in portfolio.borrowers
        for account in person.accounts
    ]


def account_of(portfolio: DemoPortfolio, reference: str) -> AccountFile:
    return next(
        account.file
        for person in portfolio.borrowers
        for account in person.accounts
        if account.file.account.reference == reference
    )


class TestPeople:
    def test_there_are_two_hundred_and_they_differ(self, portfolio: DemoPortfolio) -> None:
        people = [person.borrower for person in portfolio.borrowers]
        assert [borrower.id for borrower in people] == list(range(1, 201))
        assert len({borrower.reference for borrower in people}) == 200
        assert len({borrower.full_name for borrower in people}) == 200
        values = [point for person in portfolio.borrowers for point in person.contact_points]
        assert len(set(values)) == len(values) == 400

    def test_places_languages_and_currencies_fit(self, portfolio: DemoPortfolio) -> None:
        people = [person.borrower for person in portfolio.borrowers]
        assert {borrower.language for borrower in people} == {"en", "zh-Hans", "zh-Hant"}
        assert {borrower.timezone for borrower in people} == {
            "America/New_York",
            "America/Chicago",
            "America/Los_Angeles",
            "Europe/London",
            "Asia/Shanghai",
            "Asia/Kolkata",
        }
        assert {borrower.jurisdiction for borrower in people} == set(CURRENCIES)
        for person in portfolio.borrowers:
            assert person.borrower.given_name in person.borrower.full_name
            for account in person.accounts:
                assert account.file.account.currency == CURRENCIES[person.borrower.jurisdiction]

    def test_contact_points_reach_nobody(self, portfolio: DemoPortfolio) -> None:
        fictional = re.compile(
            r"\+1\d{3}55501\d\d|\+447700900\d{3}|\+8610000000\d{3}|\+910000000\d{3}"
        )
        for person in portfolio.borrowers:
            points = dict(person.contact_points)
            assert fictional.fullmatch(points["phone"])
            assert points["email"].endswith("@example.com")

    def test_all_are_adults(self, portfolio: DemoPortfolio, now: datetime) -> None:
        for person in portfolio.borrowers:
            assert person.birth_date < now.date() - timedelta(days=18 * 366)


class TestSituations:
    def test_every_account_is_in_the_situation_that_it_was_made_for(
        self, portfolio: DemoPortfolio, now: datetime
    ) -> None:
        for _, account, position in each_account(portfolio, now):
            reference, situation = account.file.account.reference, account.situation
            is_late = situation.due_in < 0 and situation.state is not State.SETTLED
            assert position.is_overdue == is_late, reference
            assert position.days_past_due == (-situation.due_in if is_late else 0), reference
            next_on = position.next_due.due_on if position.next_due else None
            due_in = None if next_on is None else (next_on - position.as_of).days
            match situation.state:
                case State.ON_TIME | State.DUE_SOON | State.DUE_TODAY:
                    assert due_in == situation.days, reference
                case State.AHEAD:
                    assert due_in is None or due_in > situation.days, reference
                case State.PENDING:
                    assert position.pending, reference
                case State.SETTLED:
                    assert (position.payoff.minor, position.next_due) == (0, None), reference
                case State.LATE:
                    pass

    def test_every_situation_is_there_for_both_products(
        self, portfolio: DemoPortfolio, now: datetime
    ) -> None:
        seen: set[tuple[Product, object]] = set()
        for _, account, position in each_account(portfolio, now):
            product = account.file.account.product
            seen.add((product, account.situation.state))
            for bucket in BUCKETS:
                if bucket[0] <= position.days_past_due <= bucket[1]:
                    seen.add((product, bucket))
        assert seen == {(product, what) for product in Product for what in (*State, *BUCKETS)}

    def test_some_have_two_accounts_and_some_owe_fees(
        self, portfolio: DemoPortfolio, now: datetime
    ) -> None:
        counts = Counter(len(person.accounts) for person in portfolio.borrowers)
        assert counts[2] >= 20
        assert set(counts) == {1, 2}
        accounts = each_account(portfolio, now)
        assert sum(bool(position.fees_owed) for _, _, position in accounts) >= 30
        kinds = {e.kind for _, account, _ in accounts for e in account.file.entries}
        assert kinds == {
            EntryKind.DISBURSEMENT,
            EntryKind.PURCHASE,
            EntryKind.REPAYMENT,
            EntryKind.INTEREST,
            EntryKind.FEE,
            EntryKind.PENALTY,
            EntryKind.REVERSAL,
        }
        statuses = {p.status for _, account, _ in accounts for p in account.file.payments}
        assert statuses == set(PaymentStatus)


class TestPersonas:
    def test_they_come_first_and_say_what_to_try(self, portfolio: DemoPortfolio) -> None:
        references = [persona.reference for persona in portfolio.personas]
        assert references == ["NB-ANN", "NB-WEI", "NB-MEI", "NB-PRIYA", "NB-MARCUS"]
        people = portfolio.borrowers[:5]
        for persona, person in zip(portfolio.personas, people, strict=True):
            assert person.borrower.reference == persona.reference
            assert person.borrower.full_name == persona.full_name
            assert person.birth_date.isoformat() == persona.second_fact
            assert persona.try_this
        assert portfolio.borrowers[0].birth_date == date(1990, 4, 21)
        assert portfolio.borrowers[1].birth_date == date(1988, 9, 3)
        assert [(p.borrower.given_name, p.borrower.language) for p in people[1:3]] == [
            ("伟", "zh-Hans"),
            ("美玲", "zh-Hant"),
        ]

    @pytest.mark.parametrize(
        ("reference", "zone", "late", "due_in"),
        [
            ("PL-ANN", "America/New_York", 3, None),
            ("PL-WEI", "Asia/Shanghai", 0, 2),
            ("CC-MEI", "Europe/London", 0, 5),
            ("CC-PRIYA", "Asia/Kolkata", 20, None),
            ("PL-PRIYA", "Asia/Kolkata", 0, 12),
            ("PL-MARCUS", "America/Los_Angeles", 0, 6),
        ],
    )
    def test_their_accounts_stand_as_told(
        self,
        portfolio: DemoPortfolio,
        now: datetime,
        reference: str,
        zone: str,
        late: int,
        due_in: int | None,
    ) -> None:
        position = position_of(account_of(portfolio, reference), local_day(now, zone))
        assert position.days_past_due == late
        assert position.next_due is not None
        if due_in is not None:
            assert (position.next_due.due_on - position.as_of).days == due_in

    def test_marcus_has_a_payment_on_its_way_for_what_is_due(
        self, portfolio: DemoPortfolio, now: datetime
    ) -> None:
        file = account_of(portfolio, "PL-MARCUS")
        position = position_of(file, local_day(now, "America/Los_Angeles"))
        (payment,) = pending_payments(file)
        assert position.next_due is not None
        assert payment.amount == position.next_due.amount
        assert account_of(portfolio, "PL-MARCUS-OLD").account.status is AccountStatus.SETTLED


def test_the_same_day_gives_the_same_portfolio() -> None:
    assert demo_portfolio(NOW.date(), NOW) == demo_portfolio(NOW.date(), NOW)


def test_people_and_loans_stay_the_same_from_day_to_day() -> None:
    later = NOW + timedelta(days=37)
    first, second = demo_portfolio(NOW.date(), NOW), demo_portfolio(NOW.date(), later)
    for before, after in zip(first.borrowers, second.borrowers, strict=True):
        assert before.borrower == after.borrower
        assert before.birth_date == after.birth_date
        assert len(before.accounts) == len(after.accounts)
        for old, new in zip(before.accounts, after.accounts, strict=True):
            assert old.situation == new.situation
            assert old.file.account.reference == new.file.account.reference


@settings(max_examples=30 if NIGHTLY else 3, deadline=None)  # a portfolio takes a second
@given(
    st.datetimes(min_value=datetime(2025, 1, 1), max_value=datetime(2035, 1, 1)).map(
        lambda moment: moment.replace(tzinfo=UTC)
    )
)
def test_on_any_day_every_account_is_as_late_as_wanted(now: datetime) -> None:
    portfolio = demo_portfolio(now.date(), now)
    for _, account, position in each_account(portfolio, now):
        situation = account.situation
        is_late = situation.due_in < 0 and situation.state is not State.SETTLED
        assert position.days_past_due == (-situation.due_in if is_late else 0)
