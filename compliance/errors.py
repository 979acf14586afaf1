"""What can be wrong with a question about contact. Each of these means: no contact."""

from lending.errors import TideoverError


class RulesError(TideoverError):
    """A contact cannot be judged; whoever asked must not make it."""


class NaiveTime(RulesError):
    """An instant has no zone, so nobody can say when it is."""

    def __init__(self, where: str) -> None:
        super().__init__(f"{where} has no time zone.", hint="Give an aware datetime, best in UTC.")


class UnknownZone(RulesError):
    """A time zone that the tz database does not know."""

    def __init__(self, name: str) -> None:
        super().__init__(
            f"There is no time zone {name!r}.", hint="Use an IANA name such as America/Chicago."
        )


class HistoryOutOfOrder(RulesError):
    """Events are not ascending by time, or two have one id: the counts cannot be trusted."""


class ProfileError(RulesError):
    """A profile is missing, unreadable or contradicts itself."""


class UnknownProfile(ProfileError):
    """No profile file has this name."""


class BrokenProfile(ProfileError):
    """A profile file that cannot be used; the message names file, line and field."""


class VectorError(RulesError):
    """A file of test cases, or one case in it, is not of the schema."""
