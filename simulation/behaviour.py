"""How simulated borrowers behave: every number can be set in a file.

The numbers that come with Tideover are assumptions that make the parts of a simulation visible, not
findings about people. A lender sets them from its own history; docs/simulation.md says how.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from simulation.errors import BadBehaviour

Share = Annotated[float, Field(ge=0, le=1)]
DEFAULT_BEHAVIOUR = Path(__file__).with_name("behaviour.yaml")


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Paying(_Model):
    """Without any reminder. `spread`: how much borrowers differ in paying on time."""

    on_time: Share
    spread: Share
    late_per_day: Share
    hardship_per_month: Share
    hardship_days: Annotated[int, Field(ge=1, le=365)]


class Reading(_Model):
    """What one message that is read brings, by when it comes, at a first reading."""

    read: dict[str, Share]
    pays_before: Share
    pays_on_day: Share
    pays_late: Share
    fatigue: Share
    promises: Share
    promise_kept: Share
    asks_for_help: Share
    plan_accepted: Share
    complains: Share
    stops: Share
    blocks_chat: Share


class Reach(_Model):
    """The share of borrowers with each way of reaching them, and with consent on file."""

    telegram: Share
    sms: Share
    email: Share
    consent: Share


class Costs(_Model):
    """In minor units of the portfolio's currency: a message, and the work that follows."""

    message: dict[str, Annotated[float, Field(ge=0)]]
    complaint: Annotated[float, Field(ge=0)]
    plan: Annotated[float, Field(ge=0)]


class Behaviour(_Model):
    paying: Paying
    reading: Reading
    reach: Reach
    costs: Costs
    cards: Share


def load_behaviour(path: Path = DEFAULT_BEHAVIOUR) -> Behaviour:
    """Raises BadBehaviour naming the field."""
    try:
        data: Any = yaml.safe_load(path.read_text("utf-8"))
    except OSError as error:
        raise BadBehaviour(
            f"{path.name} cannot be read: {error.strerror}.", hint="Check the path."
        ) from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise BadBehaviour(f"{path.name} is not YAML: {error}.", hint="Mend it.") from None
    try:
        return Behaviour.model_validate(data)
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"]) or "the file"
        raise BadBehaviour(
            f"{path.name}: {field}: {first['msg']}.",
            hint="Start from a copy of simulation/behaviour.yaml.",
        ) from None
