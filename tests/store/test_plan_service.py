"""The office of plans on both databases: what the borrower, the staff and time do to an offer."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from threading import Barrier
from typing import Any
from uuid import uuid4

import pytest

from bot.certificate_pdf import NoCertificate, certificate_pdf, names_of
from console.plan_answers import offer_part
from console.plan_json import QuoteForm
from lending.accounts import Account, AccountStatus, Borrower, EntryKind, Product, Schedule
from lending.affordability import Budget, BudgetMakesNoSense
from lending.bookkeeping import place_hold, record_posting
from lending.entries import Posting
from lending.errors import TideoverError
from lending.holds import HoldKind, open_hold
from lending.ids import AccountId, BorrowerId
from lending.money import Money
from lending.plan_build import ReliefNotPossible
from lending.plan_certificate import read_certificate
from lending.plan_life import PlanEvent
from lending.plan_policy import Approval, Treatment
from lending.plan_ports import Now
from lending.plan_quote import PlanOutcome, PlanRequest
from lending.plan_records import (
    KeptOffer,
    MayNotAgree,
    NoticeKind,
    OfferMoved,
    OfferNeedsApproval,
    Plan,
    PlanRefused,
    PlanState,
    SamePerson,
    TooLateToUndo,
    UnknownOffer,
    WrongState,
)
from lending.plan_service import PlanOffice, kept_from_json, kept_to_json
from lending.position import position_of
from lending.quote import payoff_on
from lending.reliefs import Deferral, DueDateChange, FeeWaiver, Relief, TermExtension
from lending.schedule import build_schedule
from lending.schedules import rows_in_effect
from lending.terms import LoanTerms
from scheduler.plan_review import review_plans
from store.db import Database
from store.plan_policy_file import PolicyShelf
from store.repositories_plans import SqlPlanBooks
from tests.lending.plan_accounts import account
from tests.lending.profiles import NIGHTLY
from tests.store.rows import add_borrower

TODAY = date(2026, 4, 15)
SHELF = PolicyShelf()
OFFICE = PlanOffice(lender="Northbank", policy_for=SHELF.policy, new_id=lambda: uuid4().hex)
LOAN: dict[str, Any] = {
    "terms": {
        "product": "instalment_loan",
        "currency": "USD",
        "principal_minor": 120_000,
        "annual_rate_bp": 1_200,
        "instalments": 12,
        "first_due_on": "2026-02-10",
        "disbursed_on": "2026-01-10",
        "grace_days": 3,
        "late_fee": {"flat_minor": 1_500},
    },
    "opened_on": "2026-01-10",
    "through": TODAY.isoformat(),
    "postings": [
        {
            "key": "lent",
            "kind": "disbursement",
            "effective_on": "2026-01-10",
            "amount_minor": 120_000,
        },
        {"key": "one", "kind": "repayment", "effective_on": "2026-02-10", "amount_minor": 10_662},
    ],
}
UP_TO_DATE = LOAN["postings"] + [
    {"key": "two", "kind": "repayment", "effective_on": "2026-03-10", "amount_minor": 10_662},
    {"key": "three", "kind": "repayment", "effective_on": "2026-04-10", "amount_minor": 10_662},
]
WISH = PlanRequest(monthly=Money(8_000, "USD"))


def at(day: date, hour: int = 12) -> Now:
    return Now(today=day, at=datetime.combine(day, time(hour), UTC))


class Desk:
    """One borrower with one account, and everything that is done with its plans."""

    def __init__(self, database: Database, doc: dict[str, Any], reference: str = "B-1") -> None:
        self.database = database
        self.borrower_id = BorrowerId(
            add_borrower(database, reference, jurisdiction="US", timezone="UTC")
        )
        form = QuoteForm.model_validate(doc)
        self.today = form.through
        terms = form.terms.to_terms()
        with database.session() as session:
            books = SqlPlanBooks(session)
            made = books.add_account(
                Account(
                    id=AccountId(0),
                    borrower_id=self.borrower_id,
                    reference=f"{reference}-A",
                    product=Product(form.terms.product),
                    currency=form.terms.currency,
                    status=AccountStatus.ACTIVE,
                    opened_on=form.opened_on,
                    terms=terms,
                )
            )
            if isinstance(terms, LoanTerms):
                first = Schedule(version=1, reason="signed", instalments=build_schedule(terms))
                books.add_schedule(made.id, first, at(form.opened_on).at)
            for posting in form.postings:
                told = posting.to_posting(form.terms.currency)
                told = replace(told, key=f"{reference}:{told.key}")
                now = at(form.through)
                record_posting(books, made.id, told, today=now.today, now=now.at)
            session.commit()
        self.account_id = made.id

    @property
    def borrower(self) -> Borrower:
        with self.database.unit() as uow:
            return uow.borrowers.get(self.borrower_id)

    def do(self, what: Callable[[Any, Borrower], Any]) -> Any:
        """In a transaction of its own, kept if nothing is raised."""
        borrower = self.borrower
        with self.database.unit() as uow:
            done = what(uow, borrower)
            uow.commit()
        return done

    def file(self) -> Any:
        return self.do(lambda uow, _: uow.accounts.file(self.account_id))

    def show(self, wish: PlanRequest = WISH, day: date | None = None) -> tuple[KeptOffer, ...]:
        def work(uow: Any, borrower: Borrower) -> tuple[KeptOffer, ...]:
            file = uow.accounts.file(self.account_id)
            quoted = OFFICE.quote(uow.plans, file, borrower, wish, now=at(day or self.today))
            OFFICE.keep(uow.plans, quoted.kept)
            return quoted.kept

        return self.do(work)  # type: ignore[no-any-return]

    def named(self, *reliefs: Relief) -> KeptOffer:
        def work(uow: Any, borrower: Borrower) -> KeptOffer:
            file = uow.accounts.file(self.account_id)
            kept = OFFICE.quote_relief(uow.plans, file, borrower, reliefs, now=at(self.today))
            OFFICE.keep(uow.plans, (kept,))
            return kept

        return self.do(work)  # type: ignore[no-any-return]

    def accept(self, kept: KeptOffer, day: date | None = None) -> Plan:
        now = at(day or self.today)
        return self.do(lambda uow, b: OFFICE.accept(uow.plans, kept.id, b, now=now))  # type: ignore[no-any-return]

    def staff(self, what: str, kept: KeptOffer, login: str, role: str, **more: Any) -> KeptOffer:
        return self.do(  # type: ignore[no-any-return]
            lambda uow, b: getattr(OFFICE, what)(
                uow.plans, kept.id, b, staff=login, role=role, now=at(self.today), **more
            )
        )

    def certificates(self, plan: Plan) -> Any:
        return self.do(lambda uow, _: uow.plans.certificates_of(plan.id))

    def notices(self) -> list[NoticeKind]:
        return self.do(lambda uow, _: [n.kind for n in uow.plans.pending_notices(50)])  # type: ignore[no-any-return]

    def plans(self) -> Any:
        return self.do(lambda uow, _: uow.plans.plans_of(self.account_id))


@pytest.fixture
def small(sqlite_database_url: str) -> Iterator[Database]:
    """SQLite only, where the database makes no difference."""
    opened = Database(sqlite_database_url)
    yield opened
    opened.close()


@pytest.fixture
def late(small: Database) -> Desk:
    return Desk(small, LOAN)


@pytest.fixture
def shared(database: Database) -> Desk:
    """The same on both databases."""
    return Desk(database, LOAN)


@pytest.fixture
def quiet(small: Database) -> Desk:
    return Desk(small, LOAN | {"postings": UP_TO_DATE})


def rows_ahead(desk: Desk, account_id: AccountId | None = None) -> tuple[Any, ...]:
    file = desk.do(lambda uow, _: uow.accounts.file(account_id or desk.account_id))
    return tuple(row for _, row in rows_in_effect(file.schedules) if row.due_on > desk.today)


class TestShownIsBooked:
    @pytest.mark.parametrize("batch", range(2))
    def test_for_invented_accounts(self, small: Database, batch: int) -> None:
        """Searched with the accounts' own policies; every first offer is taken and read back."""
        booked, accounts = 0, 1_000 if NIGHTLY else 10
        for number in range(batch * accounts, (batch + 1) * accounts):
            doc = account(number)
            desk = Desk(small, doc, f"B-{number}")
            office = office_of(doc)
            form = QuoteForm.model_validate(doc)

            def work(
                uow: Any,
                borrower: Borrower,
                desk: Desk = desk,
                form: Any = form,
                office: PlanOffice = office,
            ) -> Any:
                file = uow.accounts.file(desk.account_id)
                now = at(desk.today)
                quoted = office.quote(uow.plans, file, borrower, form.to_request(), now=now)
                office.keep(uow.plans, quoted.kept)
                return [k for k in quoted.kept if k.offer.approval is Approval.SELF][:1]

            for kept in desk.do(work):
                plan = desk.do(
                    lambda uow, b, kept=kept, desk=desk, office=office: office.accept(
                        uow.plans, kept.id, b, now=at(desk.today)
                    )
                )
                assert rows_ahead(desk, plan.account_id) == kept.offer.rows
                owed = desk.do(lambda uow, _, plan=plan: uow.accounts.file(plan.account_id))
                principal = sum(row.principal.minor for row in kept.offer.rows)
                if plan.card_id is not None:
                    card = position_of(desk.file(), desk.today + timedelta(days=1))
                    assert (card.payoff.minor, card.credit.minor) == (0, 0)
                assert payoff_on(owed, desk.today).minor >= principal
                (certificate,) = desk.certificates(plan)
                _, rows = read_certificate(certificate.text.encode(), certificate.sha256)
                assert rows == kept.offer.rows
                booked += 1
        assert booked * 5 >= accounts

    def test_what_goes_through_an_effect_is_the_same(self, late: Desk) -> None:
        kept = late.show()[0]
        assert kept_from_json(json.loads(json.dumps(kept_to_json(kept)))) == kept


