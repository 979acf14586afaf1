"""The services of the staff console over a test house: real store, real outbox, real router."""

from __future__ import annotations

from dataclasses import dataclass

from argon2 import PasswordHasher

from bot.clocks import ClockRules
from bot.control import Resolution
from bot.conversation import Conversation, Escalation, EscalationReason, Outcome
from bot.effects import escalate
from bot.notices import Notices
from bot.staff import Role, Staff
from bot.working_hours import read_hours
from compliance.profile_file import available_profiles, load_profile
from console.case_view import CaseViews
from console.feed import Feed
from console.inbox import Inbox
from console.passwords import Codes, Passwords
from console.replies import Replies
from console.sign_in import SignIn
from console.staff_admin import StaffAdmin
from console.takeover import Takeover
from tests.house import TestHouse

PASSWORD = "seven grey herons wade"
QUICK = Passwords(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
CODES = Codes(b"c" * 32)
RULES = ClockRules(hours=read_hours("Mon-Fri 09:00-18:00"))


@dataclass
class Desk:
    """Everything that a page of the console would call."""

    house: TestHouse
    sign_in: SignIn
    staff: StaffAdmin
    takeover: Takeover
    replies: Replies
    inbox: Inbox
    cases: CaseViews
    feed: Feed

    def hire(self, login: str, role: Role = Role.AGENT) -> Staff:
        return self.staff.add(login, name=login.title(), role=role, password=PASSWORD, by="test")

    def open(
        self, reason: EscalationReason = EscalationReason.ASKED, address: str = "1001"
    ) -> Escalation:
        """An escalation in the chat of this address."""
        conversation = self.house.conversation(address)
        with self.house.database.unit() as uow:
            current = uow.conversations.get(conversation.id, for_update=True)
            uow.conversations.save(escalate(uow, current, reason, self.house.clock()))
            uow.commit()
        return next(
            one for one in self.escalations(address) if one.reason is reason and one.is_open
        )

    def escalations(self, address: str = "1001") -> tuple[Escalation, ...]:
        with self.house.database.unit() as uow:
            return uow.escalations.of_conversation(self.house.conversation(address).id)

    def newest(self, conversation: Conversation) -> int | None:
        with self.house.database.unit() as uow:
            return uow.desk.last_inbound(conversation.id)

    def answered(self, escalation: Escalation, outcome: Outcome = Outcome.ANSWERED) -> Resolution:
        return Resolution(escalation_id=escalation.id, outcome=outcome)


def make_desk(house: TestHouse) -> Desk:
    store, clock = house.database, house.clock
    notices = Notices(
        store=store,
        outbox=house.outbox,
        texts=house.texts,
        clock=clock,
        team_hours="Mon-Fri 09:00-18:00",
    )
    profiles = {name: load_profile(name) for name in available_profiles()}
    return Desk(
        house=house,
        sign_in=SignIn(store=store, clock=clock, passwords=QUICK, codes=CODES),
        staff=StaffAdmin(store=store, clock=clock, passwords=QUICK, codes=CODES),
        takeover=Takeover(store=store, clock=clock, notices=notices),
        replies=Replies(store=store, outbox=house.outbox, clock=clock, profiles=profiles),
        inbox=Inbox(store=store, clock=clock, rules=RULES),
        cases=CaseViews(store=store, clock=clock, rules=RULES),
        feed=Feed(store=store, clock=clock, look_every=0.01),
    )
