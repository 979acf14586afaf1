"""Export is everything; erasure leaves only what KEPT names; retention forgets what is old enough."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, text, update

from bot.conversation import EscalationReason
from bot.data_effects import FILE_NAME, KEY, DataClerk
from bot.effects import escalate
from bot.messages import Channel
from bot.ports import Whose
from compliance.wishes import Medium, OptOut, Said
from lending.ids import BorrowerId
from store.about_borrower import NOT_TOLD, export_of, personal_tables
from store.columns import BlindIndex
from store.db import Database
from store.erasure import DELETED, EMPTIED, KEPT, NotErasable
from store.field_keys import FieldKeys
from store.privacy import erase_borrower, forget_old_dialogue, wipe
from store.retention import forget, overdue
from store.retention_file import BadRetention, Retention, load_retention
from store.tables import AccountRow, metadata
from tests.house import NOW, TestHouse, make_house

KEYS = FieldKeys("a", {"a": b"1" * 32}, b"index")
SAID = "my neighbour Zygmunt drives a Kowalski"
PHONE, CHAT = "+15550100777", "778899001"
BORN = "1990-04-21"


@pytest.fixture
def house(peopled_database_url: str) -> Any:
    database = Database(peopled_database_url, keys=KEYS)
    database.reseal()
    yield make_house(database)
    database.close()


async def live(house: TestHouse) -> BorrowerId:
    """Ann's life with us: a chat with words in it, a wish, a case with notes, a phone."""
    await house.verify(address=CHAT)
    await house.send(SAID, address=CHAT)
    chat = house.conversation(CHAT)
    borrower_id = chat.identity.borrower_id
    assert borrower_id is not None
    with house.database.unit() as uow:
        uow.conversations.save(
            escalate(
                uow,
                uow.conversations.get(chat.id, for_update=True),
                EscalationReason.DISTRESS,
                NOW,
                details=SAID,
            )
        )
        uow.notes.add(chat.id, author="mei", at=NOW, text=SAID)
        uow.wishes.add(
            Said(
                wish=OptOut(channel=Medium.CALL, address=PHONE),
                source="chat",
                said_at=NOW,
                text=SAID,
            ),
            Whose(borrower_id=borrower_id, channel=Channel.TELEGRAM, address=CHAT),
        )
        uow.desk.keep_contact_point(borrower_id, None, "phone", PHONE)
        uow.commit()
    return borrower_id


def all_rows(database: Database) -> str:
    """Every value of every table, sealed ones opened: what a full-text search would find."""
    with database.engine.connect() as connection:
        return "\n".join(
            f"{table.name} {row!r}"
            for table in metadata.sorted_tables
            for row in connection.execute(select(table))
        )


def close_accounts(database: Database, borrower_id: BorrowerId) -> None:
    with database.engine.begin() as connection:
        connection.execute(
            update(AccountRow).where(AccountRow.borrower_id == borrower_id).values(status="settled")
        )


def test_every_table_about_borrowers_has_one_rule() -> None:
    found = {table.name for table in personal_tables()} | {"audit"}
    lists = [*DELETED, *EMPTIED, *KEPT]
    assert sorted(lists) == sorted(found)


async def test_the_export_is_every_row(house: TestHouse) -> None:
    borrower_id = await live(house)
    with house.database.session() as session:
        told = export_of(session, borrower_id)
    ids: dict[str, set[Any]] = {"borrowers": {borrower_id}}
    with house.database.engine.connect() as connection:
        for table, ways in personal_tables().items():
            key = next(iter(table.primary_key.columns)).name
            rows = [
                row
                for row in connection.execute(select(table)).mappings()
                if (not ways and row["id"] == borrower_id)
                or any(row[column.name] in ids.get(parent.name, set()) for column, parent in ways)
            ]
            ids[table.name] = {row[key] for row in rows}
            hidden = {c.name for c in table.columns if isinstance(c.type, BlindIndex)}
            hidden |= {name for of, name in NOT_TOLD if of == table.name}
            assert len(told.get(table.name, [])) == len(rows), table.name
            for said, row in zip(
                told.get(table.name, []), sorted(rows, key=lambda r: r[key]), strict=True
            ):
                assert set(said) == set(row.keys()) - hidden
                assert all(str(said[n]) == str(row[n]) for n in said if isinstance(row[n], str))
    for name in ("messages", "accounts", "contact_points", "escalations", "contact_decisions"):
        assert told[name], name
    assert {"value": PHONE, "kind": "phone"}.items() <= told["contact_points"][-1].items()
    assert any(row["event"] == "contact.decided" for row in told["audit"])
    assert json.loads(json.dumps(told)) == told
    assert "NB-WEI" not in json.dumps(told)


