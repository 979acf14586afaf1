"""`tideover nlu`: train, measure and check what the assistant understands, and find what to add."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from console.plain_errors import err, out, plain_errors
from console.training_bar import settings_now, trained_model

if TYPE_CHECKING:
    from nlu.scoring import Answer

app = typer.Typer(
    help="What the assistant understands: train, evaluate, check, and find messages to label.",
    no_args_is_help=True,
)

MessagesFile = Annotated[
    Path, typer.Argument(help="Tab-separated, with a header; columns text and intent.")
]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON object and nothing else.")]
_WORST = 12


@contextmanager
def _quiet_progress(what: str, total: int) -> Iterator[Any]:
    """A progress bar on standard error; yields what to call after each step."""
    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=err, transient=True) as progress:
        task = progress.add_task(what, total=total)

        def advance() -> None:
            progress.advance(task)

        yield advance


@app.command()
def train(
    force: Annotated[
        bool, typer.Option(help="Train even if a model for this data exists.")
    ] = False,
) -> None:
    """Train the language model if the present data has none."""
    with plain_errors():
        out.print(f"Model: {trained_model(settings_now('warning'), force=force)}")


@app.command()
def evaluate(file: MessagesFile, as_json: AsJson = False) -> None:
    """Measure understanding on a file of messages, on the way that a real turn takes."""
    with plain_errors():
        from nlu.evaluate import evaluate as measure
        from nlu.evaluate import read_messages
        from nlu.scoring import report

        messages = read_messages(file)
        model = trained_model(settings_now("error"), console=err)
        with _quiet_progress("Reading messages", len(messages)) as step:
            answers = measure(model, messages, step)
        if as_json:
            typer.echo(json.dumps(report(answers), ensure_ascii=False))
        else:
            _print_report(answers)


@app.command()
def cv(
    as_json: AsJson = False,
    folds: Annotated[int, typer.Option(min=2, max=20)] = 5,
    picture: Annotated[
        Path | None, typer.Option(help="Where to draw what was taken for what, as an SVG.")
    ] = None,
) -> None:
    """Cross-validate on the own examples; a paraphrase family is never on both sides."""
    with plain_errors():
        from nlu.confusion_picture import confusion_picture
        from nlu.evaluate import cross_validate
        from nlu.examples import read_examples, without_doubles
        from nlu.scoring import report
        from nlu.training import DATA

        examples = without_doubles(read_examples(DATA))
        with _cached_vectors(), _quiet_progress("Folds", folds) as step:
            answers, temperature = cross_validate(examples, folds, step)
        if picture:
            picture.write_text(confusion_picture(answers), "utf-8")
        if as_json:
            typer.echo(json.dumps(report(answers) | {"best_temperature": temperature}))
        else:
            _print_report(answers)
            out.print(f"Best temperature: {temperature} (config.yml has the one in use).")


@contextmanager
def _cached_vectors() -> Iterator[None]:
    """Use the vectors that training keeps."""
    from nlu.training import VECTOR_CACHE

    folder = settings_now("error").data_dir / "models"
    folder.mkdir(parents=True, exist_ok=True)
    os.environ[VECTOR_CACHE] = str(folder / "sentence-vectors.npz")
    try:
        yield
    finally:
        del os.environ[VECTOR_CACHE]


@app.command()
def check() -> None:
    """Find examples that stand twice, and pairs that teach two intents the same thing.

    Leaves with 1 if the same words teach two intents.
    """
    with plain_errors(), _cached_vectors():
        from nlu.examples import (
            LANGUAGES,
            counts,
            doubles,
            overlaps,
            read_examples,
            without_doubles,
        )
        from nlu.training import DATA

        examples = read_examples(DATA)
        table = Table("intent", *LANGUAGES)
        for intent, per in sorted(counts(examples).items()):
            table.add_row(intent, *(str(per.get(language, 0)) for language in LANGUAGES))
        out.print(table)
        for first, second in doubles(examples):
            out.print(f"twice in {first.language}: {first.text}  |  {second.text}", markup=False)
        clashes = 0
        for pair in overlaps(without_doubles(examples)):
            clashes += pair.first.plain == pair.second.plain
            line = f"{pair.likeness:.2f}  {pair.first.intent}: {pair.first.text}"
            out.print(f"{line}  |  {pair.second.intent}: {pair.second.text}", markup=False)
        if clashes:
            err.print(f"{clashes} texts teach two intents.")
            raise typer.Exit(1)


@app.command()
def inbox(
    days: Annotated[int, typer.Option(min=1, help="How far back.")] = 7,
    below: Annotated[float, typer.Option(min=0, max=1, help="Confidence below this.")] = 0.6,
    limit: Annotated[int, typer.Option(min=1, help="At most so many messages are read.")] = 5_000,
) -> None:
    """List messages of the last days that were hardly understood, as rows to label.

    Names, numbers and addresses are replaced; read each before it goes into the examples.
    """
    with plain_errors():
        from nlu.inbox import open_model, unclear
        from nlu.training import model_file
        from wiring.base import open_database, utc_now

        settings = settings_now("error")
        understanding = open_model(settings.model_path or model_file(settings.data_dir))
        with closing(open_database(settings)) as database:
            database.check()
            with database.unit() as uow:
                texts = uow.messages.typed_since(utc_now() - timedelta(days=days), limit)
        typer.echo("text\tintent\ttaken for\tconfidence")
        for one in unclear(understanding, texts, below):
            typer.echo(f"{one.text}\t\t{one.taken}\t{one.confidence:.2f}")


def _print_report(answers: list[Answer]) -> None:
    from nlu.scoring import report

    figures = report(answers)
    table = Table("intent", "precision", "recall", "F1", "messages")
    for name, one in figures["per_intent"].items():
        table.add_row(
            name, *(f"{one[key]:.3f}" for key in ("precision", "recall", "f1")), str(one["support"])
        )
    out.print(table)
    for pair in figures["confusions"][:_WORST]:
        out.print(f"{pair['count']:>4}  {pair['meant']} taken for {pair['taken']}")
    for language, one in figures["languages"].items():
        out.print(f"{language}: macro-F1 {one['macro_f1']:.3f}, {one['rows']} messages")
    if figures["out_of_scope"]:
        oos = figures["out_of_scope"]
        out.print(f"out of scope: recall {oos['recall']:.3f}, precision {oos['precision']:.3f}")
    out.print(
        f"all: macro-F1 {figures['macro_f1']:.3f}, accuracy {figures['accuracy']:.3f}, "
        f"calibration error {figures['calibration_error']:.3f}"
    )