def office_of(doc: dict[str, Any]) -> PlanOffice:
    from store.plan_policy_file import read_policy

    product = doc["terms"]["product"]
    policy = read_policy(doc["policy"], "FILE", "1", product)
    return replace(OFFICE, policy_for=lambda _, __: policy)


class TestOnePlanOrNone:
    def race(self, desk: Desk, offers: list[KeptOffer]) -> list[Any]:
        start = Barrier(len(offers))

        def say_yes(kept: KeptOffer) -> Any:
            start.wait()
            try:
                return desk.accept(kept)
            except TideoverError as error:
                return error

        with ThreadPoolExecutor(len(offers)) as pool:
            return list(pool.map(say_yes, offers))

    def test_eight_yeses_to_one_offer(self, shared: Desk) -> None:
        kept = shared.show()[0]
        found = self.race(shared, [kept] * 8)
        assert {plan.id for plan in found} == {kept.id}
        assert len(shared.plans()) == 1 and len(shared.file().schedules) == 2

    def test_eight_yeses_to_different_offers(self, shared: Desk) -> None:
        offers = [shared.show()[0] for _ in range(8)]
        found = self.race(shared, offers)
        made = [plan for plan in found if isinstance(plan, Plan)]
        assert len(made) == 1 == len(shared.plans())
        assert all(isinstance(other, Plan | PlanRefused) for other in found)
        assert len(shared.file().schedules) == 2

    def test_a_yes_for_another_account_or_person_is_none(self, late: Desk) -> None:
        other = Desk(late.database, LOAN, "B-2")
        kept = late.show()[0]
        with pytest.raises(UnknownOffer):
            other.accept(kept)
        assert late.plans() == other.plans() == ()

    @pytest.mark.parametrize("status", [AccountStatus.SETTLED, AccountStatus.WRITTEN_OFF])
    def test_a_closed_account_gets_none(self, late: Desk, status: AccountStatus) -> None:
        kept = late.show()[0]
        late.do(lambda uow, _: uow.plans.save_status(late.account_id, status))
        with pytest.raises(PlanRefused, match="closed"):
            late.accept(kept)
        assert late.plans() == ()

    def test_a_disputed_account_gets_none(self, late: Desk) -> None:
        kept = late.show()[0]
        hold = open_hold(
            kind=HoldKind.DISPUTE,
            borrower_id=late.borrower_id,
            account_id=None,
            from_on=TODAY,
            until_on=None,
            owner="borrower",
            reason="not mine",
        )
        late.do(lambda uow, _: place_hold(uow.plans, hold, today=TODAY, now=at(TODAY).at))
        with pytest.raises(PlanRefused, match="disputed"):
            late.accept(kept)
        with pytest.raises(PlanRefused, match="disputed"):
            late.named(TermExtension(3))


