"""`tideover risk`: who may need help before the next payment, why, and how far to trust that."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.progress import track
from rich.table import Table

from console.plain_errors import err, out, plain_errors
from lending.account_file import AccountFile
from lending.behaviour import FEATURES, History, features_of
from lending.behaviour_of import history_of
from lending.dates import local_day
from lending.errors import TideoverError, UnknownAccount
from lending.risk_score import (
    BadScorecard,
    Score,
    Scorecard,
    drift_of,
    from_json,
    score_of,
    to_json,
)
from settings import Settings, load_settings

if TYPE_CHECKING:
    from console.risk_training import GroupFairness, Quality, Sample

app = typer.Typer(
    help="Early warning: offer help before a payment is missed.", no_args_is_help=True
)

Currency = Annotated[str, typer.Option(help="Currency of the accounts; a model is for one.")]
Csv = Annotated[
    Path | None, typer.Option("--csv", help="Card histories from a file, not the database.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]


class NoModel(TideoverError):
    """No scorecard was trained for this currency yet."""


@app.command()
def train(currency: Currency, csv: Csv = None, as_json: AsJson = False) -> None:
    """Learn from the lender's own history (or a file), and say how good and how fair it is."""
    with plain_errors():
        from console.risk_training import fairness
        from console.risk_training import train as learn

        settings = load_settings()
        samples, people = _from_csv(csv, currency) if csv else (_from_books(settings, currency), {})
        card, quality = learn(samples, currency)
        groups = {name: fairness(samples, quality, card, g) for name, g in people.items()}
        target = _model_file(settings, currency)
        _write(target, card)
        if as_json:
            print(json.dumps(_report(card, quality, groups), indent=2))
        else:
            _print_report(card, quality, groups)
            out.print(f"Model: {target}", soft_wrap=True)


@app.command()
def score(currency: Currency, csv: Csv = None, as_json: AsJson = False) -> None:
    """Score every active account, those who may need help first."""
    with plain_errors():
        card = _load(load_settings(), currency)
        histories = _csv_histories(csv, currency) if csv else _book_histories(currency)
        scored = [
            (reference, score_of(card, history, currency)) for reference, history in histories
        ]
        scored.sort(key=lambda pair: (-pair[1].probability_bp, pair[0]))
        if as_json:
            print(json.dumps({"scores": [_score_part(*pair) for pair in scored]}, indent=2))
            return
        table = Table("account", "may be missed", "band", "because")
        for reference, one in scored[:50]:
            because = "; ".join(reason.meaning for reason in one.reasons[:2])
            table.add_row(reference, _percent(one.probability_bp), one.band.value, because)
        out.print(table)
        out.print(f"{len(scored)} accounts; the table shows at most 50.")


@app.command()
def explain(
    reference: Annotated[str, typer.Argument(help="The account's reference, such as PL-ANN.")],
    as_json: AsJson = False,
) -> None:
    """Why an account scores as it does: every feature with its value and what it adds."""
    with plain_errors():
        file, history = _one(reference)
        currency = file.account.currency
        card = _load(load_settings(), currency)
        found, values = score_of(card, history, currency), features_of(history)
        if as_json:
            print(json.dumps(_score_part(reference, found) | {"features": values}, indent=2))
            return
        out.print(f"{reference}: {_percent(found.probability_bp)} ({found.band.value})")
        table = Table("what", "value", "adds (log-odds)")
        for part in card.parts:
            value = values[part.feature]
            table.add_row(
                FEATURES[part.feature], f"{value:g}", f"{part.of(value) - part.usual:+.2f}"
            )
        out.print(table)
        out.print("It is used to offer help earlier and more gently, and for nothing else.")


@app.command()
def drift(currency: Currency, csv: Csv = None, as_json: AsJson = False) -> None:
    """How far today's accounts have moved from those that the model learnt from."""
    with plain_errors():
        card = _load(load_settings(), currency)
        histories = _csv_histories(csv, currency) if csv else _book_histories(currency)
        moved = drift_of(card, [features_of(history) for _, history in histories])
        if as_json:
            print(json.dumps({"stability_index": moved}, indent=2))
            return
        table = Table("what", "stability index", "")
        for name, index in sorted(moved.items(), key=lambda pair: -pair[1]):
            table.add_row(FEATURES[name], f"{index:.3f}", _drift_word(index))
        out.print(table)


def _drift_word(index: float) -> str:
    return "train again" if index > 0.25 else "watch" if index > 0.1 else "stable"


def _from_csv(path: Path, currency: str) -> tuple[list[Sample], dict[str, list[str]]]:
    from console.card_histories import PEOPLE, read_card_histories
    from console.risk_training import Sample

    lines = read_card_histories(path, currency)
    samples = [
        Sample(features=features_of(line.history), missed=line.missed, group=line.id)
        for line in lines
    ]
    people = {
        name: [_group(name, line.person[name]) for line in lines]
        for name in PEOPLE
        if all(name in line.person for line in lines)
    }
    return samples, people


