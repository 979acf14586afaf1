"""Looking ahead at reminders, for the command line and the console."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

from settings import Settings
from wiring.base import utc_now
from wiring.reminders import house_of
from wiring.written import channels_set

if TYPE_CHECKING:
    from bot.ports import Store
    from scheduler.foresight import Foresight


def build_foresight(
    settings: Settings, store: Store, clock: Callable[[], datetime] = utc_now
) -> Foresight:
    """With the strategy and the channels that are set now. Raises BadStrategy."""
    from compliance.profile_file import load_profile
    from scheduler.foresight import Foresight

    return Foresight(
        store=store,
        clock=clock,
        house=house_of(settings),
        profiles=load_profile,
        running=channels_set(settings),
    )
