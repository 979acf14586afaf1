"""`tideover risk` on a file of card histories and on the demo's books."""

from __future__ import annotations

import csv
import json
import random
from pathlib import Path

import pytest
from typer.testing import CliRunner

from console.card_histories import RAW
from console.cli import app
from lending.dates import local_day
from store.db import Database
from store.seed import seed_demo
from tests.house import NOW, digest

RUN = CliRunner()


def write_histories(path: Path, accounts: int = 600, seed: int = 1) -> Path:
    """Invented cards: the later someone was, the likelier the next payment is missed."""
    rng = random.Random(seed)
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["id", *RAW, "sex", "age", "default_next_month"])
        for number in range(accounts):
            late = [rng.choice([0, 0, 0, -1, 1, 2]) for _ in range(6)]
            bills = [rng.randrange(0, 40_000) for _ in range(6)]
            paid = [rng.randrange(0, 9_000) for _ in range(6)]
            missed = rng.random() < (0.7 if late[0] > 0 else 0.1)
            person = [rng.choice([1, 2]), rng.randrange(21, 69)]
            writer.writerow([number, 50_000, *late, *bills, *paid, *person, int(missed)])
    return path


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TIDEOVER_DATA_DIR", str(tmp_path))
    return tmp_path


def test_learns_scores_and_reports(here: Path) -> None:
    file = write_histories(here / "cards.csv")
    args = ["--currency", "TWD", "--csv", str(file), "--json"]
    trained = RUN.invoke(app, ["risk", "train", *args])
    assert trained.exit_code == 0, trained.output
    report = json.loads(trained.stdout)
    assert report["trained_on"] == 600
    assert 0.6 < report["auc_low"] <= report["auc"] <= report["auc_high"] <= 1
    assert {row["group"] for row in report["fairness"]["sex"]} == {"1", "2"}
    assert sum(row["people"] for row in report["fairness"]["age"]) == 600
    scored = json.loads(RUN.invoke(app, ["risk", "score", *args]).stdout)["scores"]
    chances = [one["probability_bp"] for one in scored]
    assert len(scored) == 600 and chances == sorted(chances, reverse=True)
    assert scored[0]["band"] == "offer_help" and scored[0]["reasons"]
    drift = json.loads(RUN.invoke(app, ["risk", "drift", *args]).stdout)["stability_index"]
    assert max(drift.values()) < 0.01


def test_the_same_history_gives_the_same_model(here: Path) -> None:
    file = write_histories(here / "cards.csv")
    args = ["risk", "train", "--currency", "TWD", "--csv", str(file)]
    model = here / "models" / "early-warning-TWD.json"
    RUN.invoke(app, args)
    first = model.read_text()
    RUN.invoke(app, args)
    assert model.read_text() == first


def test_who_someone_is_changes_no_score(here: Path) -> None:
    file = write_histories(here / "cards.csv")
    args = ["--currency", "TWD", "--csv"]
    RUN.invoke(app, ["risk", "train", *args, str(file)])
    before = RUN.invoke(app, ["risk", "score", *args, str(file), "--json"]).stdout
    with file.open() as lines:
        rows = list(csv.DictReader(lines))
    swapped = here / "swapped.csv"
    with swapped.open("w", newline="") as out:
        writer = csv.DictWriter(out, rows[0])
        writer.writeheader()
        writer.writerows(row | {"sex": str(3 - int(row["sex"])), "age": "99"} for row in rows)
    assert RUN.invoke(app, ["risk", "score", *args, str(swapped), "--json"]).stdout == before


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda text: text.replace("bill_amt_3", "bill_3", 1), "lacks the columns bill_amt_3"),
        (lambda text: text.replace("50000", "nan", 1), "Line 2: limit_bal is not a number"),
        (lambda text: text.replace("50000", "0", 1), "Line 2: limit_bal must be above zero"),
        (lambda text: "", "lacks the columns"),
    ],
)
def test_a_bad_file_is_told_by_line(here: Path, change, said: str) -> None:  # type: ignore[no-untyped-def]
    file = write_histories(here / "cards.csv", accounts=5)
    file.write_text(change(file.read_text()))
    refused = RUN.invoke(app, ["risk", "train", "--currency", "TWD", "--csv", str(file)])
    assert refused.exit_code == 1
    assert said in " ".join(refused.output.split())
    assert not (here / "models").exists()


def test_too_little_history_and_no_model_say_what_to_do(here: Path) -> None:
    file = write_histories(here / "cards.csv", accounts=50)
    few = RUN.invoke(app, ["risk", "train", "--currency", "TWD", "--csv", str(file)])
    assert few.exit_code == 1 and "It takes 200 cycles" in " ".join(few.output.split())
    none = RUN.invoke(app, ["risk", "score", "--currency", "TWD", "--csv", str(file)])
    assert none.exit_code == 1 and "tideover risk train --currency TWD" in none.output


def test_the_lenders_own_books_are_learnt_from(here: Path) -> None:
    from console.risk_samples import samples_of

    database = Database(f"sqlite:///{here / 'tideover.db'}")
    database.migrate()
    seed_demo(database, today=NOW.date(), now=NOW, digest=digest)
    today = local_day(NOW, "UTC")
    with database.unit() as uow:
        late = uow.accounts.by_reference("PL-ANN")
        page = uow.accounts.page(after=0, limit=7)
        rest = uow.accounts.page(after=page[-1].account.id, limit=3)
    database.close()
    assert late is not None and len(page) == 7 and len(rest) == 3
    assert page[-1].account.id < rest[0].account.id
    samples = [sample for file in (*page, late) for sample in samples_of(file, today)]
    assert samples and {sample.group for sample in samples} >= {"PL-ANN"}
    write_histories(here / "cards.csv")
    RUN.invoke(app, ["risk", "train", "--currency", "USD", "--csv", str(here / "cards.csv")])
    told = RUN.invoke(app, ["risk", "explain", "PL-ANN", "--json"])
    assert told.exit_code == 0, told.output
    assert json.loads(told.stdout)["features"]["limit"] > 0
