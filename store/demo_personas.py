"""The five people of the demo, each with something to try."""

from __future__ import annotations

from dataclasses import dataclass

from lending.accounts import Borrower
from lending.ids import BorrowerId
from store.demo_book import Situation, State
from store.demo_cards import CardWish
from store.demo_loans import LoanWish


@dataclass(frozen=True, slots=True, kw_only=True)
class Persona:
    """`second_fact` is the birth date as ISO text; `try_this` a hint, in English, for the demo."""

    reference: str
    full_name: str
    about: str
    second_fact: str
    try_this: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonaPlan:
    """A persona, the borrower behind it, and the accounts to invent, by reference."""

    persona: Persona
    given_name: str
    language: str
    timezone: str
    jurisdiction: str
    country: str
    accounts: tuple[tuple[str, LoanWish | CardWish], ...]

    def borrower(self, borrower_id: BorrowerId) -> Borrower:
        return Borrower(
            id=borrower_id,
            reference=self.persona.reference,
            full_name=self.persona.full_name,
            given_name=self.given_name,
            language=self.language,
            timezone=self.timezone,
            jurisdiction=self.jurisdiction,
            country=self.country,
        )


def _loan(state: State, days: int, size: tuple[int, int, int, int]) -> LoanWish:
    principal, rate, instalments, before = size
    return LoanWish(
        situation=Situation(state, days),
        principal=principal,
        annual_rate_bp=rate,
        instalments=instalments,
        before=before,
        is_plain=True,
    )


def _card(state: State, days: int, limit: int, rate: int) -> CardWish:
    return CardWish(
        situation=Situation(state, days),
        limit=limit,
        annual_rate_bp=rate,
        before=6,
        is_plain=True,
    )


PERSONAS = (
    PersonaPlan(
        persona=Persona(
            reference="NB-ANN",
            full_name="Ann Baker",
            about="New York, English: a personal loan, three days late",
            second_fact="1990-04-21",
            try_this="Ask how much you are behind, then say that you will pay on Friday.",
        ),
        given_name="Ann",
        language="en",
        timezone="America/New_York",
        jurisdiction="US",
        country="US",
        accounts=(("PL-ANN", _loan(State.LATE, 3, (6_000_00, 1299, 24, 9))),),
    ),
    PersonaPlan(
        persona=Persona(
            reference="NB-WEI",
            full_name="李伟",
            about="Shanghai, simplified Chinese: a loan, next instalment in two days",
            second_fact="1988-09-03",
            try_this="Ask 我这期要还多少 (how much this time), or mix: 我想 delay 一下 payment.",
        ),
        given_name="伟",
        language="zh-Hans",
        timezone="Asia/Shanghai",
        jurisdiction="CN",
        country="CN",
        accounts=(("PL-WEI", _loan(State.DUE_SOON, 2, (30_000_00, 1080, 18, 7))),),
    ),
    PersonaPlan(
        persona=Persona(
            reference="NB-MEI",
            full_name="陳美玲",
            about="London, traditional Chinese: a credit card, statement due in five days",
            second_fact="1993-12-15",
            try_this="Ask 最低要還多少 (what is the least to pay), then how interest works.",
        ),
        given_name="美玲",
        language="zh-Hant",
        timezone="Europe/London",
        jurisdiction="UK",
        country="GB",
        accounts=(("CC-MEI", _card(State.DUE_SOON, 5, 4_000_00, 2490)),),
    ),
    PersonaPlan(
        persona=Persona(
            reference="NB-PRIYA",
            full_name="Priya Sharma",
            about="Kolkata, English: a credit card 20 days late, and a loan on time",
            second_fact="1985-06-30",
            try_this="Say that you lost your job and cannot pay the card.",
        ),
        given_name="Priya",
        language="en",
        timezone="Asia/Kolkata",
        jurisdiction="IN",
        country="IN",
        accounts=(
            ("CC-PRIYA", _card(State.LATE, 20, 120_000_00, 3960)),
            ("PL-PRIYA", _loan(State.ON_TIME, 12, (180_000_00, 1450, 36, 14))),
        ),
    ),
    PersonaPlan(
        persona=Persona(
            reference="NB-MARCUS",
            full_name="Marcus Reed",
            about="Los Angeles, English: a loan due in six days, its payment on the way",
            second_fact="1979-02-11",
            try_this="Ask whether your payment has arrived, then what else you owe.",
        ),
        given_name="Marcus",
        language="en",
        timezone="America/Los_Angeles",
        jurisdiction="US",
        country="US",
        accounts=(
            ("PL-MARCUS", _loan(State.PENDING, 6, (9_500_00, 1099, 36, 5))),
            ("PL-MARCUS-OLD", _loan(State.SETTLED, 120, (2_400_00, 1499, 12, 11))),
        ),
    ),
)
