"""A desk over the demo portfolio, and trackers to call actions with. SQLite only: the store has
its own contract tests."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from rasa_sdk import Tracker
from rasa_sdk.events import EventType
from rasa_sdk.executor import CollectingDispatcher

from actions import _base
from actions._base import Desk, Topic, open_desk
from actions._forms import FormCheck
from bot.conversation import Conversation, Identity, IdentityStage
from bot.handover import Control, Owner
from bot.messages import Channel
from lending.ids import ConversationId
from lending.plan_service import PlanOffice
from store.db import Database
from store.plan_policy_file import PolicyShelf
from store.seed import seed_demo

OFFICE = PlanOffice(
    lender="Northbank", policy_for=PolicyShelf().policy, new_id=lambda: uuid.uuid4().hex[:16]
)
NOW = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)


@pytest.fixture(scope="session")
def portfolio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    path: Path = tmp_path_factory.mktemp("actions") / "tideover.db"
    database = Database(f"sqlite:///{path}")
    database.migrate()
    seed_demo(database, today=date(2026, 11, 23), now=NOW, digest=lambda *_: "digest")
    yield database
    database.close()


class Said:
    """What an action said and asked for."""

    def __init__(self, messages: list[dict[str, Any]], events: list[EventType]) -> None:
        self.messages = messages
        self.events = events

    @property
    def responses(self) -> list[str]:
        return [str(message["response"]) for message in self.messages if message["response"]]

    @property
    def effects(self) -> dict[str, Any]:
        return {k: v for message in self.messages for k, v in message["custom"].items()}

    @property
    def payloads(self) -> list[str]:
        return [button["payload"] for m in self.messages for button in m["buttons"]]

    def value(self, name: str) -> str:
        return str(next(m[name] for m in self.messages if name in m))

    @property
    def slots(self) -> dict[str, Any]:
        return {e["name"]: e["value"] for e in self.events if e["event"] == "slot"}

    @property
    def followup(self) -> str | None:
        return next((e["name"] for e in self.events if e["event"] == "followup"), None)

    @property
    def leaves_form(self) -> bool:
        return any(e["event"] == "active_loop" and e["name"] is None for e in self.events)


@pytest.fixture
def talk(portfolio: Database, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Said]]:
    """Call an action for a persona, in one chat; verified unless told otherwise."""
    monkeypatch.setattr(_base, "_desks", [])

    def call(
        action: type[Topic] | type[FormCheck],
        person: str | None = "NB-ANN",
        intent: str = "greet",
        text: str = "",
        *,
        stage: IdentityStage = IdentityStage.VERIFIED,
        owner: Owner = Owner.BOT,
        language: str = "en",
        entities: dict[str, str] | None = None,
        slots: dict[str, Any] | None = None,
        form: str | None = None,
        before: list[dict[str, Any]] | None = None,
        after: list[dict[str, Any]] | None = None,
        ranking: list[dict[str, Any]] | None = None,
        also: dict[str, str] | None = None,
        pay_url: str | None = None,
        phone: str | None = None,
        confidence: float = 0.9,
    ) -> Said:
        open_desk(
            Desk(
                store=portfolio,
                clock=lambda: NOW,
                lender_name="Northbank",
                team_hours="Mon-Fri 09:00-18:00",
                pay_url=pay_url,
                support_phone=phone,
                plans=OFFICE,
            )
        )
        chat = uuid.uuid4().hex
        _open_chat(portfolio, chat, person, stage, owner, language)
        parsed = {
            "intent": {"name": intent, "confidence": confidence},
            "intent_ranking": ranking or [],
            "entities": [{"entity": k, "value": v} for k, v in (entities or {}).items()],
            "text": text or f"/{intent}",
            "also": [
                {"name": name, "confidence": 0.9, "text": part}
                for name, part in (also or {}).items()
            ],
        }
        user = {"event": "user", "text": parsed["text"], "parse_data": parsed}
        tracker = Tracker.from_dict(
            {
                "sender_id": chat,
                "slots": {"language": language, "requested_slot": None, **(slots or {})},
                "latest_message": parsed,
                "events": [
                    *(before or ()),
                    {"event": "action", "name": "action_listen"},
                    user,
                    *(after or ()),
                ],
                "active_loop": {"name": form} if form else {},
                "latest_action_name": "action_listen",
            }
        )
        dispatcher = CollectingDispatcher()
        events = asyncio.run(action().run(dispatcher, tracker, {}))
        return Said(dispatcher.messages, events)

    yield call


def _open_chat(
    database: Database,
    chat: str,
    person: str | None,
    stage: IdentityStage,
    owner: Owner,
    language: str,
) -> None:
    with database.unit() as uow:
        borrower = uow.borrowers.by_reference(person) if person else None
        identity = Identity()
        if borrower is not None:
            identity = Identity(
                stage=stage, borrower_id=borrower.id, expires_at=NOW + timedelta(minutes=30)
            )
        uow.conversations.add(
            Conversation(
                id=ConversationId(chat),
                channel=Channel.WEB,
                address=chat,
                is_private=True,
                language=language,
                language_chosen=False,
                identity=identity,
                control=Control(owner=owner),
                opened_at=NOW,
            )
        )
        uow.commit()
