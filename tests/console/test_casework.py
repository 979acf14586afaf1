"""What staff change beside the talk, and the words and things that they send."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.contact_case import Lender
from bot.conversation import EscalationReason, IdentityStage, Outcome
from bot.handover import NotYourTurn, Owner
from bot.languages import LANGUAGES
from bot.messages import Content
from bot.staff import Role, Staff
from compliance.phrases import Severity
from compliance.profile_file import load_profile
from compliance.terms import Channel, ContactOutcome
from compliance.wording import WordingContext, check_wording
from console.attachments import Attachments, NoAttachment
from console.canned import fill, load_canned
from console.casework import Casework
from console.changes import AboveLimit, BadChange, NotHere
from console.contact_desk import ContactDesk
from console.fee_desk import WaiverLimits
from console.permissions import NotAllowed
from lending.bookkeeping import record_posting
from lending.dates import local_day
from lending.entries import EntryKind, Posting
from lending.holds import HoldKind
from lending.ids import BorrowerId
from lending.money import Money
from lending.position import position_of
from store.db import Database
from tests.console.desk import Desk, make_desk
from tests.house import make_house


@pytest.fixture
def desk(database: Database) -> Desk:
    return make_desk(make_house(database))


@pytest.fixture
def work(desk: Desk) -> Casework:
    return Casework(
        store=desk.house.database, clock=desk.house.clock, limits=WaiverLimits(agent=20)
    )


def borrower(desk: Desk, reference: str = "NB-ANN") -> BorrowerId:
    with desk.house.database.unit() as uow:
        found = uow.borrowers.by_reference(reference)
    assert found is not None
    return found.id


def test_a_hold_is_set_seen_and_lifted(desk: Desk, work: Casework) -> None:
    mei, who = desk.hire("mei"), borrower(desk)
    until = desk.house.clock().date() + timedelta(days=30)
    hold = work.set_hold(mei, who, HoldKind.HARDSHIP_REQUEST, reason="Lost the job", until_on=until)
    with desk.house.database.unit() as uow:
        held = [h for f in uow.accounts.files_of(who) for h in f.holds]
    assert {(h.id, h.owner, h.until_on) for h in held} >= {(hold.id, "mei", until)}
    lifted = work.lift_hold(mei, who, hold.id, reason="Works again")
    assert lifted.until_on is not None and lifted.until_on < until
    with pytest.raises(BadChange):
        work.set_hold(mei, who, HoldKind.PLAN, reason="by hand")
    with pytest.raises(BadChange):
        work.set_hold(mei, who, HoldKind.DISPUTE, reason="  ")


def test_what_the_law_placed_an_agent_does_not_lift(desk: Desk, work: Casework) -> None:
    mei, sue, who = desk.hire("mei"), desk.hire("sue", Role.SUPERVISOR), borrower(desk)
    hold = work.set_hold(mei, who, HoldKind.BREATHING_SPACE, reason="Notice from the adviser")
    with pytest.raises(NotAllowed):
        work.lift_hold(mei, who, hold.id, reason="no")
    assert work.lift_hold(sue, who, hold.id, reason="The moratorium was cancelled")
    with pytest.raises(BadChange):
        work.lift_hold(sue, borrower(desk, "NB-WEI"), hold.id, reason="not theirs")


def test_fees_are_waived_within_limits_and_once(desk: Desk, work: Casework) -> None:
    mei, sue, who = desk.hire("mei"), desk.hire("sue", Role.SUPERVISOR), borrower(desk)
    account, owed = _with_fees(desk, who, 90_00)

    def waive(staff: Staff, minor: int, key: str) -> int:
        money = Money(minor, "USD")
        return work.waive_fees(staff, who, account, money, reason="Our mistake", key=key).minor

    assert waive(mei, 15_00, "a") == owed - 15_00
    assert waive(mei, 15_00, "a") == owed - 15_00
    with pytest.raises(AboveLimit):
        waive(mei, 6_00, "b")
    assert waive(sue, 60_00, "c") == owed - 75_00
    with pytest.raises(BadChange):
        waive(sue, owed, "d")
    with pytest.raises(BadChange):
        waive(sue, 0, "e")
    with desk.house.database.unit() as uow:
        today = local_day(desk.house.clock(), uow.borrowers.get(who).timezone)
        assert position_of(uow.accounts.file(account), today).fees_owed.minor == owed - 75_00
        assert len(uow.audit.details_of("fee.waived", after=0, limit=9)) == 2


def _with_fees(desk: Desk, who: BorrowerId, minor: int) -> tuple[int, int]:
    """An account of the borrower whose books are ours, with a fee on it: (id, fees owed)."""
    with desk.house.database.unit() as uow:
        now = desk.house.clock()
        today = local_day(now, uow.borrowers.get(who).timezone)
        for file in uow.accounts.files_of(who):
            if not file.postings:
                continue
            fee = Posting(
                key="test-fee", kind=EntryKind.FEE, effective_on=today, amount=Money(minor, "USD")
            )
            record_posting(uow.plans, file.account.id, fee, today=today, now=now)
            uow.commit()
            return file.account.id, position_of(
                uow.accounts.file(file.account.id), today
            ).fees_owed.minor
    raise AssertionError("no account with postings")


def test_contact_details_are_checked_and_corrected(desk: Desk, work: Casework) -> None:
    mei, who = desk.hire("mei"), borrower(desk)
    kept = work.correct_contact(mei, who, None, "phone", "(212) 555-0187", reason="New phone")
    assert kept == "+12125550187"
    with pytest.raises(BadChange):
        work.correct_contact(mei, who, None, "phone", "+1 212 555 0187", reason="Again")
    assert work.correct_contact(mei, who, None, "email", "Ann@Example.COM", reason="New") == (
        "ann@example.com"
    )
    for kind, value in (("phone", "12"), ("email", "a b@c"), ("email", "<s>@x.y"), ("web", "x")):
        with pytest.raises(BadChange):
            work.correct_contact(mei, who, None, kind, value, reason="Typed")
    with desk.house.database.unit() as uow:
        (first, _) = uow.audit.details_of("contact.corrected", after=0, limit=9)
    assert "0187" not in str(first.details)


async def test_two_chats_of_one_borrower_become_one_case(desk: Desk, work: Casework) -> None:
    house, mei = desk.house, desk.hire("mei")
    await house.verify(address="1001")
    await house.verify(address="1002")
    await house.send("hi", address="1003")
    keep, other, stranger = (house.conversation(a).id for a in ("1001", "1002", "1003"))
    for address, reason in (
        ("1001", EscalationReason.ASKED),
        ("1002", EscalationReason.ASKED),
        ("1002", EscalationReason.HARDSHIP),
    ):
        desk.open(reason, address)
    with pytest.raises(BadChange):
        work.merge(mei, keep, stranger, reason="Looks alike")
    work.merge(mei, keep, other, reason="The same person")
    assert {e.reason for e in desk.escalations("1001") if e.is_open} == {
        EscalationReason.ASKED,
        EscalationReason.HARDSHIP,
    }
    (double,) = desk.escalations("1002")
    assert double.outcome is Outcome.DUPLICATE
    merged = house.conversation("1002")
    assert (merged.merged_into, merged.control.owner) == (keep, Owner.BOT)
    assert await house.send("still here", address="1002") == ["answer to still here"]


async def test_a_chat_that_a_colleague_holds_is_not_merged(desk: Desk, work: Casework) -> None:
    house, mei, tom = desk.house, desk.hire("mei"), desk.hire("tom")
    await house.verify(address="1001")
    await house.verify(address="1002")
    desk.open(address="1002")
    await desk.takeover.claim(tom, house.conversation("1002").id)
    with pytest.raises(NotYourTurn):
        work.merge(mei, house.conversation("1001").id, house.conversation("1002").id, reason="Same")


def test_calls_are_not_logged_where_they_would_not_count(desk: Desk, work: Casework) -> None:
    with pytest.raises(NotHere):
        work.log_contact(
            desk.hire("mei"),
            borrower(desk),
            channel=Channel.CALL,
            outcome=ContactOutcome.CONVERSATION,
            at=desk.house.clock(),
        )


def test_a_logged_call_counts_and_the_rules_are_asked(desk: Desk) -> None:
    house, mei, who = desk.house, desk.hire("mei"), borrower(desk)
    log = ContactDesk(store=house.database, profiles=load_profile, lender=Lender())
    work = Casework(store=house.database, clock=house.clock, contact_log=log)
    assert work.may_contact(mei, who, Channel.CALL).is_allowed
    work.log_contact(
        mei,
        who,
        channel=Channel.CALL,
        outcome=ContactOutcome.CONVERSATION,
        at=house.clock(),
        note="Will write",
    )
    house.clock.forward(hours=1)
    answer = work.may_contact(mei, who, Channel.CALL)
    assert not answer.is_allowed and answer.rules
    with pytest.raises(NotAllowed):
        work.may_contact(desk.hire("cora", Role.COMPLIANCE), who, Channel.CALL)
    with pytest.raises(BadChange):
        work.log_contact(
            mei,
            who,
            channel=Channel.VISIT,
            outcome=ContactOutcome.SENT,
            at=house.clock() + timedelta(hours=1),
        )


@pytest.mark.parametrize("language", LANGUAGES)
async def test_canned_replies_are_filled_in_and_allowed(desk: Desk, language: str) -> None:
    house, mei = desk.house, desk.hire("mei")
    await house.verify()
    house.save(replace(house.conversation(), language=language, language_chosen=True))
    case = desk.cases.open(mei, house.conversation().id)
    filled = fill(load_canned(), case, mei, lender="Northbank", team_hours="Mon-Fri 09:00-18:00")
    by_key = {one.key: one for one in filled}
    assert "Mei" in by_key["hello"].text and "Northbank" in by_key["hello"].text
    assert by_key["due"].missing == () and any(c.isdigit() for c in by_key["due"].text)
    context = WordingContext(purpose="reply", required=())
    for one in filled:
        faults = check_wording(one.text, language=language, context=context)
        assert [f for f in faults if f.severity is Severity.BLOCK] == []


async def test_nothing_about_a_debt_is_filled_in_or_attached_unproved(desk: Desk) -> None:
    house, mei = desk.house, desk.hire("mei")
    await house.verify()
    attachments = Attachments(store=house.database)
    case = desk.cases.open(mei, house.conversation().id)
    (schedule, *_) = attachments.of(case)
    sent = attachments.add(mei, case, Content(text="Here it is."), schedule.key)
    assert sent.picture is not None and sent.picture.png.startswith(b"\x89PNG")
    with pytest.raises(NoAttachment):
        attachments.add(mei, case, Content(text="x"), "schedule:NB-OTHER")
    house.clock.forward(hours=2)
    case = desk.cases.open(mei, house.conversation().id)
    assert not case.is_verified
    assert case.conversation.identity.stage is IdentityStage.VERIFIED
    filled = fill(load_canned(), case, mei, lender="Northbank", team_hours="Mon-Fri 09:00-18:00")
    assert {one.key: one.missing for one in filled}["due"] == ("reference", "amount", "day")
    assert attachments.of(case) == ()
    with pytest.raises(NoAttachment):
        attachments.add(mei, case, Content(text="x"), schedule.key)