class TestTheSameForEveryone:
    def test_name_language_and_place_change_no_offer(self, small: Database) -> None:
        people = {
            "B-1": {"full_name": "Ann Miller", "given_name": "Ann", "language": "en"},
            "B-2": {"full_name": "王小明", "given_name": "小明", "language": "zh-Hans"},
            "B-3": {"full_name": "José Ángel", "given_name": "José", "language": "zh-Hant"},
        }
        told = []
        for reference, person in people.items():
            desk = Desk(small, LOAN, reference)

            def work(uow: Any, borrower: Borrower, desk: Desk = desk, person: Any = person) -> Any:
                file = uow.accounts.file(desk.account_id)
                who = replace(borrower, **person, country="XX")
                quoted = OFFICE.quote(uow.plans, file, who, WISH, now=at(TODAY))
                return [offer_part(kept.offer) for kept in quoted.kept]

            told.append(desk.do(work))
        assert told[0] and told[0] == told[1] == told[2]


class TestWithinThePolicy:
    def test_a_short_deferral_is_the_borrowers_own(self, quiet: Desk) -> None:
        kept = quiet.named(Deferral(10))
        assert kept.offer.approval is Approval.SELF
        plan = quiet.accept(kept)
        assert rows_ahead(quiet)[0].due_on == date(2026, 5, 20)
        assert plan.offer.reliefs == (Deferral(10),)

    @pytest.mark.parametrize(
        "relief", [Deferral(28), DueDateChange(9), TermExtension(7), FeeWaiver(5000)]
    )
    def test_what_is_beyond_it_needs_staff(self, quiet: Desk, relief: Relief) -> None:
        kept = quiet.named(relief)
        assert kept.offer.approval is Approval.STAFF
        with pytest.raises(OfferNeedsApproval):
            quiet.accept(kept)

    @pytest.mark.parametrize(
        "reliefs",
        [
            (),
            (Deferral(5), TermExtension(3)),
            (TermExtension(3), TermExtension(6)),
            (Deferral(40),),
        ],
    )
    def test_what_does_not_go_together_is_refused(
        self, quiet: Desk, reliefs: tuple[Relief, ...]
    ) -> None:
        with pytest.raises(ReliefNotPossible):
            quiet.named(*reliefs)

    def test_deferrals_are_counted_over_the_year(self, small: Database) -> None:
        desk = Desk(small, LOAN | {"postings": UP_TO_DATE})
        first, second = desk.named(DueDateChange(20)), desk.named(DueDateChange(21))
        desk.accept(first)
        with pytest.raises(PlanRefused, match="plan_in_force"):
            desk.accept(second)

    @pytest.mark.parametrize(
        "wish",
        [
            PlanRequest(budget=Budget(currency="USD", income=1_000_000_000)),
            PlanRequest(budget=Budget(currency="CNY", income=100_000)),
            PlanRequest(monthly=Money(-1, "USD")),
            PlanRequest(monthly=Money(100, "EUR")),
            PlanRequest(day=31),
        ],
    )
    def test_a_wish_that_makes_no_sense(self, late: Desk, wish: PlanRequest) -> None:
        with pytest.raises(BudgetMakesNoSense) as caught:
            late.show(wish)
        assert caught.value.hint

    def test_a_million_is_ordinary_in_small_units(self, small: Database) -> None:
        terms = LOAN["terms"] | {"currency": "KRW", "late_fee": {"flat_minor": 1_500}}
        desk = Desk(small, LOAN | {"terms": terms})
        shown = desk.show(PlanRequest(budget=Budget(currency="KRW", income=3_000_000)))
        assert shown and all(row.principal.currency == "KRW" for row in shown[0].offer.rows)

    def test_nothing_fits_and_the_nearest_is_told(self, late: Desk) -> None:
        def work(uow: Any, borrower: Borrower) -> Any:
            file = uow.accounts.file(late.account_id)
            wish = PlanRequest(monthly=Money(500, "USD"))
            return OFFICE.quote(uow.plans, file, borrower, wish, now=at(TODAY))

        quoted = late.do(work)
        assert quoted.answer.outcome is PlanOutcome.NOTHING_FITS
        assert quoted.kept == () and quoted.answer.today is not None
        assert quoted.answer.closest is not None


