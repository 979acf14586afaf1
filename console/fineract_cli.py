"""`tideover fineract`: what Apache Fineract answered, as files for `tideover import`."""

from __future__ import annotations

import csv
import json
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any

import typer

from console.fineract import House, files_of
from console.import_columns import columns_of
from console.import_file import BadFile
from console.plain_errors import out, plain_errors


def fineract(
    clients: Annotated[Path, typer.Argument(help="JSON: a list of clients.")],
    loans: Annotated[Path, typer.Argument(help="JSON: a list of loans, with associations=all.")],
    folder: Annotated[Path, typer.Argument(help="Where the five CSV files go.")],
    language: Annotated[str, typer.Option(help="en, zh-Hans or zh-Hant.")],
    timezone: Annotated[str, typer.Option(help="The clients' IANA time zone.")],
    jurisdiction: Annotated[str, typer.Option(help="A contact-rule profile, or STRICT.")],
    country: Annotated[str, typer.Option(help="Two letters, such as KE.")],
) -> None:
    """Turn clients and loans of Apache Fineract into files for `tideover import`."""
    with plain_errors():
        house = House(
            language=language, timezone=timezone, jurisdiction=jurisdiction, country=country
        )
        rows = files_of(_read(clients), _read(loans), house)
        folder.mkdir(parents=True, exist_ok=True)
        for kind, found in rows.items():
            path = folder / f"{kind}.csv"
            with path.open("w", encoding="utf-8", newline="") as file:
                writer = csv.DictWriter(file, columns_of(kind).all, restval="")
                writer.writeheader()
                writer.writerows(found)
            out.print(f"{path}: {len(found):,} lines")


def _read(path: Path) -> list[dict[str, Any]]:
    """Amounts as they are written, not as binary floats. Raises BadFile."""
    try:
        told = json.loads(path.read_text("utf-8"), parse_float=Decimal)
    except (OSError, ValueError) as error:
        raise BadFile(
            f"{path.name} cannot be read as JSON ({type(error).__name__}).",
            hint="Save what Fineract answered, unchanged, in UTF-8.",
        ) from None
    found = told.get("pageItems") if isinstance(told, dict) else told
    if not isinstance(found, list):
        raise BadFile(f"{path.name} holds no list.", hint="Put all objects into one list.")
    return found
