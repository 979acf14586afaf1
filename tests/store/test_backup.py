"""A backup is one state that existed; a restore is all or nothing, and destroys nothing unasked."""

from __future__ import annotations

import io
import itertools
import tarfile
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, insert, select

from store.backup import BackupRefused, BadBackup, RestoreRefused, back_up, check_backup, restore
from store.db import Database
from store.postgres_tools import ToolFailed
from store.schema import known_revisions
from store.tables import AuditRow, BorrowerRow, FeedRow, metadata
from tests.house import NOW

REVISIONS = known_revisions()


def url_of(database: Database) -> str:
    return database.engine.url.render_as_string(hide_password=False)


def saved(database: Database, target: Path, **changed: Any) -> Path:
    words: dict[str, Any] = {"version": "1.2.3", "now": NOW, "force": False, **changed}
    back_up(url_of(database), None, target, **words)
    return target


def rows_of(database: Database) -> dict[str, list[Any]]:
    with database.engine.connect() as connection:
        return {
            table.name: sorted(map(repr, connection.execute(select(table)).all()))
            for table in metadata.sorted_tables
        }


@pytest.fixture
def empty(empty_database_url: str) -> str:
    return empty_database_url


def put_back(source: Path, url: str, *, force: bool = False) -> Database:
    restore(source, url, None, known=REVISIONS, force=force)
    return Database(url)


@pytest.fixture
def peopled_and_empty(request: pytest.FixtureRequest) -> tuple[Database, str]:
    kind = str(request.param)
    opened = Database(request.getfixturevalue(f"peopled_{kind}_url"))
    return opened, request.getfixturevalue(f"empty_{kind}_url")


BOTH = pytest.mark.parametrize("peopled_and_empty", ["sqlite", "postgresql"], indirect=True)


@BOTH
def test_what_was_saved_comes_back_row_for_row(
    peopled_and_empty: tuple[Database, str], tmp_path: Path
) -> None:
    database, empty = peopled_and_empty
    with database.unit() as uow:
        for number in range(3):
            uow.audit.append(at=NOW, actor="test", event=f"e{number}", subject="s", details={})
            uow.commit()
    before = rows_of(database)
    file = saved(database, tmp_path / "copy.tar.gz")
    assert file.stat().st_mode & 0o777 == 0o600
    manifest = check_backup(file)
    assert (manifest.version, manifest.revision in REVISIONS) == ("1.2.3", True)

    again = put_back(file, empty)
    assert rows_of(again) == before
    again.check()
    with pytest.raises(Exception, match=r"append-only|not allowed"), again.session() as session:
        session.execute(AuditRow.__table__.delete())
    again.close()
    database.close()


@BOTH
def test_a_backup_under_load_is_one_state(
    peopled_and_empty: tuple[Database, str], tmp_path: Path
) -> None:
    """Each transaction writes a pair and a link of the audit chain: no backup has half of one."""
    database, empty = peopled_and_empty
    stop, written = threading.Event(), []

    def write(worker: int) -> None:
        number = 0
        while not stop.is_set():
            with database.session() as session:
                for half in ("a", "b"):
                    name = f"{worker}.{number}.{half}"
                    session.execute(insert(FeedRow).values(name=name, watermark=NOW))
                session.commit()
            with database.unit() as uow:
                uow.audit.append(at=NOW, actor="w", event="e", subject=f"{worker}", details={})
                uow.commit()
            number += 1
            written.append(number)

    workers = [threading.Thread(target=write, args=(n,)) for n in range(2)]
    for worker in workers:
        worker.start()
    while len(written) < 20:
        stop.wait(0.01)
    before = len(written)
    file = saved(database, tmp_path / "copy.tar.gz")
    stop.set()
    for worker in workers:
        worker.join()
    database.close()

    again = put_back(file, empty)
    with again.engine.connect() as connection:
        names = set(connection.scalars(select(FeedRow.name)))
        links = connection.execute(
            select(AuditRow.prev_hash, AuditRow.hash).order_by(AuditRow.id)
        ).all()
        people = connection.scalar(select(func.count()).select_from(BorrowerRow))
    assert {n.removesuffix(".a") for n in names if n.endswith(".a")} == {
        n.removesuffix(".b") for n in names if n.endswith(".b")
    }
    assert len(names) >= 2 * (before - 2)
    assert all(prev == hash_ for (_, hash_), (prev, _) in itertools.pairwise(links))
    assert people == 200
    again.close()


@BOTH
def test_a_database_with_rows_is_replaced_only_by_force(
    peopled_and_empty: tuple[Database, str], tmp_path: Path
) -> None:
    database, _ = peopled_and_empty
    file = saved(database, tmp_path / "copy.tar.gz")
    with database.session() as session:
        session.add(FeedRow(name="later", watermark=NOW))
        session.commit()
    before = rows_of(database)
    url = url_of(database)
    database.close()
    with pytest.raises(RestoreRefused, match="not empty") as refused:
        restore(file, url, None, known=REVISIONS, force=False)
    assert "--force" in refused.value.hint
    unchanged = Database(url)
    assert rows_of(unchanged) == before
    unchanged.close()

    again = put_back(file, url, force=True)
    assert "later" not in str(rows_of(again)["feeds"])
    again.check()
    again.close()


