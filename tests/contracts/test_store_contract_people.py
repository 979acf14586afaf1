"""What bot/ports.py promises about people, contacts and proof, on every database."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from random import Random

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError

from bot.conversation import EscalationReason, Identity, IdentityStage
from bot.messages import Author, Channel, Content, DeliveryState
from compliance.attempt import Decision
from compliance.profile_file import load_profile
from compliance.question import Answer, Question, answer
from compliance.terms import Effect
from compliance.vectors import parse_vector
from lending.errors import UnknownAccount
from lending.ids import AccountId, BorrowerId, ConversationId, MessageId
from store.db import Database
from store.errors import NaiveInstant, UnknownBorrower
from tests.compliance.situations import random_vector
from tests.store.rows import (
    CHAT,
    MINUTE,
    NOON,
    add_borrower,
    add_chat,
    conversation,
    inbound,
    keep,
)

OTHER_CHAT = ConversationId("6f1c0b9e-0000-4000-8000-000000000002")


class TestBorrowers:
    def test_one_is_found_by_id_and_reference(self, database: Database) -> None:
        key = add_borrower(database, full_name="陳美玲", given_name="美玲")
        with database.unit() as uow:
            found = uow.borrowers.get(key)
            assert (found.id, found.reference, found.full_name) == (key, "NB-1", "陳美玲")
            assert uow.borrowers.by_reference("NB-1") == found
            assert uow.borrowers.by_reference("NB-2") is None
            with pytest.raises(UnknownBorrower):
                uow.borrowers.get(BorrowerId(999))

    def test_the_second_fact_is_kind_and_digest(self, database: Database) -> None:
        without = add_borrower(database)
        having = add_borrower(
            database, "NB-2", second_fact_kind="birth_date", second_fact_digest="ab12"
        )
        with database.unit() as uow:
            assert uow.borrowers.second_fact(without) is None
            assert uow.borrowers.second_fact(having) == ("birth_date", "ab12")

    def test_failures_are_counted_by_borrower_and_by_conversation(self, database: Database) -> None:
        borrower = add_borrower(database)
        add_chat(database)
        add_chat(database, conversation(OTHER_CHAT, "chat-2"))
        attempts = [
            (borrower, CHAT, "second_fact", False, NOON),
            (borrower, OTHER_CHAT, "second_fact", False, NOON + MINUTE),
            (borrower, CHAT, "second_fact", True, NOON + MINUTE),
            (None, CHAT, "token", False, NOON + MINUTE),
        ]
        with database.unit() as uow:
            for who, chat, kind, succeeded, at in attempts:
                uow.borrowers.add_identity_attempt(
                    borrower_id=who, conversation_id=chat, kind=kind, succeeded=succeeded, at=at
                )
            uow.commit()
            borrowers = uow.borrowers
            assert borrowers.identity_failures(borrower, NOON) == 2
            assert borrowers.identity_failures(borrower, NOON + MINUTE) == 1
            assert borrowers.conversation_failures(CHAT, "token", NOON) == 1
            assert borrowers.conversation_failures(CHAT, "second_fact", NOON) == 1
            assert borrowers.conversation_failures(CHAT, "token", NOON + 2 * MINUTE) == 0

    def test_the_language_is_kept(self, database: Database) -> None:
        key = add_borrower(database)
        with database.unit() as uow:
            uow.borrowers.set_language(key, "zh-Hans")
            uow.commit()
            assert uow.borrowers.get(key).language == "zh-Hans"
            with pytest.raises(UnknownBorrower):
                uow.borrowers.set_language(BorrowerId(999), "en")


class TestAccounts:
    def test_unknown_ones_are_named(self, database: Database) -> None:
        with database.unit() as uow:
            assert uow.accounts.files_of(BorrowerId(1)) == ()
            assert uow.accounts.by_reference("PL-1") is None
            with pytest.raises(UnknownAccount):
                uow.accounts.file(AccountId(1))


class TestLinks:
    def test_a_token_is_used_once_and_in_time(self, database: Database) -> None:
        borrower = add_borrower(database)
        used, expired = (hashlib.sha256(word).hexdigest() for word in (b"used", b"expired"))
        with database.unit() as uow:
            for token_hash in (used, expired):
                uow.links.add(
                    token_hash=token_hash,
                    borrower_id=borrower,
                    created_at=NOON,
                    expires_at=NOON + MINUTE,
                )
            uow.commit()
        with database.unit() as uow:
            assert uow.links.redeem("0" * 64, NOON) is None
            assert uow.links.redeem(expired, NOON + MINUTE) is None
            assert uow.links.redeem(used, NOON + MINUTE - timedelta(microseconds=1)) == borrower
            uow.commit()
        with database.unit() as uow:
            assert uow.links.redeem(used, NOON) is None


class TestEscalations:
    def open(
        self, database: Database, reason: EscalationReason, at: datetime, priority: int = 2
    ) -> int:
        with database.unit() as uow:
            opened = uow.escalations.open(
                conversation_id=CHAT,
                borrower_id=None,
                reason=reason,
                priority=priority,
                opened_at=at,
                packet={"why": reason.value, "words": "请帮我"},
            )
            uow.commit()
        return opened

    def test_one_is_open_for_each_reason(self, database: Database) -> None:
        add_chat(database)
        first = self.open(database, EscalationReason.ASKED, NOON)
        assert self.open(database, EscalationReason.ASKED, NOON + MINUTE) == first
        urgent = self.open(database, EscalationReason.DISTRESS, NOON + MINUTE, priority=0)
        assert urgent != first
        with database.unit() as uow:
            both = uow.escalations.unresolved(CHAT)
            assert uow.escalations.unresolved() == both
            assert uow.escalations.unresolved(OTHER_CHAT) == ()
        assert [escalation.id for escalation in both] == [urgent, first]
        assert both[1].packet == {"why": "asked_for_person", "words": "请帮我"}
        assert both[1].opened_at == NOON

    @pytest.mark.parametrize("reason", EscalationReason)
    def test_every_reason_is_taken(self, database: Database, reason: EscalationReason) -> None:
        add_chat(database)
        assert self.open(database, reason, NOON)


def question(n: int = 0) -> Question:
    """Any question, with records of many kinds, as the rules' own generator makes them."""
    vector = parse_vector(random_vector(Random(n)))
    return Question(
        attempt=vector.attempt,
        facts=vector.facts,
        events=vector.history.events,
        profile=vector.profile,
    )


