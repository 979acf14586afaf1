"""Calls, visits and letters by people: the rules are asked, and what was done counts with the rest."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import text

from bot.contact_case import HISTORY, Lender
from bot.messages import Channel
from bot.staff_contacts import ByHand, MayI, WrongOutcome, log_contact, may_i
from compliance.profile_file import load_profile
from compliance.terms import Channel as Medium
from compliance.terms import ContactOutcome
from lending.ids import ConversationId
from store.db import Database
from tests.scheduler.portfolio import DUE, Line, add_loan, add_point, at

NOON = at(DUE + timedelta(days=5), 16)


def by_hand(database: Database, way: Channel = Channel.CALL) -> ByHand:
    with database.unit() as uow:
        borrower = uow.borrowers.by_reference("B-1")
    assert borrower is not None
    return ByHand(borrower=borrower, way=way, address="+447700900001", staff="mei")


def ask(database: Database, now: datetime, way: Channel = Channel.CALL) -> MayI:
    with database.unit() as uow:
        given = may_i(uow, by_hand(database, way), profiles=load_profile, lender=Lender(), now=now)
        uow.commit()
    return given


def log(database: Database, now: datetime, outcome: ContactOutcome) -> MayI:
    with database.unit() as uow:
        _, given = log_contact(
            uow, by_hand(database), outcome, "will pay", profiles=load_profile, lender=Lender(),
            now=now,
        )  # fmt: skip
        uow.commit()
    return given


def test_a_call_by_night_may_not_be_made_and_the_question_is_kept(database: Database) -> None:
    add_loan(database, jurisdiction="US", timezone="America/New_York")
    given = ask(database, at(DUE + timedelta(days=5), 6))
    assert not given.allowed
    assert given.answer.decision.until is not None
    assert given.answer.decision.until.hour == 13  # eight in the morning there
    with database.engine.connect() as connection:
        kept = connection.execute(text("SELECT channel, outcome FROM contact_decisions")).all()
    assert [tuple(row) for row in kept] == [("call", "delay")]


def test_a_call_by_day_may_be_made_and_says_what_to_say(database: Database) -> None:
    add_loan(database, jurisdiction="US", timezone="America/New_York")
    given = ask(database, NOON)
    assert given.allowed
    assert {"identity", "purpose", "person", "dispute"} <= set(given.must_say)


def test_a_conversation_on_the_telephone_closes_the_next_week(database: Database) -> None:
    add_loan(database, jurisdiction="US", timezone="America/New_York")
    log(database, NOON, ContactOutcome.CONVERSATION)
    again = ask(database, NOON + timedelta(days=2))
    assert "US-1006.14-b-2-i-B" in again.answer.decision.rules
    assert ask(database, NOON + timedelta(days=8)).allowed


def test_what_was_done_against_the_rules_is_logged_and_told(database: Database) -> None:
    add_loan(database, jurisdiction="US", timezone="America/New_York")
    given = log(database, at(DUE + timedelta(days=5), 6), ContactOutcome.VOICEMAIL_LEFT)
    assert not given.allowed
    with database.unit() as uow:
        assert len(uow.audit.details_of("contact.outside_rules", after=0, limit=5)) == 1


def test_a_visit_has_no_outcome_of_a_call(database: Database) -> None:
    add_loan(database)
    with database.unit() as uow, pytest.raises(WrongOutcome):
        log_contact(
            uow, by_hand(database, Channel.VISIT), ContactOutcome.BUSY, "", profiles=load_profile,
            lender=Lender(), now=NOON,
        )  # fmt: skip


async def test_calls_and_messages_stand_in_one_history(database: Database) -> None:
    line = Line(database)
    add_loan(database)
    add_point(database, "phone", "+447700900001")
    await line.days(DUE, DUE)
    log(database, NOON, ContactOutcome.CONVERSATION)
    with database.unit() as uow:
        borrower = uow.borrowers.by_reference("B-1")
        assert borrower is not None
        events = uow.contacts.events(
            conversation_id=ConversationId(""), borrower_id=borrower.id, answers=None,
            since=NOON - HISTORY,
        )  # fmt: skip
    assert [(e.channel, e.outcome) for e in events] == [
        (Medium.CHAT, ContactOutcome.SENT),
        (Medium.CALL, ContactOutcome.CONVERSATION),
    ]
