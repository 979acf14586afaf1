"""A payment desk over a test's database, and a provider that reports as a test says."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import httpx
from fastapi import FastAPI

from bot.conversation import Conversation, Identity, IdentityStage
from bot.messages import Channel
from bot.pay.desk import PayDesk
from bot.pay.hooks import WEBHOOK_PATH, pay_router
from bot.pay.page import PayPages
from bot.pay.stripe_events import sign
from lending.account_file import AccountFile
from lending.ids import ConversationId
from lending.money import Money
from lending.pay_orders import PayChoice, PayOrder
from lending.pay_ports import News
from store.db import Database
from tests.house import HandClock

SECRET, OLD_SECRET = "whsec_now", "whsec_before"


@dataclass
class Shop:
    """One borrower with one order of 100.00, and what a provider can report of it."""

    database: Database
    clock: HandClock = field(default_factory=HandClock)
    provider: str = "stripe"

    def __post_init__(self) -> None:
        self.desk = PayDesk(store=self.database, clock=self.clock)
        self.app = FastAPI()
        self.app.include_router(
            pay_router(
                desk=self.desk,
                provider=self.provider,
                secrets=[SECRET, OLD_SECRET],
                clock=self.clock,
                pages=PayPages("Northbank"),
            )
        )

    # What is there.

    def file(self, reference: str = "NB-ANN") -> AccountFile:
        with self.database.unit() as uow:
            borrower = uow.borrowers.by_reference(reference)
            assert borrower is not None
            return uow.accounts.files_of(borrower.id)[0]

    def chat(self, reference: str = "NB-ANN", address: str = "1001") -> Conversation:
        with self.database.unit() as uow:
            borrower = uow.borrowers.by_reference(reference)
            assert borrower is not None
            chat = Conversation(
                id=ConversationId(f"chat-{address}"),
                channel=Channel.TELEGRAM,
                address=address,
                is_private=True,
                language="en",
                language_chosen=False,
                identity=Identity(
                    stage=IdentityStage.VERIFIED,
                    borrower_id=borrower.id,
                    expires_at=self.clock() + timedelta(days=1),
                ),
                opened_at=self.clock(),
            )
            uow.conversations.add(chat)
            uow.commit()
        return chat

    def order(self, order_id: str = "order-1", minor: int = 10_000, **changed: Any) -> PayOrder:
        account = self.file().account
        order = PayOrder(
            **{
                "id": order_id,
                "borrower_id": account.borrower_id,
                "account_id": account.id,
                "amount": Money(minor, account.currency),
                "choice": PayChoice.OTHER,
                "provider": self.provider,
                "language": "en",
                "created_at": self.clock(),
                "expires_at": self.clock() + timedelta(hours=12),
                "session_id": f"cs_{order_id}",
                **changed,
            }
        )
        with self.database.unit() as uow:
            uow.pay.add_order(order)
            uow.commit()
        return order

    def kept(self, order_id: str = "order-1") -> PayOrder:
        with self.database.unit() as uow:
            order = uow.pay.order(order_id)
        assert order is not None
        return order

    def news(self) -> list[News]:
        with self.database.unit() as uow:
            return list(uow.pay.due_news(self.clock() + timedelta(days=365), 100))

    def paid_here(self) -> list[tuple[int, str]]:
        """(amount, state) of the payments that came through the provider."""
        return [
            (p.amount.minor, p.status.value)
            for p in self.file().payments
            if p.method == self.provider
        ]

    def events(self) -> list[str]:
        with self.database.unit() as uow:
            return [event.type.value for event in uow.outgoing.page(after=0, limit=200)]

    # What is reported.

    def session(
        self, kind: str, order_id: str = "order-1", *, key: str | None = None, **changed: Any
    ) -> bytes:
        about = {
            "id": f"cs_{order_id}",
            "object": "checkout.session",
            "mode": "payment",
            "client_reference_id": order_id,
            "metadata": {"order": order_id},
            "amount_total": 10_000,
            "currency": "usd",
            "payment_status": "paid",
            "payment_intent": f"pi_{order_id}",
            **changed,
        }
        return self.report(f"checkout.session.{kind}", about, key=key)

    def charge(self, kind: str, order_id: str = "order-1", **changed: Any) -> bytes:
        about = {
            "id": "ch_1",
            "object": "charge",
            "currency": "usd",
            "amount_refunded": 10_000,
            "amount": 10_000,
            "payment_intent": f"pi_{order_id}",
            "metadata": {"order": order_id},
            **changed,
        }
        return self.report(f"charge.{kind}", about)

    def report(self, kind: str, about: Mapping[str, Any], *, key: str | None = None) -> bytes:
        created = int(self.clock().timestamp())
        event = {
            "id": key or f"evt_{kind}_{about.get('amount_refunded', '')}",
            "type": kind,
            "created": created,
            "data": {"object": dict(about)},
        }
        return json.dumps(event).encode()

    async def post(
        self, body: bytes, *, secret: str = SECRET, at: datetime | None = None, header: str = ""
    ) -> int:
        signature = header or sign(secret, body, at or self.clock())
        transport = httpx.ASGITransport(app=self.app)
        async with httpx.AsyncClient(transport=transport, base_url="http://x") as client:
            answer = await client.post(
                WEBHOOK_PATH,
                content=body,
                headers={"Stripe-Signature": signature.encode("latin-1")},
            )
        return answer.status_code