class TestContacts:
    def record(self, database: Database, decision: Decision, n: int = 0) -> int:
        with database.unit() as uow:
            key = uow.contacts.record_decision(
                conversation_id=CHAT,
                borrower_id=None,
                channel=Channel.WEB,
                question=question(n),
                answer=Answer(decision=decision, version="1+abc"),
                at=NOON,
                message_id=None,
            )
            uow.commit()
        return key

    @pytest.mark.parametrize(
        "decision",
        [
            Decision(effect=Effect.ALLOW),
            Decision(effect=Effect.BLOCK, rules=("ALL-OPTOUT", "US-1006.6-c-1")),
            Decision(effect=Effect.DELAY, rules=("ALL-X",), until=NOON + MINUTE),
        ],
    )
    def test_a_decision_is_kept_with_its_question(
        self, database: Database, decision: Decision
    ) -> None:
        add_chat(database)
        key = self.record(database, decision)
        with database.unit() as uow:
            (kept,) = uow.contacts.decisions(after=0, limit=10)
            assert uow.contacts.decisions(after=key, limit=10) == ()
            (proof,) = uow.audit.details_of("contact.decided", after=0, limit=10)
        assert (kept.id, kept.at, kept.question) == (key, NOON, question())
        assert kept.answer == Answer(decision=decision, version="1+abc")
        assert (proof.subject, proof.details["digest"]) == (f"decision:{key}", kept.digest)

    def test_any_question_survives_and_is_answered_the_same(self, database: Database) -> None:
        add_chat(database)
        for n in range(60):
            asked = question(n)
            given = answer(asked, load_profile)
            self.record(database, given.decision, n)
        with database.unit() as uow:
            kept = uow.contacts.decisions(after=0, limit=100)
        for n, row in enumerate(kept):
            assert row.question == question(n)
            assert answer(row.question, load_profile).decision == row.answer.decision

    @pytest.mark.parametrize("statement", ["UPDATE {} SET outcome = 'allow'", "DELETE FROM {}"])
    def test_a_decision_cannot_be_changed(self, database: Database, statement: str) -> None:
        add_chat(database)
        self.record(database, Decision(effect=Effect.BLOCK, rules=("ALL-X",)))
        with pytest.raises(DatabaseError), database.engine.begin() as connection:
            connection.execute(text(statement.format("contact_decisions")))

    def test_a_profile_is_kept_once_for_each_version(self, database: Database) -> None:
        for files in ({"us.yaml": "a"}, {"us.yaml": "b"}):
            with database.unit() as uow:
                uow.contacts.keep_profile(name="US", version="1+x", files=files, at=NOON)
                uow.commit()
        with database.unit() as uow:
            assert uow.contacts.profile_files("US", "1+x") == {"us.yaml": "a"}
            assert uow.contacts.profile_files("US", "2") is None

    def test_events_are_what_counts_for_the_rules(self, database: Database) -> None:
        borrower = add_borrower(database)
        known = Identity(stage=IdentityStage.VERIFIED, borrower_id=borrower)
        add_chat(database, conversation(identity=known))
        add_chat(database, conversation(OTHER_CHAT, "chat-2", identity=known))
        said = Content(text="...")
        with database.unit() as uow:
            asked = keep(uow, inbound())
            other = keep(uow, inbound(update_key="u-2"))
            assert asked and other

            def write(chat: ConversationId, answers: MessageId | None, n: int) -> MessageId:
                return uow.messages.add_outbound(
                    chat,
                    author=Author.BOT,
                    content=said,
                    answers=answers,
                    epoch=0,
                    at=NOON + n * MINUTE,
                )

            old = write(CHAT, None, -60)
            unasked, elsewhere = write(CHAT, None, 1), write(OTHER_CHAT, None, 2)
            failed = write(CHAT, None, 3)
            uow.messages.set_delivery(failed, DeliveryState.FAILED)
            answered, _ = write(CHAT, asked, 4), write(CHAT, other, 5)
            uow.commit()
            events = uow.contacts.events(
                conversation_id=CHAT, borrower_id=borrower, answers=asked, since=NOON
            )
            alone = uow.contacts.events(
                conversation_id=CHAT, borrower_id=None, answers=None, since=NOON
            )
        ids = [int(event.id) for event in events]
        assert ids == [asked, unasked, elsewhere, answered]
        assert old not in ids
        assert [event.reply_to for event in events] == [None, None, None, str(asked)]
        assert [int(event.id) for event in alone] == [unasked]

    def test_an_opt_out_holds_for_the_address_and_the_borrower_until_lifted(
        self, database: Database
    ) -> None:
        borrower, later = add_borrower(database), NOON + MINUTE
        with database.unit() as uow:
            contacts = uow.contacts
            contacts.add_opt_out(
                channel=Channel.WEB, address="chat-1", borrower_id=borrower, at=NOON, via="stop"
            )
            contacts.add_opt_out(
                channel=Channel.WEB, address="chat-1", borrower_id=None, at=later, via="停止"
            )
            uow.commit()
            assert contacts.opted_out_at(Channel.WEB, "chat-1", None) == NOON
            assert contacts.opted_out_at(Channel.TELEGRAM, "7", borrower) == NOON
            assert contacts.opted_out_at(Channel.TELEGRAM, "7", None) is None
            assert contacts.opted_out_at(Channel.WEB, "chat-2", None) is None
            contacts.lift_opt_out(
                channel=Channel.WEB, address="chat-1", borrower_id=borrower, at=later
            )
            uow.commit()
            assert contacts.opted_out_at(Channel.WEB, "chat-1", borrower) is None
            contacts.add_opt_out(
                channel=Channel.WEB, address="chat-1", borrower_id=None, at=later, via="stop"
            )
            assert contacts.opted_out_at(Channel.WEB, "chat-1", None) == later


class TestAudit:
    def test_the_chain_fits_across_units(self, database: Database) -> None:
        for n in range(3):
            with database.unit() as uow:
                assert uow.audit.verify() is None
                for part in ("a", "b"):
                    uow.audit.append(
                        at=NOON, actor="bot", event="e", subject=f"{n}{part}", details={"k": "金"}
                    )
                uow.commit()
        with database.unit() as uow:
            assert uow.audit.verify() is None

    def test_nothing_is_kept_without_commit(self, database: Database) -> None:
        with database.unit() as uow:
            uow.audit.append(at=NOON, actor="bot", event="lost", subject="", details={})
        with database.unit() as uow:
            uow.audit.append(at=NOON, actor="bot", event="kept", subject="", details={})
            uow.commit()
            assert uow.audit.verify() is None

    def test_a_naive_instant_is_refused_at_once(self, database: Database) -> None:
        with database.unit() as uow, pytest.raises(NaiveInstant):
            uow.audit.append(
                at=datetime(2026, 1, 1), actor="bot", event="e", subject="", details={}
            )
