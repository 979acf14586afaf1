"""`tideover doctor`: look at each part that a running system needs, and say what to do."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from lending.errors import TideoverError
from settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    what: str
    is_fine: bool
    state: str
    hint: str = ""


class NotSealed(TideoverError):
    """Contact details stand in the database as plain text."""


class NotReadable(TideoverError):
    """Files or programs that are needed cannot be read or run."""


def examine(settings: Settings) -> list[Finding]:
    """Every check, in the order in which problems should be mended."""
    checks: list[tuple[str, Callable[[Settings], str]]] = [
        ("secret key", _secret),
        ("database", _database),
        ("model", _model),
        ("texts", _texts),
        ("web port", _port),
        ("operations", _ops),
        ("contact keys", _keys),
        ("retention", _retention),
        ("contact rules", _rules),
        ("backup tools", _backup),
        ("Telegram", _telegram),
        ("payments", _payments),
        ("Redis", _redis),
    ]
    return [_run(what, check, settings) for what, check in checks]


def _run(what: str, check: Callable[[Settings], str], settings: Settings) -> Finding:
    try:
        return Finding(what=what, is_fine=True, state=check(settings))
    except TideoverError as error:
        return Finding(what=what, is_fine=False, state=error.message, hint=error.hint)


def _secret(settings: Settings) -> str:
    if settings.secret_key is None:
        return "not set: the demo makes its own; `tideover serve` needs TIDEOVER_SECRET_KEY"
    return "set"


def _database(settings: Settings) -> str:
    from wiring.base import open_database

    database = open_database(settings)
    try:
        database.check()
    finally:
        database.close()
    return "reachable and up to date"


def _model(settings: Settings) -> str:
    from bot.dialogue import EngineUnavailable
    from nlu.training import model_file

    path = settings.model_path or model_file(settings.data_dir)
    if not path.is_file():
        raise EngineUnavailable(f"No model at {path}.", hint="Run: tideover train")
    from wiring.checks import load_model_only

    load_model_only(path)
    return f"{path.name} loads"


def _texts(settings: Settings) -> str:
    from bot.texts import Texts

    return f"{len(Texts.load().keys)} texts in three languages"


def _port(settings: Settings) -> str:
    from wiring.serving import bind

    bind(settings.web_host, settings.web_port).close()
    return f"{settings.web_host}:{settings.web_port} is free"


def _ops(settings: Settings) -> str:
    from wiring.serving import bind

    if settings.ops_port is None:
        return "off (no TIDEOVER_OPS_PORT): /readyz is on the web port only"
    bind(settings.ops_host, settings.ops_port).close()
    guarded = "with a token" if settings.metrics_token else "open on this address"
    return f"{settings.ops_host}:{settings.ops_port} is free, metrics {guarded}"


def _keys(settings: Settings) -> str:
    from store.field_keys import lost
    from wiring.base import field_keys_of, open_database

    keys = field_keys_of(settings)
    if keys is None:
        return "none yet: they come from TIDEOVER_SECRET_KEY"
    database = open_database(settings)
    try:
        counts = database.count_by_key() if database.is_current() else {}
    finally:
        database.close()
    unsealed = counts.get("none", 0)
    for key_id in counts:
        if key_id not in keys.keys and key_id != "none":
            raise lost(key_id)
    if unsealed:
        raise NotSealed(f"{unsealed} contact details are not sealed.", hint="tideover keys rotate")
    return f"{len(keys.keys)} known, current: {keys.current}"


def _retention(settings: Settings) -> str:
    from wiring.privacy import retention_of

    kept = retention_of(settings)
    return f"conversations {kept.conversations}, closed borrowers {kept.closed_borrowers} days"


def _rules(settings: Settings) -> str:
    from wiring.vitals import profile_states

    states = profile_states()
    broken = [name for name, reason in states.items() if reason]
    if broken:
        raise NotReadable(
            f"The contact rules {', '.join(broken)} cannot be read: contacts are blocked.",
            hint="Put the released files back: tideover rules list",
        )
    return f"{len(states)} profiles can be read"


def _backup(settings: Settings) -> str:
    import shutil

    if settings.database_url is None or settings.database_url.startswith("sqlite"):
        return "SQLite needs none"
    missing = [tool for tool in ("pg_dump", "pg_restore", "psql") if shutil.which(tool) is None]
    if missing:
        raise NotReadable(
            f"tideover backup needs {', '.join(missing)}.", hint="Install postgresql-client."
        )
    return "pg_dump, pg_restore and psql are there"


def _telegram(settings: Settings) -> str:
    if settings.telegram_token is None:
        return "off (no TIDEOVER_TELEGRAM_TOKEN)"
    from wiring.checks import try_telegram

    return f"connected as @{asyncio.run(try_telegram(settings))}"


def _payments(settings: Settings) -> str:
    from wiring.pay import check_pay_settings, try_provider

    check_pay_settings(settings)
    invoices = "; invoices in Telegram" if settings.pay_telegram_token else ""
    if settings.pay_telegram_token and not settings.telegram_token:
        invoices = "; TIDEOVER_PAY_TELEGRAM_TOKEN is not used without a bot"
    match settings.pay_provider:
        case "none":
            return f"no payment page (TIDEOVER_PAY_PROVIDER=none){invoices}"
        case "sandbox":
            return f"sandbox: trials only, no real money moves{invoices}"
        case "stripe":
            asyncio.run(try_provider(settings))
            hook = f"{settings.public_url}/pay/webhook"
            return f"the provider takes our key; its reports go to {hook}{invoices}"


def _redis(settings: Settings) -> str:
    if settings.redis_url is None:
        return "not used (one bot process)"
    from wiring.checks import try_redis

    try_redis(settings.redis_url)
    return "answers"
