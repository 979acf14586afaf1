"""Which hosts a link that we send may lead to. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import urlsplit

from bot.pay.ports import ForeignLink


def host_of(url: str) -> str:
    """The host of a web address, in lower case; "" for anything else."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        return ""
    # Without a user part: https://checkout.example@evil.example leads to evil.example.
    is_plain = parts.scheme in ("https", "http") and "@" not in parts.netloc and "\\" not in url
    return host.lower().rstrip(".") if is_plain else ""


class AllowedHosts:
    """Host names, each exact; `*.bank.example` stands for every host below bank.example."""

    def __init__(self, hosts: Iterable[str]) -> None:
        self._hosts = frozenset(host.strip().lower() for host in hosts if host.strip())

    def allows(self, url: str) -> bool:
        host = host_of(url)
        if not host:
            return False
        parts = host.split(".")
        above = {f"*.{'.'.join(parts[n:])}" for n in range(1, len(parts))}
        return host in self._hosts or bool(above & self._hosts)

    def check(self, url: str) -> str:
        """Give the address back. Raises ForeignLink, which names only the host."""
        if not self.allows(url):
            raise ForeignLink(
                f"A link to {host_of(url) or 'something that is no web address'} is not allowed.",
                hint="If this host takes your payments, add it to TIDEOVER_PAY_HOSTS.",
            )
        return url
