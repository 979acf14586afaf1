"""Erase a borrower: what the law or a contract asks to keep stays, without a name; all else goes.

What stays, and why, stands in KEPT and in docs/privacy.md; every table about borrowers is in exactly
one of the three lists below, or a test fails.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from sqlalchemy import Table, delete, inspect, update
from sqlalchemy.orm import Session

from lending.errors import TideoverError
from lending.ids import BorrowerId
from store.about_borrower import About, key_of, mentions, rows_about
from store.field_keys import keys_of
from store.tables import AccountRow, ApiRequestRow, SendSlotRow, metadata

GONE: dict[str, Any] = {"text": "", "buttons": [], "url_buttons": [], "picture": None}

DELETED = (
    "delivery_reports",
    "staff_events",
    "staff_notes",
    "memory_notes",
    "identity_attempts",
    "link_tokens",
    "contact_habits",
    "contact_points",
    "pay_news",
)
"""Rows that go as a whole; children before their parents."""

EMPTIED: Mapping[str, dict[str, Any]] = {
    "borrowers": {
        "full_name": "",
        "given_name": "",
        "second_fact_kind": None,
        "second_fact_digest": None,
    },
    "conversations": {"reachable": False, "identity_expires_at": None},
    "messages": {
        **GONE,
        "picture_alt": None,
        "document": None,
        "document_name": None,
        "delivery_error": None,
        "channel_message_id": None,
    },
    "escalations": {"packet": {}, "note": None, "details": None},
    "holds": {"reason": ""},
    "contact_wishes": {"text": ""},
    "plan_offers": {"note": ""},
    "pay_orders": {"url": None},
}
"""Rows that stay for what hangs on them, without what was written or who it was."""

KEPT: Mapping[str, str] = {
    "accounts": "the lender's books",
    "schedules": "the lender's books",
    "instalments": "the lender's books",
    "statements": "the lender's books",
    "payments": "the lender's books",
    "ledger_entries": "the lender's books",
    "postings": "the lender's books",
    "promises": "the lender's books",
    "payment_claims": "the lender's books",
    "pay_reports": "the lender's books",
    "autopay_mandates": "an agreement",
    "plans": "an agreement",
    "plan_certificates": "an agreement",
    "plan_notices": "an agreement",
    "contact_decisions": "proof of lawful contact; holds codes, no words",
    "reminders": "proof of lawful contact; holds codes, no words",
    "staff_contacts": "proof of lawful contact; holds codes, no words",
    "opt_outs": "the wish to be left alone, by an index that tells no address",
    "outgoing_events": "what the lender's system was told; holds codes, no words",
    "audit": "the audit log, which is a chain; holds codes, no words",
}


class NotErasable(TideoverError):
    """A borrower cannot be erased now."""


def erase(session: Session, borrower_id: BorrowerId, *, force: bool) -> dict[str, int]:
    """Erase in the running transaction; how many rows of each table were changed.

    Raises NotErasable while an account is open, unless `force`.
    """
    about = rows_about(session, borrower_id)
    _check_closed(about, force)
    names = _names(about)
    counts: dict[str, int] = {}
    for name, values in EMPTIED.items():
        counts[name] = _empty(session, about, name, values)
    for name in DELETED:
        table, ids = metadata.tables[name], about.ids.get(name, set())
        _remove(session, table, ids)
        counts[name] = len(ids)
    _hide_addresses(session, about)
    counts["api_requests"] = _forget_answers(session, names)
    return {name: count for name, count in counts.items() if count}


def _check_closed(about: About, force: bool) -> None:
    rows = about.rows.get(AccountRow.__tablename__, [])
    open_ones = [row._mapping["reference"] for row in rows if row._mapping["status"] == "active"]
    if open_ones and not force:
        raise NotErasable(
            f"There are open accounts: {', '.join(open_ones)}.",
            hint="What a running contract needs may be kept until it ends. --force erases all the"
            " same; the borrower can then not be reached or recognised any more.",
        )


def _names(about: About) -> list[str]:
    """What an answer of the API about this borrower would have in it."""
    words = [str(row._mapping["reference"]) for row in about.rows.get("borrowers", [])]
    words += [str(row._mapping["full_name"]) for row in about.rows.get("borrowers", [])]
    words += [str(row._mapping["value"]) for row in about.rows.get("contact_points", [])]
    return words


def _empty(session: Session, about: About, name: str, values: dict[str, Any]) -> int:
    table, ids = metadata.tables[name], sorted(about.ids.get(name, set()))
    _each(
        ids,
        lambda part: session.execute(update(table).where(key_of(table).in_(part)).values(**values)),
    )
    return len(ids)


def _hide_addresses(session: Session, about: About) -> None:
    """Chats get an address that is no one's; what a channel told apart messages by goes, too."""
    chats, messages = metadata.tables["conversations"], metadata.tables["messages"]
    keys = keys_of(session.get_bind().dialect)
    for row in about.rows.get("conversations", []):
        known = row._mapping
        hidden = f"erased:{known['id']}"
        session.execute(
            update(chats)
            .where(chats.c.id == known["id"])
            .values(address=hidden, address_index=hidden)
        )
        slot = f"{known['channel']}:{known['address']}"[:255]
        slots = metadata.tables[SendSlotRow.__tablename__]
        session.execute(
            delete(slots).where(slots.c.key.in_([slot, keys.blind(slot) if keys else slot]))
        )
    for row in about.rows.get("messages", []):
        if row._mapping["update_key"] is not None:
            session.execute(
                update(messages)
                .where(messages.c.id == row._mapping["id"])
                .values(update_key=f"erased:{row._mapping['id']}")
            )
    wishes = metadata.tables["contact_wishes"]
    for row in about.rows.get("contact_wishes", []):
        parameters = dict(row._mapping["parameters"])
        if parameters.get("address"):
            parameters["address"] = f"erased:{row._mapping['id']}"
            session.execute(
                update(wishes)
                .where(wishes.c.id == row._mapping["id"])
                .values(parameters=parameters)
            )


def _forget_answers(session: Session, words: list[str]) -> int:
    table = metadata.tables[ApiRequestRow.__tablename__]
    ids = mentions(session, table, table.c.answer, words)
    _each(ids, lambda part: session.execute(delete(table).where(table.c.id.in_(part))))
    return len(ids)


def forget_dialogue(session: Session, chats: Iterable[str]) -> int:
    """Rasa's memory of these chats, where it stands in the same database."""
    connection = session.connection()
    if not inspect(connection).has_table("events"):
        return 0
    count = 0
    for chat in sorted(chats):
        done = connection.exec_driver_sql(
            "DELETE FROM events WHERE sender_id = %(chat)s"
            if connection.dialect.name == "postgresql"
            else "DELETE FROM events WHERE sender_id = :chat",
            {"chat": chat},
        )
        count += max(0, done.rowcount)
    return count


def _remove(session: Session, table: Table, ids: set[Any]) -> None:
    _each(sorted(ids), lambda part: session.execute(delete(table).where(key_of(table).in_(part))))


def _each(ids: list[Any], do: Callable[[list[Any]], object]) -> None:
    for start in range(0, len(ids), 400):
        do(ids[start : start + 400])
