"""How long each kind of record is kept: a file of the lender's, checked before it counts."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Annotated, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from lending.errors import TideoverError

DEFAULT = Path(__file__).with_name("retention.yaml")

Days = Annotated[int, Field(ge=1, le=36_500)]
Kept = Days | Literal["forever"]


class BadRetention(TideoverError):
    """The file that says how long records are kept is wrong."""


class Retention(BaseModel):
    """Days by kind of record, counted from when it was made or ended; `forever` keeps it."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    version: Literal[1]
    conversations: Kept
    dialogue_memory: Kept
    identity_attempts: Kept
    links: Kept
    staff_sessions: Kept
    staff_notes: Kept
    escalations: Kept
    ended_wishes: Kept
    reminders: Kept
    delivery_reports: Kept
    events: Kept
    imports: Kept
    closed_borrowers: Kept


@lru_cache(maxsize=4)
def load_retention(path: Path = DEFAULT) -> Retention:
    """Raises BadRetention that names every mistake."""
    try:
        told = yaml.safe_load(path.read_text("utf-8"))
        return Retention.model_validate(told)
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise BadRetention(
            f"{path} cannot be read ({type(error).__name__}).",
            hint="Correct TIDEOVER_RETENTION, or start from the file that comes with Tideover.",
        ) from None
    except ValidationError as error:
        mistakes = sorted(
            {f"{e['loc'][0] if e['loc'] else 'file'}: {e['msg']}" for e in error.errors()}
        )
        raise BadRetention(
            f"{path.name} is wrong: {'; '.join(mistakes)}.",
            hint="Each kind has a number of days, or `forever`; see docs/privacy.md.",
        ) from None