class TestTwoPeople:
    def asked(self, desk: Desk) -> KeptOffer:
        kept = desk.named(TermExtension(7))
        desk.do(lambda uow, b: OFFICE.request(uow.plans, kept.id, b, now=at(TODAY)))
        return kept

    def test_each_step_is_told_once(self, late: Desk) -> None:
        kept = self.asked(late)
        late.staff("recommend", kept, "mei", "agent")
        late.staff("approve", kept, "tom", "supervisor")
        assert late.notices() == [NoticeKind.RECOMMENDED, NoticeKind.APPROVED]
        first = late.do(lambda uow, _: uow.plans.pending_notices(1)[0])
        assert late.do(lambda uow, _: uow.plans.mark_told(first.id, at(TODAY).at))
        assert not late.do(lambda uow, _: uow.plans.mark_told(first.id, at(TODAY).at))
        assert late.notices() == [NoticeKind.APPROVED]
        assert late.accept(kept).state is PlanState.ON_TRACK

    @pytest.mark.parametrize("again", ["mei", "Mei", " mei "])
    def test_one_person_is_never_two(self, late: Desk, again: str) -> None:
        kept = self.asked(late)
        late.staff("recommend", kept, "mei", "supervisor")
        with pytest.raises(SamePerson):
            late.staff("approve", kept, again, "supervisor")

    def test_roles_count(self, late: Desk) -> None:
        kept = self.asked(late)
        with pytest.raises(MayNotAgree):
            late.staff("recommend", kept, "cora", "compliance")
        late.staff("recommend", kept, "mei", "agent")
        with pytest.raises(MayNotAgree):
            late.staff("approve", kept, "tom", "agent")
        with pytest.raises(WrongState):
            late.staff("recommend", kept, "tom", "agent")
        late.staff("decline", kept, "tom", "supervisor", reason="too long")
        assert late.notices() == [NoticeKind.RECOMMENDED, NoticeKind.DECLINED]

    def test_a_waiver_by_rule_needs_them_too(self, late: Desk) -> None:
        policy = SHELF.policy("US", "instalment_loan")
        waives = replace(policy, arrears=replace(policy.arrears, fee=Treatment.WAIVE))
        office = replace(OFFICE, policy_for=lambda _, __: waives)

        def work(uow: Any, borrower: Borrower) -> Any:
            file = uow.accounts.file(late.account_id)
            return office.quote(uow.plans, file, borrower, WISH, now=at(TODAY)).kept

        offers = late.do(work)
        assert offers and {kept.offer.approval for kept in offers} == {Approval.STAFF}