def test_a_database_in_use_is_left_alone(sqlite_database_url: str, tmp_path: Path) -> None:
    database = Database(sqlite_database_url)
    database.check()  # its connection stays open
    file = saved(database, tmp_path / "copy.tar.gz")
    with pytest.raises(RestoreRefused, match="Another program uses"):
        restore(file, sqlite_database_url, None, known=REVISIONS, force=True)
    database.check()
    database.close()
    put_back(file, sqlite_database_url).close()


def test_a_server_database_in_use_is_left_alone(
    postgresql_database_url: str, tmp_path: Path
) -> None:
    database = Database(postgresql_database_url)
    file = saved(database, tmp_path / "copy.tar.gz")
    with database.engine.connect():
        with pytest.raises(RestoreRefused, match="other connections"):
            restore(file, postgresql_database_url, None, known=REVISIONS, force=False)
        database.check()
    put_back(file, postgresql_database_url, force=True).close()
    database.close()


@pytest.fixture
def copy(sqlite_database_url: str, tmp_path: Path) -> Path:
    database = Database(sqlite_database_url)
    file = saved(database, tmp_path / "copy.tar.gz")
    database.close()
    return file


def parts_of(copy: Path) -> Iterator[tuple[str, bytes]]:
    with tarfile.open(copy) as tar:
        for member in tar:
            opened = tar.extractfile(member)
            assert opened is not None
            yield member.name, opened.read()


def packed(target: Path, parts: Iterator[tuple[str, bytes]]) -> Path:
    with tarfile.open(target, "w:gz") as tar:
        for name, data in parts:
            member = tarfile.TarInfo(name)
            member.size = len(data)
            tar.addfile(member, io.BytesIO(data))
    return target


@pytest.mark.parametrize(
    "spoil",
    [
        lambda name, data: (name, data[:-1] + b"x" if name.endswith(".db") else data),
        lambda name, data: (name, b"{}" if name.endswith(".json") else data),
        lambda name, data: (f"../{name}", data),
        lambda name, data: (f"/tmp/{name}", data),
        lambda name, data: (name, data.replace(b'"format": 1', b'"format": 9')),
        lambda name, data: ("other.db" if name.endswith(".db") else name, data),
        lambda name, data: (name, data.replace(b'"parts": {', b'"parts": {"../x": "",')),
    ],
)
def test_a_changed_file_is_refused_and_nothing_is_touched(
    copy: Path, tmp_path: Path, spoil: Any
) -> None:
    target = tmp_path / "target.db"
    bad = packed(tmp_path / "bad.tar.gz", (spoil(*part) for part in parts_of(copy)))
    with pytest.raises(BadBackup) as refused:
        restore(bad, f"sqlite:///{target}", None, known=REVISIONS, force=True)
    assert refused.value.hint
    assert not target.exists()


def test_half_a_file_and_no_file_are_refused(copy: Path, tmp_path: Path) -> None:
    half = tmp_path / "half.tar.gz"
    half.write_bytes(copy.read_bytes()[: copy.stat().st_size // 2])
    text = tmp_path / "text.tar.gz"
    text.write_text("hello")
    for file in (half, text, tmp_path / "none.tar.gz"):
        with pytest.raises(BadBackup):
            check_backup(file)


def test_a_newer_backup_and_one_of_another_kind_are_refused(copy: Path, tmp_path: Path) -> None:
    target = f"sqlite:///{tmp_path / 'target.db'}"
    with pytest.raises(RestoreRefused, match="newer version"):
        restore(copy, target, None, known=frozenset({"0001"}), force=True)
    with pytest.raises(RestoreRefused, match="backup of sqlite"):
        restore(copy, "postgresql://nobody@127.0.0.1:1/x", None, known=REVISIONS, force=True)


def test_files_that_are_there_and_servers_that_are_not(copy: Path, tmp_path: Path) -> None:
    words: dict[str, Any] = {"version": "1", "now": NOW, "force": False}
    with pytest.raises(BackupRefused, match="exists"):
        back_up("sqlite:///x.db", None, copy, **words)
    with pytest.raises(BackupRefused, match="no folder"):
        back_up("sqlite:///x.db", None, tmp_path / "none" / "x.tar.gz", **words)
    with pytest.raises(BadBackup, match="no database"):
        back_up(f"sqlite:///{tmp_path}/none.db", None, tmp_path / "new.tar.gz", **words)
    with pytest.raises(ToolFailed) as failed:
        back_up("postgresql://u:hush@127.0.0.1:1/x", None, tmp_path / "new.tar.gz", **words)
    assert "hush" not in failed.value.message + failed.value.hint
    assert [path.name for path in tmp_path.iterdir() if "tideover.db" not in path.name] == [
        "copy.tar.gz"
    ]


def test_the_memory_of_conversations_goes_along(sqlite_database_url: str, tmp_path: Path) -> None:
    dialogue = Database(f"sqlite:///{tmp_path / 'dialogue.db'}")
    dialogue.migrate()
    dialogue.close()
    file = tmp_path / "copy.tar.gz"
    back_up(sqlite_database_url, tmp_path / "dialogue.db", file, version="1", now=NOW, force=False)
    there = tmp_path / "there"
    restore(
        file,
        f"sqlite:///{there / 'tideover.db'}",
        there / "dialogue.db",
        known=REVISIONS,
        force=False,
    )
    assert sorted(path.name for path in there.iterdir()) == ["dialogue.db", "tideover.db"]