async def test_mydata_gives_the_file_to_who_is_verified_only(house: TestHouse) -> None:
    borrower_id = await live(house)
    given: list[BorrowerId] = []

    def export(whose: BorrowerId) -> dict[str, Any]:
        given.append(whose)
        return {"messages": [{"text": SAID}]}

    clerk = DataClerk(export=export, texts=house.texts, clock=house.clock)
    chat = house.conversation(CHAT)
    [content] = clerk.carry_out(chat, [{KEY: True}])
    assert content.document is not None and content.document.filename == FILE_NAME
    assert json.loads(content.document.pdf)["records"] == {"messages": [{"text": SAID}]}
    assert content.text == house.text("utter_data_copy")
    assert given == [borrower_id]
    assert clerk.carry_out(chat, [{"escalate": {}}]) == ()
    house.clock.forward(hours=5)
    assert clerk.carry_out(chat, [{KEY: True}]) == ()
    stranger = replace(chat, identity=replace(chat.identity, borrower_id=None))
    assert clerk.carry_out(stranger, [{KEY: True}]) == ()
    assert given == [borrower_id]


async def test_erasure_leaves_only_what_is_named(house: TestHouse, tmp_path: Path) -> None:
    borrower_id = await live(house)
    chat = house.conversation(CHAT)
    dialogue = tmp_path / "dialogue-of-rasa.db"
    with closing(sqlite3.connect(dialogue)) as memory:
        memory.execute("CREATE TABLE events (sender_id TEXT, timestamp REAL, data TEXT)")
        memory.execute("INSERT INTO events VALUES (?, 1, ?)", (chat.id, SAID))
        memory.execute("INSERT INTO events VALUES ('other', 1, 'stays')")
        memory.commit()
    needles = ["Ann Baker", "Zygmunt", "Kowalski", PHONE, CHAT, BORN]
    with house.database.unit() as uow:
        points = uow.portfolio.contact_points(borrower_id)
        entries = len(uow.accounts.files_of(borrower_id)[0].entries)
    needles += [point.value for point in points]
    before = all_rows(house.database)
    assert {n for n in needles if n not in before} <= {BORN}

    with pytest.raises(NotErasable, match="PL-ANN"):
        erase_borrower(house.database, borrower_id, dialogue=dialogue, by="staff:x", now=NOW)
    assert all_rows(house.database) == before
    close_accounts(house.database, borrower_id)
    counts = erase_borrower(house.database, borrower_id, dialogue=dialogue, by="staff:x", now=NOW)
    wipe(house.database, dialogue)

    after = all_rows(house.database)
    assert [needle for needle in needles if needle in after] == []
    assert counts["messages"] > 3 and counts["contact_points"] == len(points)
    with house.database.unit() as uow:
        borrower = uow.borrowers.get(borrower_id)
        assert (borrower.full_name, borrower.given_name) == ("", "")
        assert len(uow.accounts.files_of(borrower_id)[0].entries) == entries
        # The wish to be left alone holds for the number, should it come again.
    assert "borrower.erased" in after
    with closing(sqlite3.connect(dialogue)) as memory:
        assert memory.execute("SELECT data FROM events").fetchall() == [("stays",)]
    if house.database.engine.dialect.name == "sqlite":
        house.database.close()
        path = Path(str(house.database.engine.url.database))
        for file in [*path.parent.glob(f"{path.name}*"), dialogue]:
            raw = file.read_bytes()
            assert [n for n in needles if n.encode() in raw] == [], file.name