class TestChanges:
    def changed(self, desk: Desk) -> tuple[Plan, KeptOffer]:
        plan = desk.accept(desk.show()[0])
        desk.today += timedelta(days=1)
        kept = desk.do(
            lambda uow, b: OFFICE.propose_change(
                uow.plans,
                plan.id,
                b,
                (TermExtension(12),),
                staff="mei",
                role="agent",
                now=at(desk.today),
            )
        )
        return plan, kept

    def test_a_change_counts_when_the_borrower_accepted_it(self, shared: Desk) -> None:
        plan, kept = self.changed(shared)
        before = rows_ahead(shared)
        with pytest.raises(OfferNeedsApproval):
            shared.accept(kept)
        shared.staff("approve", kept, "tom", "supervisor")
        assert rows_ahead(shared) == before
        first, second = shared.certificates(plan)
        assert first.accepted_at is not None and second.accepted_at is None
        counts = shared.do(lambda uow, _: OFFICE.certificate(uow.plans, plan.id))
        assert counts == first
        changed = shared.accept(kept)
        assert shared.accept(kept) == changed
        assert (changed.id, changed.offer_id) == (plan.id, kept.id)
        assert rows_ahead(shared) == kept.offer.rows
        second = shared.do(lambda uow, _: OFFICE.certificate(uow.plans, plan.id))
        data, rows = read_certificate(second.text.encode(), second.sha256)
        assert data["version"] == 2 and rows == kept.offer.rows
        assert NoticeKind.CHANGE_PROPOSED in shared.notices()
        with pytest.raises(TooLateToUndo):
            shared.do(lambda uow, b: OFFICE.undo(uow.plans, plan.id, b, now=at(shared.today)))

    def test_the_same_person_cannot_approve_their_change(self, late: Desk) -> None:
        _, kept = self.changed(late)
        with pytest.raises(SamePerson):
            late.staff("approve", kept, "mei", "supervisor")

    def test_a_change_that_moved_is_not_booked(self, late: Desk) -> None:
        plan, kept = self.changed(late)
        late.staff("approve", kept, "tom", "supervisor")
        paid = Posting(
            key="meanwhile",
            kind=EntryKind.REPAYMENT,
            effective_on=late.today,
            amount=Money(5_000, "USD"),
        )
        late.do(
            lambda uow, _: record_posting(
                uow.plans, late.account_id, paid, today=late.today, now=at(late.today).at
            )
        )
        with pytest.raises(OfferMoved):
            late.accept(kept)
        assert late.plans()[0].offer_id == plan.id


