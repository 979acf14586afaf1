"""Single tries of parts from outside, for `tideover doctor`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from lending.errors import TideoverError
from settings import Settings
from wiring.base import utc_now

if TYPE_CHECKING:
    pass


def load_model_only(model: Path) -> None:
    """Load a model and drop it again. Raises EngineUnavailable."""
    from bot.engine import RasaEngine, lock_store, memory_tracker_store

    RasaEngine.load(model, tracker_store=memory_tracker_store(), lock_store=lock_store(None))


async def try_telegram(settings: Settings) -> str:
    """Connect once and give the bot's name. Raises TelegramRefused, TelegramUnreachable."""
    from bot.telegram_api import TelegramGateway

    async def nowhere(inbound: Any) -> None:
        return None

    assert settings.telegram_token is not None
    gateway = TelegramGateway(
        token=settings.telegram_token.get_secret_value(),
        api_url=settings.telegram_api_url,
        callback_key=b"unused",
        sink=nowhere,
        clock=utc_now,
        menu={},
        phrases={},
    )
    try:
        await gateway.connect()
        return str(gateway.username)
    finally:
        await gateway.stop()


def try_redis(url: str) -> None:
    """Ping Redis. Raises RedisUnreachable."""
    import redis

    try:
        redis.Redis.from_url(url, socket_connect_timeout=3).ping()
    except redis.RedisError as error:
        raise RedisUnreachable(
            f"Redis does not answer ({type(error).__name__}).",
            hint="Start it, or correct TIDEOVER_REDIS_URL.",
        ) from None


class RedisUnreachable(TideoverError):
    """The Redis server of TIDEOVER_REDIS_URL does not answer."""
