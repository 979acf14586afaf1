"""Contact details are sealed in the database, found all the same, and go with their keys."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import text

from lending.portfolio import PointKind, PointRecord
from store.db import Database
from store.errors import StoreUnavailable
from store.field_keys import (
    BadFieldKeys,
    FieldKeys,
    KeyLost,
    key_id_of,
    new_field_key,
    read_field_keys,
)
from tests.house import NOW

FIRST = FieldKeys("a", {"a": b"1" * 32}, b"index")
SECOND = FieldKeys("b", {"b": b"2" * 32, "a": b"1" * 32}, b"index")
ONLY_SECOND = replace(SECOND, keys={"b": b"2" * 32})
PHONE = "+15550100999"


def opened(url: str, keys: FieldKeys | None) -> Database:
    return Database(url, keys=keys)


def raw(database: Database) -> list[tuple[str, str]]:
    with database.engine.connect() as connection:
        rows = connection.execute(text("SELECT value, value_index FROM contact_points"))
        return [(value, index) for value, index in rows]


def points(database: Database, reference: str = "NB-ANN") -> set[str]:
    with database.unit() as uow:
        borrower = uow.borrowers.by_reference(reference)
        assert borrower is not None
        return {point.value for point in uow.portfolio.contact_points(borrower.id)}


def keep(database: Database, reference: str, value: str) -> bool:
    record = PointRecord(
        borrower=reference,
        kind=PointKind.PHONE,
        value=value,
        verified_at=NOW,
        reachable=True,
    )
    with database.unit() as uow:
        borrower = uow.borrowers.by_reference(reference)
        assert borrower is not None
        is_new = uow.portfolio.save_contact_point(borrower.id, record)
        uow.commit()
    return is_new


def test_what_is_kept_tells_nothing_and_is_found(peopled_database_url: str) -> None:
    before = opened(peopled_database_url, None)
    plain = raw(before)
    told = points(before)
    before.close()
    database = opened(peopled_database_url, FIRST)
    assert points(database) == told  # what was kept before there were keys is read as it is
    database.migrate()  # `tideover init` seals it
    sealed = raw(database)
    assert len(sealed) == len(plain)
    assert {key_id_of(value) for value, _ in sealed} == {"a"}
    assert not {v for pair in plain for v in pair} & {v for pair in sealed for v in pair}
    assert points(database) == told

    assert keep(database, "NB-ANN", PHONE) is True
    assert keep(database, "NB-ANN", PHONE) is False  # the same one, though sealed anew each time
    assert keep(database, "NB-WEI", PHONE) is True  # a shared phone
    with database.unit() as uow:
        borrower = uow.borrowers.by_reference("NB-ANN")
        assert borrower is not None
        uow.reminders.mark_point(borrower.id, "phone", PHONE, reachable=False)
        uow.commit()
        found = uow.reminders.points_of([borrower.id])[borrower.id]
        [point] = [one for one in found if one.value == PHONE]
    assert not point.reachable
    assert PHONE not in str(raw(database))
    database.close()


def test_keys_change_while_all_goes_on(peopled_database_url: str) -> None:
    database = opened(peopled_database_url, FIRST)
    database.reseal()
    told, count = points(database), len(raw(database))
    database.close()

    database = opened(peopled_database_url, SECOND)
    assert keep(database, "NB-ANN", PHONE)
    assert database.count_by_key() == {"a": count, "b": 1}

    def stop(_: int) -> None:
        raise InterruptedError

    with pytest.raises(InterruptedError):
        database.reseal(stop)
    seen: list[int] = []
    database.reseal(seen.append)
    assert database.count_by_key() == {"b": count + 1}
    assert database.reseal() == 0
    database.close()

    database = opened(peopled_database_url, ONLY_SECOND)
    assert points(database) == told | {PHONE}
    database.close()


def test_a_lost_key_is_named_and_loses_nothing(peopled_database_url: str) -> None:
    database = opened(peopled_database_url, FIRST)
    database.reseal()
    told, sealed = points(database), raw(database)
    database.close()
    for keys in (ONLY_SECOND, None, replace(FIRST, keys={"a": b"3" * 32})):
        database = opened(peopled_database_url, keys)
        with pytest.raises(KeyLost, match="'a'") as lost:
            points(database)
        assert lost.value.hint
        if keys is ONLY_SECOND:
            with pytest.raises(KeyLost):
                database.reseal()
        assert raw(database) == sealed
        database.close()
    database = opened(peopled_database_url, SECOND)
    assert points(database) == told
    database.close()


def test_an_older_version_gets_plain_text_back(peopled_database_url: str) -> None:
    database = opened(peopled_database_url, None)
    plain = sorted(value for value, _ in raw(database))
    database.close()
    database = opened(peopled_database_url, FIRST)
    database.reseal()
    database.go_back("0013")
    with database.engine.connect() as connection:
        found = connection.scalars(text("SELECT value FROM contact_points ORDER BY value"))
        assert sorted(found) == plain
    database.migrate()
    assert database.count_by_key() == {"a": len(plain)}
    database.close()


def test_sealed_values_go_back_only_with_their_keys(sqlite_database_url: str) -> None:
    database = opened(sqlite_database_url, FIRST)
    with database.engine.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO borrowers (reference, full_name, given_name, language, timezone,"
                " jurisdiction, country) VALUES ('R', 'N', 'N', 'en', 'UTC', 'US', 'US')"
            )
        )
        connection.execute(
            text(
                "INSERT INTO contact_points (borrower_id, kind, value, value_index, reachable)"
                " VALUES (1, 'phone', 'sealed:a:AAAA', 'x', 1)"
            )
        )
    database.close()
    without = opened(sqlite_database_url, None)
    with pytest.raises(StoreUnavailable, match="their keys are not there"):
        without.go_back("0013")
    without.check()
    without.close()


def test_files_on_disk_hold_no_phone(peopled_sqlite_url: str) -> None:
    database = opened(peopled_sqlite_url, FIRST)
    assert keep(database, "NB-ANN", PHONE)
    database.close()
    path = Path(str(database.engine.url.database))
    for file in path.parent.glob(f"{path.name}*"):
        assert PHONE.encode() not in file.read_bytes()


def test_keys_are_read_with_care() -> None:
    one, two = new_field_key("2026-11"), new_field_key("2026-10")
    read = read_field_keys(f" {one}\n{two} ")
    assert list(read) == ["2026-11", "2026-10"]
    assert all(len(key) == 32 for key in read.values())
    for bad in (
        "x",
        "a:",
        "a:AAAA",
        f"{one} {one}",
        "A:" + one.split(":")[1],
        one + "!",
        ":" + one,
    ):
        with pytest.raises(BadFieldKeys) as refused:
            read_field_keys(bad)
        assert refused.value.hint
        assert one.split(":")[1] not in refused.value.message + refused.value.hint
    with pytest.raises(BadFieldKeys):
        new_field_key("No Spaces")
