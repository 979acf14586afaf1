"""What staff can send along with a reply: an account's schedule as a picture, a plan's certificate."""

from __future__ import annotations

from dataclasses import dataclass, replace

from bot.formats import Formats
from bot.messages import Content
from bot.pictures import schedule_picture
from bot.plan_paper import Paper, plan_document
from bot.ports import Store
from bot.staff import Staff
from console.case_view import CaseView
from console.permissions import Action, require
from lending.errors import TideoverError
from lending.plan_records import Certificate

SCHEDULE, CERTIFICATE = "schedule", "certificate"


class NoAttachment(TideoverError):
    """There is no such thing to send, or not to this person now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """Something that can be sent: `key` goes into the form, `kind` and `reference` name it."""

    key: str
    kind: str
    reference: str


class Attachments:
    """Offers and makes them; only for a borrower who is verified now.

    `paper` makes the PDF of a plan's certificate; without it none is offered.
    """

    def __init__(self, *, store: Store, paper: Paper | None = None) -> None:
        self._store = store
        self._paper = paper

    def of(self, case: CaseView) -> tuple[Attachment, ...]:
        """What can be sent in this case; nothing while the borrower is not verified."""
        if not case.is_verified:
            return ()
        schedules = [
            Attachment(key=f"{SCHEDULE}:{reference}", kind=SCHEDULE, reference=reference)
            for view in case.accounts
            if view.position.rows and (reference := view.file.account.reference)
        ]
        return (*schedules, *(each for each, _ in self._certificates(case)))

    def add(self, staff: Staff, case: CaseView, content: Content, key: str) -> Content:
        """The content with the attachment. Raises NotAllowed, NoAttachment."""
        require(staff.role, Action.SEND_DOCUMENT)
        if not case.is_verified or case.borrower is None:
            raise NoAttachment(
                "The borrower is not verified now.", hint="Ask them to prove who they are first."
            )
        for view in case.accounts:
            if key == f"{SCHEDULE}:{view.file.account.reference}" and view.position.rows:
                formats = Formats(case.conversation.language, case.borrower.country, case.today)
                reference = view.file.account.reference
                picture = schedule_picture(view.position, reference, formats)
                return replace(content, picture=picture)
        for attachment, certificate in self._certificates(case):
            if key == attachment.key:
                assert self._paper is not None
                language = case.conversation.language
                paper = plan_document(certificate, attachment.reference, language, self._paper)
                return replace(content, document=paper)
        raise NoAttachment("There is no such attachment.", hint="Choose one from the list.")

    def _certificates(self, case: CaseView) -> list[tuple[Attachment, Certificate]]:
        found: list[tuple[Attachment, Certificate]] = []
        if self._paper is None:
            return found
        with self._store.unit() as uow:
            for view in case.accounts:
                for plan in uow.plans.plans_of(view.file.account.id):
                    agreed = [
                        c for c in uow.plans.certificates_of(plan.id) if c.accepted_at is not None
                    ]
                    if agreed and plan.account_id == view.file.account.id:
                        reference = view.file.account.reference
                        key = f"{CERTIFICATE}:{plan.id}"
                        named = Attachment(key=key, kind=CERTIFICATE, reference=reference)
                        found.append((named, agreed[-1]))
        return found