class TestReview:
    def review(self, desk: Desk, day: date) -> dict[PlanEvent, int]:
        done = review_plans(desk.database, OFFICE, lambda: at(day, 22).at)
        assert done.problems == 0
        return dict(done.events)

    def test_a_plan_is_moved_once_and_then_passed_on(self, late: Desk) -> None:
        plan = late.accept(late.show()[0])
        first, second = plan.offer.rows[:2]
        late_days = timedelta(days=SHELF.policy("US", "instalment_loan").missed_grace_days + 2)
        assert self.review(late, first.due_on) == {PlanEvent.NOTHING: 1}
        assert self.review(late, first.due_on + late_days) == {PlanEvent.MOVED: 1}
        assert self.review(late, first.due_on + late_days) == {PlanEvent.NOTHING: 1}
        assert self.review(late, second.due_on + late_days) == {PlanEvent.FAILED: 1}
        assert self.review(late, second.due_on + late_days) == {}
        assert late.notices() == [NoticeKind.MOVED, NoticeKind.FAILED]

    def test_a_moved_day_is_done_with_its_first_payment_and_bars_no_later_plan(
        self, quiet: Desk
    ) -> None:
        plan = quiet.accept(quiet.named(Deferral(10)))
        first = plan.offer.rows[0]
        assert self.review(quiet, first.due_on) == {PlanEvent.NOTHING: 1}
        paid = Posting(
            key="on the deferred day",
            kind=EntryKind.REPAYMENT,
            effective_on=first.due_on,
            amount=first.amount,
        )
        now = at(first.due_on)
        quiet.do(
            lambda uow, _: record_posting(
                uow.plans, quiet.account_id, paid, today=now.today, now=now.at
            )
        )
        assert self.review(quiet, first.due_on) == {PlanEvent.COMPLETED: 1}
        assert quiet.notices() == []
        following = plan.offer.rows[1].due_on
        assert rows_ahead(quiet)[1].due_on == following
        offers = quiet.show(day=following + timedelta(days=2))
        assert offers and quiet.accept(offers[0], day=following + timedelta(days=2))


class TestPdf:
    def test_it_is_the_same_each_time_and_names_its_plan(self, late: Desk) -> None:
        plan = late.accept(late.show()[0])
        (kept,) = late.certificates(plan)
        for chinese in ("zh-Hans", "zh-Hant"):
            made = certificate_pdf(kept, chinese=chinese)
            assert made == certificate_pdf(kept, chinese=chinese)
            assert names_of(made) == (plan.id, 1)
        assert names_of(kept.text.encode()) == (plan.id, 1)
        with pytest.raises(NoCertificate):
            names_of(b"{}")

    def test_it_shows_every_row_and_both_languages(self, late: Desk) -> None:
        from io import BytesIO

        from pypdf import PdfReader

        plan = late.accept(late.show()[0])
        (kept,) = late.certificates(plan)
        reader = PdfReader(BytesIO(certificate_pdf(kept)))
        text = "\n".join(page.extract_text() for page in reader.pages).replace("\0", "")
        for row in plan.offer.rows:
            assert f"{row.amount.amount:,f}" in text
        assert "Repayment plan" in text and "还款计划" in text and kept.sha256 in text
        assert reader.attachments["plan-v1.json"] == [kept.text.encode()]

    @pytest.mark.parametrize("lender", ["北岸银行", "北岸銀行", "🏦 Ünïcode 龘 Bank", "بنك"])
    def test_a_name_without_glyphs_breaks_nothing(self, late: Desk, lender: str) -> None:
        office = replace(OFFICE, lender=lender)
        kept = late.show()[0]
        late.do(lambda uow, b: office.accept(uow.plans, kept.id, b, now=at(TODAY)))
        (certificate,) = late.do(lambda uow, _: uow.plans.certificates_of(kept.id))
        assert json.loads(certificate.text)["lender"] == lender
        assert certificate_pdf(certificate).startswith(b"%PDF")


@pytest.fixture(autouse=True)
def _quiet_fonts(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """fpdf2 and fontTools report each table that they subset."""
    caplog.set_level("WARNING")
    yield
