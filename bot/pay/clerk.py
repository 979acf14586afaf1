"""Carries out what actions asked for about payments: a page or invoice, a claim, autopay.

The order is kept before the provider is asked, and its id is the provider's key for the request: a
provider that fails or does not answer loses nothing, and a second try makes no second payment.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import structlog

from bot.conversation import Conversation
from bot.events import emit
from bot.formats import Formats
from bot.messages import Button, Channel, Content, Invoice
from bot.pay.claims import open_claim
from bot.pay.links import AllowedHosts
from bot.pay.ports import About, Checkout, ForeignLink, ProviderAway, ProviderRefused
from bot.plan_words import Speech
from bot.ports import Clock, Store, UnitOfWork
from bot.texts import Texts
from lending.account_file import AccountFile
from lending.accounts import AccountStatus, Borrower
from lending.dates import local_day
from lending.events import EventType
from lending.ids import MessageId
from lending.mandates import Mandate
from lending.money import Money
from lending.pay_orders import PayChoice, PayOrder
from lending.position import position_agreed
from lending.quote import payoff_on

log = structlog.get_logger(__name__)

KEYS = ("start_payment", "claim_payment", "autopay")
TELEGRAM = "telegram"
PATIENCE_S = 10.0
"""How long a borrower waits for a page before being told that it does not come."""

LEAST_LEFT = timedelta(minutes=35)
"""A page must be open for at least half an hour (Stripe), so an older order is not used again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PayHouse:
    """What is set for payments. `checkout` None: no page; `seal` None: no Telegram invoices.

    `seal` makes the payload of an invoice, for an order in a chat.
    """

    lender: str
    public_url: str
    hosts: AllowedHosts
    new_id: Callable[[], str]
    checkout: Checkout | None = None
    seal: Callable[[PayOrder, str], str] | None = None
    link_lasts: timedelta = timedelta(hours=12)
    claim_days: int = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class _Case:
    """One effect at work: who it is for, about which account, and how to speak."""

    conversation: Conversation
    borrower: Borrower
    file: AccountFile
    now: datetime
    speech: Speech

    @property
    def today(self) -> date:
        return self.speech.formats.today

    @property
    def account(self) -> str:
        return self.speech.account(self.file.account)

    def say(self, key: str, **values: str) -> Content:
        return self.speech.texts.content(key, self.speech.formats.language, **values)

    def money(self, amount: Money) -> str:
        return self.speech.formats.money(amount)


