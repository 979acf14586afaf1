"""What the text conveys and must not contain, by codes."""

from __future__ import annotations

from dataclasses import dataclass

from compliance.case import Case


@dataclass(frozen=True, slots=True, kw_only=True)
class BannedContent:
    """The text has one of these categories; with none listed, any category.

    `time_barred_only`: just when a debt of the attempt is statute-barred.
    """

    categories: frozenset[str] = frozenset()
    time_barred_only: bool = False

    def objects(self, case: Case) -> bool:
        found = case.attempt.content.categories
        if not found or (self.categories and self.categories.isdisjoint(found)):
            return False
        return not self.time_barred_only or any(debt.time_barred for debt in case.debts)


@dataclass(frozen=True, slots=True, kw_only=True)
class MissingContent:
    """The text lacks one of these disclosures."""

    codes: frozenset[str]

    def objects(self, case: Case) -> bool:
        return not self.codes <= case.attempt.content.includes
