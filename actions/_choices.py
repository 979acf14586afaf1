"""Which of the plans that were shown a message chooses: by letter and place, or by what is best about it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from actions._base import Case, current_desk
from actions._plans import Shown, kept_offers
from lending.plan_records import KeptOffer
from nlu import household
from nlu.reading import Kind, read_message

_LONGEST = 60
_BEST: Mapping[str, Callable[[KeptOffer], Any]] = {
    "cheapest": lambda kept: kept.offer.cost.minor,
    "smallest": lambda kept: kept.offer.payment.minor,
    "shortest": lambda kept: kept.offer.ends_on.toordinal(),
    "longest": lambda kept: -kept.offer.ends_on.toordinal(),
}
"""What is least about the offer that is meant."""


def offer_chosen(case: Case, text: str, shown: Shown) -> str | None:
    """The id of the offer that a text chooses; None if it chooses none, or two are as good."""
    place = household.read_choice(text, len(shown.ids))
    if place is not None:
        return shown.ids[place]
    quality = _quality(case, text)
    if quality is None or not shown.ids:
        return None
    if quality == "last":
        return shown.ids[-1]
    if quality == "middle":
        return shown.ids[1] if len(shown.ids) == 3 else None
    offers = kept_offers(current_desk(), case, shown.ids)
    measure = _BEST[quality]
    best = min(map(measure, offers), default=None)
    fitting = [kept.id for kept in offers if measure(kept) == best]
    return fitting[0] if len(fitting) == 1 else None


def _quality(case: Case, text: str) -> str | None:
    if len(text) > _LONGEST or household.WHY.search(text):
        return None
    named = {
        found.likely
        for found in read_message(text, case.language, case.today)
        if found.kind is Kind.CHOICE
    }
    only = named.pop() if len(named) == 1 else None
    return only if isinstance(only, str) else None