def _group(name: str, value: str) -> str:
    """Ages by tens; everything else as it stands."""
    return f"{int(value) // 10 * 10}s" if name == "age" and value.isdigit() else value


def _csv_histories(path: Path, currency: str) -> list[tuple[str, History]]:
    from console.card_histories import read_card_histories

    return [(line.id, line.history) for line in read_card_histories(path, currency)]


def _from_books(settings: Settings, currency: str) -> list[Sample]:
    from console.risk_samples import samples_of
    from wiring.base import utc_now

    today = utc_now().date()
    return [s for file in _files(settings, currency) for s in samples_of(file, today)]


def _book_histories(currency: str) -> list[tuple[str, History]]:
    from lending.accounts import AccountStatus
    from lending.behaviour import NoHistory
    from wiring.base import utc_now

    today, found = utc_now().date(), []
    for file in _files(load_settings(), currency):
        if file.account.status is AccountStatus.ACTIVE:
            try:
                found.append((file.account.reference, history_of(file, today)))
            except NoHistory:
                continue
    return found


def _files(settings: Settings, currency: str) -> Iterator[AccountFile]:
    """Every account in the currency, a page at a time."""
    from wiring.base import open_database

    with closing(open_database(settings)) as database:
        database.check()
        last = 0
        while True:
            with database.unit() as uow:
                page = uow.accounts.page(after=last, limit=200)
            if not page:
                return
            for file in track(page, "Reading accounts", console=err, transient=True):
                if file.account.currency == currency:
                    yield file
            last = page[-1].account.id


def _one(reference: str) -> tuple[AccountFile, History]:
    from wiring.base import open_database, utc_now

    with closing(open_database(load_settings())) as database:
        database.check()
        with database.unit() as uow:
            file = uow.accounts.by_reference(reference)
            if file is None:
                raise UnknownAccount(
                    f"No account has the reference {reference!r}.", hint="Check the spelling."
                )
            zone = uow.borrowers.get(file.account.borrower_id).timezone
    return file, history_of(file, local_day(utc_now(), zone))


def _model_file(settings: Settings, currency: str) -> Path:
    return settings.data_dir / "models" / f"early-warning-{currency}.json"


def _write(target: Path, card: Scorecard) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_suffix(".part")
    part.write_text(json.dumps(to_json(card), indent=1), "utf-8")
    os.replace(part, target)


def _load(settings: Settings, currency: str) -> Scorecard:
    path = _model_file(settings, currency)
    try:
        return from_json(json.loads(path.read_text("utf-8")))
    except FileNotFoundError:
        raise NoModel(
            f"There is no early-warning model for {currency}.",
            hint=f"Make one: tideover risk train --currency {currency}",
        ) from None
    except (ValueError, OSError):
        raise BadScorecard(f"{path} cannot be read.", hint="Train it again.") from None


def _score_part(reference: str, score: Score) -> dict[str, Any]:
    return {
        "account": reference,
        "probability_bp": score.probability_bp,
        "band": score.band.value,
        "reasons": [
            {"feature": r.feature, "meaning": r.meaning, "points": round(r.points, 4)}
            for r in score.reasons
        ],
    }


def _report(
    card: Scorecard, quality: Quality, groups: dict[str, list[GroupFairness]]
) -> dict[str, Any]:
    return {
        "currency": card.currency,
        "trained_on": card.trained_on,
        "auc": round(quality.auc, 4),
        "auc_low": round(quality.auc_low, 4),
        "auc_high": round(quality.auc_high, 4),
        "brier": round(quality.brier, 4),
        "calibration": [[round(a, 4), round(b, 4)] for a, b in quality.calibration],
        "watch_bp": card.watch_bp,
        "help_bp": card.help_bp,
        "fairness": {name: [asdict(row) for row in rows] for name, rows in groups.items()},
    }


def _print_report(
    card: Scorecard, quality: Quality, groups: dict[str, list[GroupFairness]]
) -> None:
    out.print(
        f"Learnt from {card.trained_on:,} cycles. On accounts it had not seen (five folds): "
        f"AUC {quality.auc:.3f} ({quality.auc_low:.3f} to {quality.auc_high:.3f}), "
        f"Brier score {quality.brier:.4f}."
    )
    table = Table("tenth of accounts", "predicted", "missed")
    for number, (predicted, observed) in enumerate(quality.calibration, 1):
        table.add_row(str(number), f"{predicted:.1%}", f"{observed:.1%}")
    out.print(table)
    for name, rows in groups.items():
        out.print(_fairness_table(name, rows))


def _fairness_table(name: str, rows: Sequence[GroupFairness]) -> Table:
    table = Table(name, "people", "missed", "predicted", "offered help", "AUC")
    for row in rows:
        auc = "-" if row.auc is None else f"{row.auc:.3f}"
        shares = (row.missed_share, row.predicted_share, row.helped_share)
        table.add_row(row.group, f"{row.people:,}", *(f"{share:.1%}" for share in shares), auc)
    return table


def _percent(basis_points: int) -> str:
    return f"{basis_points / 100:.1f}%"
