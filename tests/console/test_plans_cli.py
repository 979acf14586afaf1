"""`tideover plans` on a database: what waits, two people, certificates and their proof."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot.staff import Role
from console.cli import app
from lending.plan_records import KeptOffer, OfferState
from lending.reliefs import TermExtension
from store.db import Database
from tests.console.commands import NO_SETTINGS, Told
from tests.store.test_plan_service import LOAN, OFFICE, Desk, at


@pytest.fixture
def desk(sqlite_template: Path, tmp_path: Path) -> Iterator[Desk]:
    path = tmp_path / "tideover.db"
    shutil.copy(sqlite_template, path)
    database = Database(f"sqlite:///{path}")
    made = Desk(database, LOAN)
    people = {"mei": Role.AGENT, "tom": Role.SUPERVISOR, "cora": Role.COMPLIANCE}
    with database.unit() as uow:
        for login, role in people.items():
            uow.staff.add(
                login=login,
                name=login.title(),
                role=role,
                language="en",
                password_hash="none",
                created_at=at(made.today).at,
            )
        uow.commit()
    yield made
    database.close()


def plans(tmp_path: Path, *words: str | Path) -> Told:
    env = {**NO_SETTINGS, "TIDEOVER_DATA_DIR": str(tmp_path), "COLUMNS": "200"}
    done = CliRunner().invoke(app, ["plans", *map(str, words)], env=env)
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    return Told(code=done.exit_code, out=done.stdout, err=done.stderr)


def requested(desk: Desk) -> KeptOffer:
    kept = desk.named(TermExtension(7))
    desk.do(lambda uow, b: OFFICE.request(uow.plans, kept.id, b, now=at(desk.today)))
    return kept


def test_two_people_approve_by_their_sign_in_names(desk: Desk, tmp_path: Path) -> None:
    kept = requested(desk)
    assert kept.id in plans(tmp_path, "list").out
    assert "Nobody" in plans(tmp_path, "recommend", kept.id, "--as", "bob").err
    assert "role compliance may not" in plans(tmp_path, "recommend", kept.id, "--as", "cora").err
    assert plans(tmp_path, "recommend", kept.id, "--as", "tom").code == 0
    refused = plans(tmp_path, "approve", kept.id, "--as", "tom")
    assert refused.code == 1 and "second colleague" in refused.err
    assert "role agent may not" in plans(tmp_path, "approve", kept.id, "--as", "mei").err
    shown = plans(tmp_path, "show", kept.id, "--json").json
    assert (shown["state"], shown["recommended_by"]) == ("recommended", "tom")
    with desk.database.unit() as uow:
        uow.staff.add(
            login="ann",
            name="Ann",
            role=Role.SUPERVISOR,
            language="en",
            password_hash="none",
            created_at=at(desk.today).at,
        )
        uow.commit()
    assert "until" in plans(tmp_path, "approve", kept.id, "--as", "ann").out
    found = plans(tmp_path, "list", "--state", "approved", "--json").json["offers"]
    assert [one["offer_id"] for one in found] == [kept.id]
    with desk.database.unit() as uow:
        assert uow.audit.verify() is None


def test_declined_with_a_reason(desk: Desk, tmp_path: Path) -> None:
    kept = requested(desk)
    assert plans(tmp_path, "decline", kept.id, "--as", "tom", "--reason", "too long").code == 0
    after = desk.do(lambda uow, _: uow.plans.offer(kept.id))
    assert (after.state, after.declined_by, after.note) == (OfferState.DECLINED, "tom", "too long")
    assert "Nothing waits" in plans(tmp_path, "list").out


def test_a_certificate_and_its_proof(desk: Desk, tmp_path: Path) -> None:
    plan = desk.accept(desk.show()[0])
    told = plans(tmp_path, "certificate", "B-1-A", "--to", tmp_path)
    assert told.code == 0, told.err
    text, pdf = (tmp_path / f"plan-{plan.id}-v1.{kind}" for kind in ("json", "pdf"))
    sha256 = told.out.split()[-1]
    for path in (text, pdf):
        assert "Genuine" in plans(tmp_path, "verify", path).out
    assert "Genuine" in plans(tmp_path, "verify", text, "--sha256", sha256).out
    rows = json.loads(text.read_text("utf-8"))["rows"]
    assert [row["due_on"] for row in rows] == [r.due_on.isoformat() for r in plan.offer.rows]
    for path in (text, pdf):
        content = path.read_bytes()
        for place in (len(content) // 3, len(content) // 2, len(content) - 20):
            path.write_bytes(content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :])
            changed = plans(tmp_path, "verify", path)
            assert changed.code == 1 and "Genuine" not in changed.out
        path.write_bytes(content)
    assert plans(tmp_path, "verify", tmp_path / "nothing.json").code == 1
    assert plans(tmp_path, "certificate", "B-1-A", "--version", "9").code == 1


def test_show_for_people(desk: Desk, tmp_path: Path) -> None:
    plan = desk.accept(desk.show()[0])
    told = plans(tmp_path, "show", "B-1-A")
    assert told.code == 0 and plan.id in told.out and "accepted" in told.out
    assert plans(tmp_path, "show", "nowhere").code == 1


def test_review_says_what_it_did(desk: Desk, tmp_path: Path) -> None:
    desk.accept(desk.show()[0])
    told = plans(tmp_path, "review")
    assert told.code == 0 and told.out.startswith("1 plans: 1 failed")
