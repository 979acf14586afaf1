"""E-mail by SMTP: text and HTML that say the same, and a way to stop in its head (RFC 8058)."""

from __future__ import annotations

import asyncio
import smtplib
import ssl
from dataclasses import dataclass
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import make_msgid

import structlog

from bot.messages import Envelope, SendFailed

log = structlog.get_logger(__name__)

_TIMEOUT_S = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class MailAccount:
    """`security`: "starttls", "tls" from the first byte, or "none" for a relay on this machine."""

    host: str
    port: int
    sender: str
    sender_name: str
    user: str | None = None
    password: str | None = None
    security: str = "starttls"


class MailChannel:
    """Implements `bot.messages.ChannelPort`. One connection for each message, in a thread."""

    def __init__(self, account: MailAccount) -> None:
        self._account = account

    async def send(self, envelope: Envelope) -> str:
        message = self._message(envelope)
        await asyncio.to_thread(self._deliver, message)
        return str(message["Message-ID"])

    async def show_typing(self, address: str) -> None:
        return None

    def _message(self, envelope: Envelope) -> EmailMessage:
        content, account = envelope.content, self._account
        message = EmailMessage()
        try:
            message["To"] = Address(addr_spec=envelope.address)
            message["From"] = Address(account.sender_name, addr_spec=account.sender)
        except (ValueError, IndexError) as problem:
            raise SendFailed("This is not an e-mail address.", permanent=True) from problem
        message["Subject"] = content.subject or account.sender_name
        message["Message-ID"] = make_msgid(domain=account.sender.rpartition("@")[2])
        message["Auto-Submitted"] = "auto-generated"
        if content.stop_url:
            message["List-Unsubscribe"] = f"<{content.stop_url}>"
            message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
        message.set_content(content.text)
        if content.html:
            message.add_alternative(content.html, subtype="html")
        return message

    def _deliver(self, message: EmailMessage) -> None:
        """Until DATA is sent nothing has left; from then on silence is not a no."""
        try:
            server = self._connect()
        except (OSError, smtplib.SMTPException) as problem:
            raise SendFailed(f"mail server not reached: {type(problem).__name__}") from problem
        try:
            server.send_message(message)
        except smtplib.SMTPRecipientsRefused as problem:
            code = next(iter(problem.recipients.values()))[0]
            raise SendFailed(f"mail address refused ({code})", permanent=code >= 550) from problem
        except smtplib.SMTPResponseException as problem:
            refused = f"mail refused ({problem.smtp_code})"
            raise SendFailed(refused, permanent=problem.smtp_code in (550, 553)) from problem
        except (OSError, smtplib.SMTPException) as problem:
            raise SendFailed(
                f"mail server fell silent: {type(problem).__name__}", uncertain=True
            ) from problem
        finally:
            _quit(server)

    def _connect(self) -> smtplib.SMTP:
        account = self._account
        if account.security == "tls":
            context = ssl.create_default_context()
            server: smtplib.SMTP = smtplib.SMTP_SSL(
                account.host, account.port, timeout=_TIMEOUT_S, context=context
            )
        else:
            server = smtplib.SMTP(account.host, account.port, timeout=_TIMEOUT_S)
        try:
            if account.security == "starttls":
                server.starttls(context=ssl.create_default_context())
            if account.user is not None and account.password is not None:
                server.login(account.user, account.password)
        except BaseException:
            server.close()
            raise
        return server


def _quit(server: smtplib.SMTP) -> None:
    try:
        server.quit()
    except (OSError, smtplib.SMTPException):
        server.close()
