"""Plans are agreed once, as shown, undone wholly, and followed by what is paid."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from threading import Barrier
from typing import Any

import pytest

from lending.account_file import AccountFile
from lending.accounts import (
    Account,
    AccountStatus,
    EntryKind,
    Payment,
    PaymentStatus,
    Product,
    Schedule,
)
from lending.bookkeeping import place_hold, record_payment, record_posting
from lending.entries import Posting
from lending.holds import HoldKind, open_hold
from lending.ids import AccountId, BorrowerId, PaymentId
from lending.money import Money
from lending.plan_approval import approve, decline, recommend, request, withdraw
from lending.plan_book import accept, keep_offers
from lending.plan_certificate import NotGenuine, Parties, read_certificate
from lending.plan_eligibility import Refusal
from lending.plan_life import PlanEvent, follow_plan, plan_standing
from lending.plan_policy import Allowance, Approval, PlanPolicy
from lending.plan_ports import Now
from lending.plan_quote import PlanOutcome, PlanRequest, quote_plans, quote_relief
from lending.plan_records import (
    KeptOffer,
    OfferDeclined,
    OfferExpired,
    OfferMoved,
    OfferNeedsApproval,
    OfferState,
    Plan,
    PlanRefused,
    PlanState,
    SamePerson,
    TooLateToUndo,
    UnknownOffer,
    WrongState,
)
from lending.plan_undo import undo
from lending.position import position_of
from lending.quote import payoff_on
from lending.reliefs import ReliefKind, Settlement
from lending.schedule import build_schedule
from lending.schedules import rows_in_effect
from lending.terms import CardTerms, LateFee, LoanTerms
from store.db import Database
from store.repositories_plans import SqlPlanBooks
from tests.store.rows import add_borrower

LENT_ON = date(2026, 1, 10)
TODAY = date(2026, 4, 15)
PARTIES = Parties(lender="Northbank", borrower="B-1")
LOAN = LoanTerms(
    principal=Money(120_000, "USD"),
    annual_rate_bp=1_200,
    instalments=12,
    first_due_on=date(2026, 2, 10),
    disbursed_on=LENT_ON,
    grace_days=3,
    late_fee=LateFee(flat=Money(1_500, "USD")),
)
CARD = CardTerms(
    credit_limit=Money(500_000, "USD"),
    annual_rate_bp=1_825,
    statement_day=5,
    due_days=20,
    minimum_rate_bp=500,
    minimum_floor=Money(2_500, "USD"),
    late_fee=LateFee(flat=Money(1_500, "USD")),
)
LOAN_POLICY = PlanPolicy(
    name="test",
    version="1",
    product="instalment_loan",
    reliefs={
        ReliefKind.REDUCED_PAYMENTS: Allowance(months=(3, 6), shares_bp=(2_500, 5_000)),
        ReliefKind.TERM_EXTENSION: Allowance(months=(3, 6, 12)),
        ReliefKind.ARREARS_SPREAD: Allowance(months=(3, 6)),
        ReliefKind.SETTLEMENT: Allowance(
            approval=Approval.STAFF, shares_bp=(7_000,), counts=(1, 2)
        ),
    },
    watch_days=30,
)
CARD_POLICY = replace(
    LOAN_POLICY,
    product="credit_card",
    reliefs={ReliefKind.CARD_INSTALMENTS: Allowance(counts=(6, 12, 24), rates_bp=(900,))},
)


def at(day: date, hour: int = 12) -> Now:
    return Now(today=day, at=datetime.combine(day, time(hour), UTC))


def support(books: SqlPlanBooks, offer_id: str, staff: str) -> KeptOffer:
    return recommend(books, offer_id, staff=staff, role="agent", policy=LOAN_POLICY, now=at(TODAY))


def agree(books: SqlPlanBooks, offer_id: str, staff: str) -> KeptOffer:
    return approve(
        books,
        offer_id,
        staff=staff,
        role="supervisor",
        policy=LOAN_POLICY,
        parties=PARTIES,
        now=at(TODAY),
    )


def policy_for(account: Account) -> PlanPolicy:
    return CARD_POLICY if account.product is Product.CREDIT_CARD else LOAN_POLICY


class House:
    """One account and what is done with it, each in a transaction of its own."""

    def __init__(self, database: Database, account: Account) -> None:
        self.database = database
        self.borrower_id = account.borrower_id
        with database.session() as session:
            books = SqlPlanBooks(session)
            made = books.add_account(account)
            if isinstance(account.terms, LoanTerms):
                first = Schedule(version=1, reason="", instalments=build_schedule(account.terms))
                books.add_schedule(made.id, first, at(LENT_ON).at)
            session.commit()
        self.account_id = made.id

    def file(self, account_id: AccountId | None = None) -> AccountFile:
        with self.database.unit() as uow:
            return uow.accounts.file(account_id or self.account_id)

    def post(self, kind: EntryKind, minor: int, on: date, key: str) -> None:
        posting = Posting(key=key, kind=kind, effective_on=on, amount=Money(minor, "USD"))
        with self.database.session() as session:
            now = at(max(on, TODAY))
            record_posting(
                SqlPlanBooks(session), self.account_id, posting, today=now.today, now=now.at
            )
            session.commit()

    def pay(self, minor: int, on: date, key: str, account_id: AccountId | None = None) -> None:
        payment = Payment(
            id=PaymentId(0),
            amount=Money(minor, "USD"),
            status=PaymentStatus.SETTLED,
            method="transfer",
            initiated_on=on,
            settled_on=on,
        )
        with self.database.session() as session:
            record_payment(
                SqlPlanBooks(session),
                account_id or self.account_id,
                payment,
                external_key=key,
                today=max(on, TODAY),
                now=at(max(on, TODAY)).at,
            )
            session.commit()

    def show(self, day: date = TODAY, **wanted: object) -> tuple[KeptOffer, ...]:
        """Search, and keep what is shown."""
        file = self.file()
        policy = policy_for(file.account)
        answer = quote_plans(file, day, policy, PlanRequest(**wanted))  # type: ignore[arg-type]
        assert answer.outcome is PlanOutcome.OFFERS
        with self.database.session() as session:
            kept = keep_offers(
                SqlPlanBooks(session), file, answer.offers, policy, new_id=new_id, now=at(day)
            )
            session.commit()
        return kept

    def accept(self, offer: KeptOffer, day: date = TODAY, hour: int = 12) -> Plan:
        with self.database.session() as session:
            plan = accept(
                SqlPlanBooks(session),
                offer.id,
                self.borrower_id,
                policies=policy_for,
                parties=PARTIES,
                now=at(day, hour),
            )
            session.commit()
        return plan

    def follow(self, plan: Plan, day: date) -> PlanEvent:
        with self.database.session() as session:
            event = follow_plan(
                SqlPlanBooks(session), plan, policy=LOAN_POLICY, parties=PARTIES, now=at(day)
            )
            session.commit()
        return event

    def undo(self, plan: Plan, day: date) -> Plan:
        with self.database.session() as session:
            ended = undo(SqlPlanBooks(session), plan, policy=LOAN_POLICY, now=at(day))
            session.commit()
        return ended

    def plan(self, plan: Plan) -> Plan:
        with self.database.session() as session:
            found = SqlPlanBooks(session).plan(plan.id)
        assert found is not None
        return found

    def in_books(self, use: Callable[[SqlPlanBooks], Any]) -> Any:
        with self.database.session() as session:
            result = use(SqlPlanBooks(session))
            session.commit()
        return result


def new_id() -> str:
    return uuid.uuid4().hex


def account_of(database: Database, product: Product, terms: LoanTerms | CardTerms) -> Account:
    return Account(
        id=AccountId(0),
        borrower_id=BorrowerId(add_borrower(database)),
        reference="A-1",
        product=product,
        currency="USD",
        status=AccountStatus.ACTIVE,
        opened_on=LENT_ON,
        terms=terms,
    )


@pytest.fixture
def late(database: Database) -> House:
    """A loan whose first instalment was paid, and two were not."""
    house = House(database, account_of(database, Product.INSTALMENT_LOAN, LOAN))
    house.post(EntryKind.DISBURSEMENT, 120_000, LENT_ON, "lent")
    house.pay(10_662, date(2026, 2, 10), "first")
    return house


@pytest.fixture
def card(database: Database) -> House:
    """A card that has not been paid since its first purchase."""
    house = House(database, account_of(database, Product.CREDIT_CARD, CARD))
    house.post(EntryKind.PURCHASE, 150_000, date(2026, 1, 20), "bought")
    return house


def lowest(house: House) -> KeptOffer:
    return house.show(monthly=Money(8_000, "USD"))[0]


class TestAccepting:
    def test_what_is_booked_is_what_was_shown(self, late: House) -> None:
        for kept in late.show(monthly=Money(8_000, "USD"))[:1]:
            plan = late.accept(kept)
            file = late.file()
            rows = [row for _, row in rows_in_effect(file.schedules) if row.due_on > TODAY]
            assert tuple(rows) == kept.offer.rows
            position = position_of(file, TODAY + timedelta(days=1))
            assert not position.is_overdue
            assert position.next_due is not None
            assert position.next_due.amount == kept.offer.rows[0].amount
            left = sum(row.left.minor for row in position.rows if not row.is_paid)
            assert left == kept.offer.cost.minor
            assert plan.state is PlanState.ON_TRACK

    def test_paying_as_agreed_completes_it_and_clears_the_account_to_the_cent(
        self, late: House
    ) -> None:
        plan = late.accept(lowest(late))
        for row in plan.offer.rows:
            late.pay(row.amount.minor, row.due_on, f"plan-{row.number}")
        last = plan.offer.ends_on
        assert late.file().account.status is AccountStatus.SETTLED
        assert payoff_on(late.file(), last) == Money(0, "USD")
        assert late.follow(plan, last) is PlanEvent.COMPLETED
        assert late.plan(plan).state is PlanState.COMPLETED

    def test_a_second_yes_gives_the_same_plan(self, late: House) -> None:
        kept = lowest(late)
        first, second = late.accept(kept), late.accept(kept, hour=13)
        assert first == second
        assert len(late.file().schedules) == 2

    def test_two_channels_at_once_make_one_plan(self, late: House) -> None:
        kept = lowest(late)
        start = Barrier(4)

        def say_yes(_: int) -> Plan:
            start.wait()
            return late.accept(kept)

        with ThreadPoolExecutor(4) as pool:
            plans = list(pool.map(say_yes, range(4)))
        assert len({plan.id for plan in plans}) == 1
        assert len(late.file().schedules) == 2
        plans_kept = late.in_books(lambda books: books.plans_of(late.account_id))
        assert len(plans_kept) == 1

    def test_two_different_offers_make_one_plan(self, late: House) -> None:
        first, second = lowest(late), lowest(late)
        late.accept(first)
        with pytest.raises(PlanRefused, match="plan_in_force"):
            late.accept(second)
        assert len(late.file().schedules) == 2

    def test_after_a_payment_the_figures_moved_and_nothing_is_booked(self, late: House) -> None:
        kept = lowest(late)
        late.pay(5_000, TODAY, "meanwhile")
        before = late.file()
        with pytest.raises(OfferMoved):
            late.accept(kept)
        assert late.file() == before

    def test_an_offer_expires(self, late: House) -> None:
        kept = lowest(late)
        with pytest.raises(OfferExpired):
            late.accept(kept, TODAY + timedelta(days=4))

    def test_an_offer_is_the_borrowers_own(self, late: House, database: Database) -> None:
        kept = lowest(late)
        late.borrower_id = BorrowerId(add_borrower(database, "B-2"))
        with pytest.raises(UnknownOffer):
            late.accept(kept)

    def test_an_unknown_one_is_refused(self, late: House) -> None:
        with pytest.raises(UnknownOffer):
            late.accept(replace(lowest(late), id="0" * 32))

    def test_a_dispute_meanwhile_stops_it(self, late: House) -> None:
        kept = lowest(late)
        hold = open_hold(
            kind=HoldKind.DISPUTE,
            borrower_id=late.borrower_id,
            account_id=late.account_id,
            from_on=TODAY,
            until_on=None,
            owner="borrower",
            reason="not mine",
        )
        late.in_books(lambda books: place_hold(books, hold, today=TODAY, now=at(TODAY).at))
        with pytest.raises(PlanRefused, match="disputed"):
            late.accept(kept)

    def test_no_late_fee_comes_while_the_plan_is_kept(self, late: House) -> None:
        plan = late.accept(lowest(late))
        first = plan.offer.rows[0].due_on
        fees = position_of(late.file(), TODAY).fees_owed
        assert position_of(late.file(), first + timedelta(days=20)).fees_owed == fees


class TestCards:
    def test_the_balance_moves_to_instalments_as_shown(self, card: House) -> None:
        kept = card.show(monthly=Money(20_000, "USD"))[0]
        plan = card.accept(kept)
        assert plan.card_id == card.account_id != plan.account_id
        made = card.file(plan.account_id)
        assert made.account.reference == "A-1-P1"
        assert made.schedules[0].instalments == kept.offer.rows
        assert payoff_on(card.file(), TODAY) == Money(0, "USD")
        for row in kept.offer.rows:
            card.pay(row.amount.minor, row.due_on, f"plan-{row.number}", plan.account_id)
        assert card.file(plan.account_id).account.status is AccountStatus.SETTLED

    def test_no_interest_of_the_running_cycle_follows(self, card: House) -> None:
        card.accept(card.show(monthly=Money(20_000, "USD"))[0])
        later = TODAY + timedelta(days=60)
        assert payoff_on(card.file(), later) == Money(0, "USD")
        assert not position_of(card.file(), later).is_overdue

    def test_undone_everything_is_as_before(self, card: House) -> None:
        before = payoff_on(card.file(), TODAY)
        plan = card.accept(card.show(monthly=Money(20_000, "USD"))[0])
        card.undo(plan, TODAY + timedelta(days=1))
        assert payoff_on(card.file(), TODAY) == before
        assert payoff_on(card.file(plan.account_id), TODAY) == Money(0, "USD")


class TestUndoing:
    def test_before_the_first_payment_all_is_as_it_was(self, late: House) -> None:
        before = position_of(late.file(), TODAY)
        payoff = payoff_on(late.file(), TODAY)
        plan = late.accept(lowest(late))
        ended = late.undo(plan, TODAY + timedelta(days=1))
        assert ended.state is PlanState.CANCELLED
        after = position_of(late.file(), TODAY + timedelta(days=1))
        assert (after.overdue, after.next_due) == (before.overdue, before.next_due)
        assert [row.instalment for row in after.rows] == [row.instalment for row in before.rows]
        assert payoff_on(late.file(), TODAY) == payoff

    def test_not_after_a_payment(self, late: House) -> None:
        plan = late.accept(lowest(late))
        late.pay(1_000, TODAY + timedelta(days=2), "some")
        with pytest.raises(TooLateToUndo):
            late.undo(plan, TODAY + timedelta(days=3))

    def test_not_twice(self, late: House) -> None:
        plan = late.accept(lowest(late))
        late.undo(plan, TODAY)
        with pytest.raises(WrongState):
            late.undo(plan, TODAY)

    def test_after_it_another_waits_for_the_watch_period(self, late: House) -> None:
        plan = late.accept(lowest(late))
        past = [late.undo(plan, TODAY).as_past]
        wanted = PlanRequest(monthly=Money(8_000, "USD"))
        again = quote_plans(late.file(), TODAY, LOAN_POLICY, wanted, past)
        assert again.refusal is Refusal.WATCH_PERIOD
        later = TODAY + timedelta(days=30)
        assert quote_plans(late.file(), later, LOAN_POLICY, wanted, past).refusal is None


class TestApproval:
    def offer(self, house: House) -> KeptOffer:
        file = house.file()
        made = quote_relief(file, TODAY, LOAN_POLICY, (Settlement(7_000, 2),))
        return house.in_books(
            lambda books: keep_offers(
                books, file, [made], LOAN_POLICY, new_id=new_id, now=at(TODAY)
            )
        )[0]

    def test_two_people_agree_and_then_the_borrower(self, late: House) -> None:
        kept = self.offer(late)
        with pytest.raises(OfferNeedsApproval):
            late.accept(kept)
        late.in_books(lambda b: request(b, kept.id, late.borrower_id, now=at(TODAY)))
        late.in_books(lambda b: request(b, kept.id, late.borrower_id, now=at(TODAY)))
        pending = [h for h in late.file().holds if h.kind is HoldKind.PLAN_PENDING]
        assert len(pending) == 1
        late.in_books(lambda b: support(b, kept.id, "mei"))
        with pytest.raises(SamePerson):
            late.in_books(lambda b: agree(b, kept.id, "mei"))
        late.in_books(lambda b: agree(b, kept.id, "tom"))
        plan = late.accept(kept)
        assert payoff_on(late.file(), TODAY) == plan.offer.cost
        assert not any(
            h.kind is HoldKind.PLAN_PENDING and h.covers(TODAY + timedelta(days=1))
            for h in late.file().holds
        )

    def test_a_settlement_that_is_not_paid_gives_nothing_away(self, late: House) -> None:
        owed = payoff_on(late.file(), TODAY)
        kept = self.offer(late)
        for step in (
            lambda b: request(b, kept.id, late.borrower_id, now=at(TODAY)),
            lambda b: support(b, kept.id, "mei"),
            lambda b: agree(b, kept.id, "tom"),
        ):
            late.in_books(step)
        plan = late.accept(kept)
        later = plan.offer.rows[0].due_on + timedelta(days=LOAN_POLICY.missed_grace_days + 1)
        assert late.follow(plan, later) is PlanEvent.FAILED
        assert payoff_on(late.file(), later) >= owed - Money(1_000, "USD")

    def test_declined_and_withdrawn_ones_are_not_accepted(self, late: House) -> None:
        kept = self.offer(late)
        late.in_books(lambda b: request(b, kept.id, late.borrower_id, now=at(TODAY)))
        late.in_books(
            lambda b: decline(
                b,
                kept.id,
                staff="mei",
                role="agent",
                policy=LOAN_POLICY,
                reason="no",
                now=at(TODAY),
            )
        )
        with pytest.raises(OfferDeclined):
            late.accept(kept)
        other = lowest(late)
        late.in_books(lambda b: withdraw(b, other.id, late.borrower_id, now=at(TODAY)))
        with pytest.raises(OfferDeclined):
            late.accept(other)
        with pytest.raises(WrongState):
            late.in_books(lambda b: support(b, other.id, "mei"))


class TestLife:
    def test_one_missed_payment_moves_to_the_end_and_a_second_fails(self, late: House) -> None:
        plan = late.accept(lowest(late))
        first, second = plan.offer.rows[:2]
        grace = timedelta(days=LOAN_POLICY.missed_grace_days)
        assert late.follow(plan, first.due_on + grace) is PlanEvent.NOTHING
        day = first.due_on + grace + timedelta(days=1)
        assert late.follow(plan, day) is PlanEvent.MOVED
        assert late.follow(plan, day) is PlanEvent.NOTHING
        file = late.file()
        assert not position_of(file, day + timedelta(days=1)).is_overdue
        rows = file.schedules[-1].instalments
        assert rows[-1].due_on > plan.offer.ends_on
        assert rows[-1].amount == first.amount
        assert sum(row.amount.minor for row in rows) == plan.offer.cost.minor
        versions = late.in_books(lambda books: books.certificates_of(plan.id))
        assert [one.version for one in versions] == [1, 2]
        day = second.due_on + grace + timedelta(days=1)
        assert late.follow(plan, day) is PlanEvent.FAILED
        failed = late.plan(plan)
        assert (failed.state, failed.ended_on) == (PlanState.FAILED, day)
        assert position_of(late.file(), day).is_overdue

    def test_a_payment_on_its_way_is_not_missed(self, late: House) -> None:
        plan = late.accept(lowest(late))
        first = plan.offer.rows[0]
        pending = Payment(
            id=PaymentId(0),
            amount=first.amount,
            status=PaymentStatus.PENDING,
            method="transfer",
            initiated_on=first.due_on,
        )
        late.in_books(
            lambda books: record_payment(
                books,
                late.account_id,
                pending,
                external_key="on its way",
                today=first.due_on,
                now=at(first.due_on).at,
            )
        )
        day = first.due_on + timedelta(days=LOAN_POLICY.missed_grace_days + 1)
        assert late.follow(plan, day) is PlanEvent.NOTHING

    def test_where_it_stands_is_told_by_the_rows(self, late: House) -> None:
        plan = late.accept(lowest(late))
        first = plan.offer.rows[0]
        late.pay(first.amount.minor, first.due_on, "kept")
        state = plan_standing(plan, late.file(), first.due_on, grace_days=5)
        assert [row.is_paid for row in state.rows][:2] == [True, False]
        assert state.missed == () and not state.is_paid


class TestCertificates:
    def test_it_parses_back_to_the_rows(self, late: House) -> None:
        plan = late.accept(lowest(late))
        kept = late.in_books(lambda books: books.certificates_of(plan.id))[0]
        data, rows = read_certificate(kept.text.encode(), kept.sha256)
        booked = [row for _, row in rows_in_effect(late.file().schedules) if row.due_on > TODAY]
        assert rows == tuple(booked)
        assert data["total_minor"] == plan.offer.cost.minor
        assert json.loads(kept.text)["borrower"] == "B-1"

    def test_one_changed_byte_fails(self, late: House) -> None:
        plan = late.accept(lowest(late))
        kept = late.in_books(lambda books: books.certificates_of(plan.id))[0]
        text = kept.text.encode()
        for place in range(0, len(text), 97):
            changed = text[:place] + bytes([text[place] ^ 1]) + text[place + 1 :]
            with pytest.raises(NotGenuine):
                read_certificate(changed, kept.sha256)
        with pytest.raises(NotGenuine):
            read_certificate(text + b" ", kept.sha256)

    def test_state_of_the_offer_follows(self, late: House) -> None:
        kept = lowest(late)
        late.accept(kept)
        after = late.in_books(lambda books: books.offer(kept.id))
        assert after is not None and after.state is OfferState.ACCEPTED
