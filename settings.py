"""Every setting, read once from the environment (`TIDEOVER_*`). Only process starters import this."""

from __future__ import annotations

from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo

from limits import parse as parse_rate
from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from lending.errors import TideoverError


class BadSettings(TideoverError):
    """One or more settings are wrong; the message lists all of them."""


class Settings(BaseSettings):
    """All settings with their meaning. Empty environment: one process on SQLite, web chat only."""

    model_config = SettingsConfigDict(env_prefix="TIDEOVER_", extra="ignore", frozen=True)

    data_dir: Path = Field(Path("var"), description="Folder for the SQLite files and the model.")
    database_url: str | None = Field(
        None, description="SQLAlchemy URL. Default: SQLite in the data folder."
    )
    redis_url: str | None = Field(
        None, description="Redis for the lock store; needed when several bot workers run."
    )
    secret_key: SecretStr | None = Field(
        None, description="Signs sessions and buttons, keys identity facts. 32 characters or more."
    )

    field_keys: SecretStr | None = Field(
        None,
        description="Keys of contact details, newest first: `tideover keys new` makes one. Default:"
        " one that comes from the secret key.",
    )

    retention: Path | None = Field(
        None,
        description="File that says how long records are kept. Default: the one that comes with"
        " Tideover (docs/privacy.md).",
    )

    actor_role: Literal["creditor", "third_party_collector"] = Field(
        "creditor", description="Who writes: the lender in its own name, or a collector for it."
    )
    follow_collector_rules: bool = Field(
        True, description="Whether a lender keeps to the rules that bind collectors, too."
    )
    timezone: str = Field("UTC", description="Time zone (IANA) for people who are not known yet.")

    lender_name: str = Field("Northbank", description="The lender's name, as borrowers know it.")
    base_url: str | None = Field(
        None, description="Public address of the web chat, without a slash at the end."
    )
    plan_policy_dir: Path | None = Field(
        None, description="Folder of the lender's own plan policies (docs/plan-policies.md)."
    )
    pay_url: str | None = Field(
        None, description="Where borrowers pay. Default: the lender's usual ways are named."
    )
    pay_provider: Literal["none", "stripe", "sandbox"] = Field(
        "none",
        description="Who takes payments on a page of its own; `sandbox` is for trials only.",
    )
    pay_secret: SecretStr | None = Field(
        None, description="API key at the payment provider (docs/payments.md)."
    )
    pay_webhook_secret: SecretStr | None = Field(
        None,
        description="Signs the provider's reports; two with a space while one changes.",
    )
    pay_api_url: str = Field(
        "https://api.stripe.com",
        description="Where the provider's API is; any that speaks Stripe's will do.",
    )
    pay_hosts: str = Field(
        "checkout.stripe.com",
        description="Hosts that links to payment pages may lead to, with commas; `*.` for all below.",
    )
    pay_telegram_token: SecretStr | None = Field(
        None, description="Payment token from @BotFather; switches invoices in Telegram on."
    )
    pay_link_hours: int = Field(
        12, ge=1, le=23, description="How long a payment page or invoice can be used."
    )
    claim_days: int = Field(
        5, ge=0, le=60, description="How long `I have paid` pauses reminders while it is traced."
    )
    team_hours: str = Field(
        "Mon-Fri 09:00-18:00", description="When people answer, shown to borrowers who wait."
    )
    team_timezone: str | None = Field(
        None, description="Time zone (IANA) of team_hours. Default: that of `timezone`."
    )
    team_country: str | None = Field(
        None,
        description="Country (ISO 3166) whose public holidays the team has off. Default: none.",
    )
    support_phone: str | None = Field(None, description="A phone number shown with 'a person'.")

    alert_telegram_chat: int | None = Field(
        None, description="Id of a Telegram group of staff that is told of urgent cases."
    )
    alert_email: str | None = Field(
        None, description="E-mail address of staff that is told of urgent cases."
    )
    alert_smtp_url: SecretStr | None = Field(
        None, description="Mail server for alerts: smtp:// or smtps://user:password@host:port."
    )
    waive_limit: int = Field(
        50, ge=0, description="Fees that an agent may waive on an account in a year, whole units."
    )

    web_host: str = Field("127.0.0.1", description="Address that the web server listens on.")
    web_port: int = Field(8080, ge=1, le=65535, description="Port that the web server listens on.")

    ops_host: str = Field(
        "127.0.0.1", description="Internal address of /healthz, /readyz and /metrics of each role."
    )
    ops_port: int | None = Field(
        None, ge=1, le=65535, description="Its port; none is opened without it."
    )
    metrics_token: SecretStr | None = Field(
        None,
        description="Whoever sends it as a bearer token may read /metrics on the web port too.",
    )

    telegram_token: SecretStr | None = Field(None, description="Bot token; switches Telegram on.")
    telegram_api_url: str = Field(
        "https://api.telegram.org", description="Bot API server, for self-hosted or test servers."
    )
    telegram_mode: Literal["polling", "webhook"] = Field("polling", description="How updates come.")
    telegram_webhook_secret: SecretStr | None = Field(
        None, description="Secret token that Telegram sends with each webhook call."
    )

    webhook_url: str | None = Field(
        None, description="Where the lender's system takes events; none are sent without it."
    )
    webhook_secret: SecretStr | None = Field(
        None, description="Signs events: `whsec_` and base64; two with a space while one changes."
    )

    api_rate: str = Field(
        "600/minute", description="How often one API key may ask: a number, `/`, a time."
    )

    chat_rate: str = Field(
        "60/minute", description="How often one chat may write and be answered; the rest is kept."
    )

    default_language: Literal["en", "zh-Hans", "zh-Hant"] = Field(
        "en", description="Language until the borrower has written."
    )
    link_ttl_hours: int = Field(72, ge=1, description="How long a link token can be used.")
    identity_idle_minutes: int = Field(
        30, ge=1, description="Idle time after which a borrower proves who they are again."
    )
    identity_tries: int = Field(3, ge=1, le=10, description="Wrong second facts before staff help.")
    identity_lock_minutes: int = Field(60, ge=1, description="How long guessing stays locked.")
    model_path: Path | None = Field(
        None,
        description="A trained model. Default: the one in the data folder for the present nlu/.",
    )
    reminders: bool = Field(
        False, description="Plan and send reminders inside `serve`; off, `remind run` does it."
    )
    strategy: str | None = Field(
        None,
        description="A strategy file for reminders. Default: the one that comes with Tideover.",
    )
    feed: str | None = Field(
        None,
        description="Name of the feed that brings payments; when it is silent, reminders stop.",
    )
    feed_stale_hours: int = Field(
        36, ge=1, description="How long that feed may be silent before reminders stop."
    )
    sms_sid: str | None = Field(None, description="Account of the SMS provider; switches SMS on.")
    sms_token: SecretStr | None = Field(
        None, description="Its secret; signs what it tells us, too."
    )
    sms_sender: str | None = Field(
        None, description="The number, or the messaging service (MG...), that SMS come from."
    )
    sms_api_url: str = Field(
        "https://api.twilio.com", description="Where its API is; any that speaks Twilio's will do."
    )
    smtp_host: str | None = Field(None, description="Mail server; switches e-mail on.")
    smtp_port: int = Field(587, ge=1, le=65535, description="Port of the mail server.")
    smtp_security: Literal["starttls", "tls", "none"] = Field(
        "starttls", description="How the connection is encrypted; `none` only on the same machine."
    )
    smtp_user: str | None = Field(None, description="User at the mail server, if it asks for one.")
    smtp_password: SecretStr | None = Field(None, description="Password of that user.")
    smtp_sender: str | None = Field(None, description="The address that e-mails come from.")
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        "info", description="Log level."
    )
    log_json: bool = Field(False, description="Write the log as JSON lines.")

    @field_validator("timezone", "team_timezone")
    @classmethod
    def _is_zone(cls, value: str | None) -> str | None:
        if value is None:
            return None
        try:
            ZoneInfo(value)
        except (KeyError, ValueError, OSError):
            raise ValueError("must be an IANA time zone such as Europe/London") from None
        return value

    @field_validator("api_rate", "chat_rate")
    @classmethod
    def _is_rate(cls, value: str) -> str:
        try:
            parse_rate(value)
        except ValueError:
            raise ValueError("must be a rate such as 600/minute") from None
        return value

    @field_validator("metrics_token")
    @classmethod
    def _hard_to_guess(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and len(value.get_secret_value()) < 16:
            raise ValueError("must have 16 characters or more")
        return value

    @field_validator("secret_key")
    @classmethod
    def _long_enough(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and len(value.get_secret_value()) < 32:
            raise ValueError("must have 32 characters or more")
        return value

    @field_validator(
        "base_url", "pay_url", "telegram_api_url", "sms_api_url", "webhook_url", "pay_api_url"
    )
    @classmethod
    def _is_web_address(cls, value: str | None) -> str | None:
        if value is not None and not value.startswith(("http://", "https://")):
            raise ValueError("must start with http:// or https://")
        return value.rstrip("/") if value else value

    @property
    def database(self) -> str:
        return self.database_url or f"sqlite:///{self.data_dir / 'tideover.db'}"

    @property
    def dialogue_database(self) -> str:
        """Where Rasa keeps its trackers: beside the SQLite file, or in the same PostgreSQL."""
        return self.database_url or f"sqlite:///{self.data_dir / 'dialogue.db'}"

    @property
    def public_url(self) -> str:
        return self.base_url or f"http://{self.web_host}:{self.web_port}"


def load_settings() -> Settings:
    """Read the environment. Raises BadSettings that names every wrong variable at once."""
    try:
        return Settings()
    except ValidationError as error:
        problems = "; ".join(
            f"TIDEOVER_{'_'.join(str(part) for part in e['loc']).upper()} {_plain(e['msg'])}"
            for e in error.errors()
        )
        raise BadSettings(
            f"Settings are wrong: {problems}.", hint="Correct these environment variables."
        ) from None


def _plain(message: str) -> str:
    return message.removeprefix("Value error, ").removeprefix("Input ")
