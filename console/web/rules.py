"""What the contact rules are called."""

from __future__ import annotations

from collections.abc import Callable

from compliance.errors import RulesError
from compliance.profile import Profile
from compliance.profile_file import available_profiles, load_profile
from console.web.words import Words, mark


def profile_or_none(name: str) -> Profile | None:
    """The profile, unless it is broken or gone."""
    try:
        return load_profile(name)
    except RulesError:
        return None


class RuleTitles:
    """What each rule says, of all profiles; a rule that none knows is shown by its id."""

    def __init__(self) -> None:
        self._titles: dict[str, str] = {
            "ALL-UNREACHABLE": mark("The chat is gone: the borrower blocked or deleted it.")
        }
        for name in available_profiles():
            profile = profile_or_none(name)
            for rule in profile.rules if profile else ():
                self._titles.setdefault(rule.id, rule.title)

    def __call__(self, rule_id: str) -> str:
        return self._titles.get(rule_id, rule_id)

    def said_in(self, words: Words) -> Callable[[str], str]:
        """The same in a reader's language."""
        return lambda rule_id: words.say(self(rule_id))

    @property
    def known(self) -> tuple[str, ...]:
        return tuple(sorted(self._titles))
