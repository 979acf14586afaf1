"""What every process needs: the clock, the secret and its keys, the database, who the lender is."""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import structlog

from lending.errors import TideoverError
from settings import Settings

if TYPE_CHECKING:
    from bot.clocks import ClockRules
    from bot.contact_case import Lender
    from bot.ports import UnitOfWork
    from lending.ids import BorrowerId
    from lending.plan_service import PlanOffice
    from store.db import Database
    from store.field_keys import FieldKeys

log = structlog.get_logger(__name__)


class NoSecret(TideoverError):
    """TIDEOVER_SECRET_KEY is needed and not set."""


def utc_now() -> datetime:
    """The one clock."""
    return datetime.now(UTC)


def master_secret(settings: Settings, *, may_make: bool) -> bytes:
    """The secret that all keys come from; for the demo one is made and kept in the data folder.

    Raises NoSecret.
    """
    if settings.secret_key is not None:
        return settings.secret_key.get_secret_value().encode()
    if not may_make:
        raise NoSecret(
            "TIDEOVER_SECRET_KEY is not set.", hint="Set it to 32 or more random characters."
        )
    path = settings.data_dir / "demo-secret"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_urlsafe(48))
    return path.read_bytes()


def key_for(secret: bytes, purpose: str) -> bytes:
    """A key for one purpose, so that no signature fits anywhere else."""
    return hmac.new(secret, purpose.encode(), hashlib.sha256).digest()


DERIVED_KEY = "secret"
"""The id of the field key that comes from the secret key."""


def field_keys_of(settings: Settings, *, making: bool = False) -> FieldKeys | None:
    """The keys of contact details; None when there is no secret yet. Raises BadFieldKeys.

    `making`: a new database may follow, so a secret of the data folder is made if there is none.
    The one from the secret key is always among them, so that what it sealed can be read after
    TIDEOVER_FIELD_KEYS was set.
    """
    from store.field_keys import FieldKeys, read_field_keys

    kept = settings.data_dir / "demo-secret", settings.data_dir / "tideover.db"
    may_make = settings.database_url is None and (making or kept[1].exists())
    if settings.secret_key is None and not may_make and not kept[0].exists():
        return None
    secret = master_secret(settings, may_make=True)
    named = settings.field_keys.get_secret_value() if settings.field_keys else ""
    keys = {**read_field_keys(named), DERIVED_KEY: key_for(secret, "fields")}
    return FieldKeys(next(iter(keys)), keys, key_for(secret, "contact-index"))


def open_database(settings: Settings, *, making: bool = False) -> Database:
    """`making`: see `field_keys_of`. Raises BadFieldKeys, BadDatabaseUrl."""
    from store.db import Database

    return Database(settings.database, keys=field_keys_of(settings, making=making))


def digest_with(secret: bytes) -> Callable[[str, str, str], str]:
    """How second facts are kept: see bot.identity.fact_digest."""
    from bot.identity import fact_digest

    key = key_for(secret, "identity")
    return lambda reference, kind, value: fact_digest(key, reference, kind, value)


def make_link(database: Database, reference: str, settings: Settings) -> str:
    """A new one-time link token for the borrower with this reference. Raises UnknownBorrower."""
    from bot.identity import new_link_token, token_hash

    token, now = new_link_token(), utc_now()
    with database.unit() as uow:
        uow.links.add(
            token_hash=token_hash(token),
            borrower_id=borrower_id_of(uow, reference),
            created_at=now,
            expires_at=now + timedelta(hours=settings.link_ttl_hours),
        )
        uow.commit()
    return token


def borrower_id_of(uow: UnitOfWork, reference: str) -> BorrowerId:
    """Raises UnknownBorrower."""
    borrower = uow.borrowers.by_reference(reference)
    if borrower is None:
        raise UnknownBorrower(
            f"No borrower has the reference {reference!r}.", hint="Check the spelling."
        )
    return borrower.id


class UnknownBorrower(TideoverError):
    """No borrower has this reference."""


def lender_of(settings: Settings) -> Lender:
    """Who writes, as the contact rules ask for it."""
    from bot.contact_case import Lender
    from compliance.terms import ActorRole

    return Lender(
        role=ActorRole(settings.actor_role),
        follows_collector_rules=settings.follow_collector_rules,
        timezone=settings.timezone,
    )


def plan_office(settings: Settings) -> PlanOffice:
    """The plans that this lender offers. Raises BrokenPolicy."""
    from lending.plan_service import PlanOffice
    from store.plan_policy_file import PolicyShelf

    return PlanOffice(
        lender=settings.lender_name,
        policy_for=PolicyShelf(settings.plan_policy_dir).policy,
        new_id=lambda: secrets.token_hex(8),  # short enough for a Telegram button
    )


def keep_profiles(database: Database, now: datetime) -> None:
    """Keep the contact rules in the versions that will decide, so that decisions can be replayed.

    A broken profile is left out: it blocks everything that it should judge, and says so.
    """
    from compliance.errors import BrokenProfile
    from compliance.profile_file import available_profiles, load_profile, profile_files

    with database.unit() as uow:
        for name in available_profiles():
            try:
                version, files = load_profile(name).version, profile_files(name)
            except BrokenProfile as error:
                log.error("profile.broken", profile=name, reason=error.message)
                continue
            uow.contacts.keep_profile(name=name, version=version, files=files, at=now)
        uow.commit()


def clock_rules(settings: Settings) -> ClockRules:
    """Working hours and time limits of the team. Raises BadHours, UnknownCountry."""
    from bot.clocks import ClockRules
    from bot.working_hours import read_hours

    return ClockRules(
        hours=read_hours(
            settings.team_hours,
            timezone=settings.team_timezone or settings.timezone,
            country=settings.team_country,
        )
    )