class PayClerk:
    """Safe to use from many conversations at once."""

    def __init__(self, *, store: Store, texts: Texts, clock: Clock, house: PayHouse) -> None:
        self._store, self._texts, self._clock, self._house = store, texts, clock, house

    async def carry_out(
        self,
        conversation: Conversation,
        effects: Iterable[Mapping[str, Any]],
        asked_by: MessageId,
    ) -> tuple[Content, ...]:
        """Do what is asked for; give what to say of it. Nothing for a chat that is not verified."""
        told: list[Content | None] = []
        for effect in effects:
            if "claim_payment" in effect:
                asked = effect["claim_payment"]
                told.append(await asyncio.to_thread(self._claim, conversation, asked))
            if "autopay" in effect:
                told.append(await asyncio.to_thread(self._autopay, conversation, effect["autopay"]))
            if "start_payment" in effect:
                told.append(await self._pay(conversation, effect["start_payment"], asked_by))
        return tuple(content for content in told if content is not None)

    def _case(
        self, uow: UnitOfWork, conversation: Conversation, reference: str | None
    ) -> _Case | None:
        """None unless the borrower is verified now and the account is theirs and active."""
        now, borrower_id = self._clock(), conversation.identity.borrower_id
        if borrower_id is None or not conversation.identity.is_verified(now):
            return None
        borrower = uow.borrowers.get(borrower_id)
        file = uow.accounts.by_reference(reference) if reference else None
        if file is None or file.account.borrower_id != borrower_id:
            return None
        today = local_day(now, borrower.timezone)
        formats = Formats(conversation.language, borrower.country, today)
        speech = Speech(texts=self._texts, formats=formats)
        return _Case(
            conversation=conversation, borrower=borrower, file=file, now=now, speech=speech
        )

    # Paying.

    async def _pay(
        self, conversation: Conversation, asked: Mapping[str, Any], asked_by: MessageId
    ) -> Content | None:
        begun = await asyncio.to_thread(self._begin, conversation, asked, asked_by)
        if begun is None or isinstance(begun, Content):
            return begun
        case, order = begun
        if order.provider == TELEGRAM:
            return self._invoice(case, order)
        if order.url is None:
            try:
                async with asyncio.timeout(PATIENCE_S):
                    order = await self._opened(case, order)
            except (ProviderAway, TimeoutError):
                return case.say("utter_pay_away")
            except (ProviderRefused, ForeignLink) as error:
                log.error("pay.no_page", provider=order.provider, why=error.message)
                refused = isinstance(error, ProviderRefused)
                return case.say("utter_pay_refused" if refused else "utter_pay_away")
        return self._link(case, order)

    def _begin(
        self, conversation: Conversation, asked: Mapping[str, Any], asked_by: MessageId
    ) -> Content | tuple[_Case, PayOrder] | None:
        """Keep the order, or find the one that was begun; what to say instead if there is none."""
        with self._store.unit() as uow:
            case = self._case(uow, conversation, str(asked["account"]))
            if case is None:
                return None
            file = uow.plans.locked(case.file.account.id)
            case = replace(case, file=file)
            amount = Money(int(asked["minor"]), file.account.currency)
            full = payoff_on(file, case.today).at_least_zero()
            if file.account.status is not AccountStatus.ACTIVE or not full or amount.minor < 1:
                return case.say("utter_pay_nothing", account=case.account)
            if amount > full:
                owed = case.money(full)
                return case.say("utter_pay_too_much", amount=case.money(amount), owed=owed)
            provider = self._provider(conversation)
            if provider is None:
                return case.say("utter_pay_away")
            order = self._same(uow, case, amount, provider)
            if order is None:
                order = self._new(case, amount, provider, asked_by)
                uow.pay.add_order(order)
            uow.commit()
        return case, order

    def _provider(self, conversation: Conversation) -> str | None:
        if conversation.channel is Channel.TELEGRAM and self._house.seal is not None:
            return TELEGRAM
        return None if self._house.checkout is None else self._house.checkout.name

    def _same(self, uow: UnitOfWork, case: _Case, amount: Money, provider: str) -> PayOrder | None:
        """One that was begun in this chat for the same and can still be paid: never two pages."""
        for order in uow.pay.open_orders(case.file.account.id):
            fits = (order.amount, order.provider, order.conversation_id, order.language)
            mine = (amount, provider, case.conversation.id, case.conversation.language)
            if fits == mine and order.may_be_paid(case.now + LEAST_LEFT):
                return order
        return None

    def _new(self, case: _Case, amount: Money, provider: str, asked_by: MessageId) -> PayOrder:
        return PayOrder(
            id=self._house.new_id(),
            borrower_id=case.borrower.id,
            account_id=case.file.account.id,
            amount=amount,
            choice=choice_of(case.file, amount, case.today),
            provider=provider,
            language=case.conversation.language,
            created_at=case.now,
            expires_at=case.now + self._house.link_lasts,
            conversation_id=case.conversation.id,
            asked_by=asked_by,
        )

    async def _opened(self, case: _Case, order: PayOrder) -> PayOrder:
        """The order with its page. Raises ProviderAway, ProviderRefused, ForeignLink."""
        checkout = self._house.checkout
        assert checkout is not None
        back = f"{self._house.public_url}/pay/back"
        about = About(
            title=case.say("utter_pay_title", lender=self._house.lender).text,
            language=order.language,
            success_url=f"{back}/done?language={order.language}",
            cancel_url=f"{back}/left?language={order.language}",
            choices=self._amounts(case) if checkout.is_own else {},
        )
        session = await checkout.open(order, about)
        url = self._house.hosts.check(session.url)

        def keep() -> PayOrder:
            with self._store.unit() as uow:
                current = uow.pay.order(order.id, for_update=True) or order
                current = replace(
                    current,
                    session_id=session.id,
                    url=url,
                    expires_at=min(current.expires_at, session.expires_at),
                )
                uow.pay.save_order(current, self._clock())
                uow.commit()
            return current

        return await asyncio.to_thread(keep)

    def _amounts(self, case: _Case) -> dict[str, Money]:
        position = position_agreed(case.file, case.today)
        due = position.next_due
        found = {
            PayChoice.OVERDUE.value: position.overdue.at_least_zero(),
            PayChoice.NEXT.value: due.amount if due else Money.zero(case.file.account.currency),
            PayChoice.FULL.value: payoff_on(case.file, case.today).at_least_zero(),
        }
        return {name: amount for name, amount in found.items() if amount}

    def _link(self, case: _Case, order: PayOrder) -> Content:
        assert order.url is not None
        until = order.expires_at.astimezone(ZoneInfo(case.borrower.timezone))
        when = f"{case.speech.formats.day(until.date())} {until:%H:%M}"
        money = case.money(order.amount)
        content = case.say("utter_pay_link", amount=money, account=case.account, when=when)
        label = case.say("utter_label_pay", amount=money).text
        return replace(content, url_buttons=(Button(label=label, payload=order.url),))

    def _invoice(self, case: _Case, order: PayOrder) -> Content:
        assert self._house.seal is not None
        money, address = case.money(order.amount), case.conversation.address
        content = case.say("utter_pay_invoice", amount=money, account=case.account)
        title = case.say("utter_pay_title", lender=self._house.lender).text
        return replace(
            content,
            invoice=Invoice(
                title=title,
                about=money,
                amount=order.amount,
                payload=self._house.seal(order, address),
                if_refused=case.say("utter_pay_away").text,
            ),
        )

    # "I have paid already".

    def _claim(self, conversation: Conversation, asked: Mapping[str, Any]) -> Content | None:
        with self._store.unit() as uow:
            case = self._case(uow, conversation, str(asked["account"]))
            if case is None:
                return None
            claim = open_claim(
                uow,
                conversation,
                case.borrower,
                case.file,
                amount=Money(int(asked["minor"]), case.file.account.currency),
                paid_on=date.fromisoformat(str(asked["paid_on"])),
                days=self._house.claim_days,
                now=case.now,
            )
            uow.audit.append(
                at=case.now,
                actor="borrower",
                event="payment.claimed",
                subject=f"conversation:{conversation.id}",
                details={"claim": str(claim.id)},
            )
            uow.commit()
        if claim.until_on is None:
            return case.say("utter_claim_not_paused") if self._house.claim_days else None
        day = case.speech.formats.day(claim.until_on)
        return case.say("utter_claim_paused", account=case.account, day=day)

    # Autopay.

    def _autopay(self, conversation: Conversation, asked: Mapping[str, Any]) -> Content | None:
        if asked["do"] == "stop":
            return self._stop_autopay(conversation, asked.get("account"))
        with self._store.unit() as uow:
            case = self._case(uow, conversation, str(asked["account"]))
            if case is None:
                return None
            terms = case.say("utter_autopay_terms", lender=self._house.lender, account=case.account)
            kept = uow.pay.add_mandate(
                Mandate(
                    id=0,
                    borrower_id=case.borrower.id,
                    account_id=case.file.account.id,
                    consent=terms.text,
                    language=conversation.language,
                    source=conversation.channel.value,
                    given_at=case.now,
                    conversation_id=conversation.id,
                )
            )
            if kept is None:
                return self._autopay_known(uow, case)
            self._tell_autopay(uow, EventType.AUTOPAY_AGREED, kept, case.now)
            uow.commit()
        return case.say("utter_autopay_noted", lender=self._house.lender)

    def _autopay_known(self, uow: UnitOfWork, case: _Case) -> Content:
        mandates = uow.pay.mandates_of(case.borrower.id)
        known = next(m for m in mandates if m.account_id == case.file.account.id and m.is_in_force)
        day = case.speech.formats.day(local_day(known.given_at, case.borrower.timezone))
        return case.say("utter_autopay_known", account=case.account, day=day)

    def _stop_autopay(self, conversation: Conversation, reference: str | None) -> Content | None:
        now, borrower_id = self._clock(), conversation.identity.borrower_id
        if borrower_id is None or not conversation.identity.is_verified(now):
            return None
        with self._store.unit() as uow:
            borrower = uow.borrowers.get(borrower_id)
            files = {file.account.id: file for file in uow.accounts.files_of(borrower_id)}
            formats = Formats(
                conversation.language, borrower.country, local_day(now, borrower.timezone)
            )
            speech = Speech(texts=self._texts, formats=formats)
            stopped = []
            for mandate in uow.pay.mandates_of(borrower_id):
                account = files[mandate.account_id].account
                if not mandate.is_in_force or reference not in (None, account.reference):
                    continue
                via = conversation.channel.value
                if uow.pay.revoke_mandate(mandate.id, at=now, via=via):
                    stopped.append(speech.account(account))
                    self._tell_autopay(uow, EventType.AUTOPAY_REVOKED, mandate, now)
            uow.commit()
        if not stopped:
            return self._texts.content("utter_autopay_none", conversation.language)
        accounts = (", " if conversation.language == "en" else "、").join(stopped)
        return self._texts.content(
            "utter_autopay_stopped",
            conversation.language,
            accounts=accounts,
            lender=self._house.lender,
        )

    def _tell_autopay(
        self, uow: UnitOfWork, type: EventType, mandate: Mandate, now: datetime
    ) -> None:
        emit(
            uow,
            type,
            at=now,
            borrower_id=mandate.borrower_id,
            account_id=mandate.account_id,
            conversation_id=mandate.conversation_id,
            mandate=mandate.id,
            source=mandate.source,
        )
        uow.audit.append(
            at=now,
            actor="borrower",
            event=type.value,
            subject=f"mandate:{mandate.id}",
            details={"account": str(mandate.account_id)},
        )


def choice_of(file: AccountFile, amount: Money, today: date) -> PayChoice:
    """Which of the offered amounts it is."""
    position = position_agreed(file, today)
    if position.is_overdue and amount == position.overdue:
        return PayChoice.OVERDUE
    if position.next_due is not None and amount == position.next_due.amount:
        return PayChoice.NEXT
    return PayChoice.FULL if amount == payoff_on(file, today) else PayChoice.OTHER