async def test_an_erased_chat_that_writes_again_is_a_stranger(house: TestHouse) -> None:
    borrower_id = await live(house)
    erase_borrower(house.database, borrower_id, dialogue=None, by="x", now=NOW, force=True)
    house.clock.forward(hours=1)
    await house.send("hello again", address=CHAT)
    assert house.conversation(CHAT).identity.borrower_id is None


def kept(**changed: Any) -> Retention:
    names = set(Retention.model_fields) - {"version"}
    return Retention(version=1, **{**dict.fromkeys(names, "forever"), **changed})


async def test_what_is_old_enough_is_forgotten_and_nothing_else(house: TestHouse) -> None:
    await live(house)
    database, erased = house.database, []
    later = NOW + timedelta(days=10)
    forever = all_rows(database)
    assert forget(database, kept(), later, erase=erased.append) == {}
    assert all_rows(database) == forever

    young = kept(conversations=11, staff_notes=11, links=11, identity_attempts=11)
    assert forget(database, young, later, erase=erased.append) == {}
    old = kept(conversations=9, staff_notes=9, identity_attempts=9)
    assert overdue(database, old, later)["staff_notes"] == 1
    counts = forget(database, old, later, erase=erased.append)
    assert counts["staff_notes"] == 1 and counts["conversations"] > 3
    assert counts["identity_attempts"] >= 2
    after = all_rows(database)
    with database.session() as session:
        left = session.scalar(text("SELECT count(*) FROM messages WHERE text <> ''"))
        total = session.scalar(text("SELECT count(*) FROM messages"))
    assert left == 0 and total and total > 3
    assert "Ann Baker" in after
    assert forget(database, old, later, erase=erased.append) == {}
    assert erased == []


async def test_a_borrower_whose_accounts_closed_long_ago_is_erased(house: TestHouse) -> None:
    borrower_id = await live(house)
    close_accounts(house.database, borrower_id)
    erased: list[BorrowerId] = []
    soon, long_after = NOW + timedelta(days=20), NOW + timedelta(days=400)
    forget(house.database, kept(closed_borrowers=365), soon, erase=erased.append)
    assert borrower_id not in erased
    forget(house.database, kept(closed_borrowers=365), long_after, erase=erased.append)
    assert borrower_id in erased
    with house.database.unit() as uow:
        open_one = uow.borrowers.by_reference("NB-WEI")
    assert open_one is not None and open_one.id not in erased


def test_memory_of_the_dialogue_is_forgotten(tmp_path: Path, sqlite_database_url: str) -> None:
    database, dialogue = Database(sqlite_database_url), tmp_path / "dialogue.db"
    assert forget_old_dialogue(database, dialogue, NOW) == 0
    with closing(sqlite3.connect(dialogue)) as memory:
        memory.execute("CREATE TABLE events (sender_id TEXT, timestamp REAL, data TEXT)")
        for at in (NOW - timedelta(days=1), NOW + timedelta(days=1)):
            memory.execute("INSERT INTO events VALUES ('x', ?, '')", (at.timestamp(),))
        memory.commit()
    assert forget_old_dialogue(database, dialogue, NOW) == 1
    assert forget_old_dialogue(database, None, NOW) == 0
    database.close()


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (("conversations: 2557", "conversations: -1"), "conversations"),
        (("conversations: 2557", "conversations: soon"), "conversations"),
        (("links: 30", "linkz: 30"), "linkz"),
        (("version: 1", "version: 2"), "version"),
        (("version: 1", "- a: ["), "cannot be read"),
        (("version: 1", "!!python/object/apply:os.system ['true']"), "cannot be read"),
    ],
)
def test_a_wrong_file_is_refused_by_name(
    tmp_path: Path, change: tuple[str, str], named: str
) -> None:
    good = (Path(__file__).parents[2] / "store" / "retention.yaml").read_text()
    assert load_retention().version == 1
    file = tmp_path / "retention.yaml"
    file.write_text(good.replace(*change, 1))
    with pytest.raises(BadRetention, match=named) as refused:
        load_retention(file)
    assert refused.value.hint
    with pytest.raises(BadRetention):
        load_retention(tmp_path / "none.yaml")
