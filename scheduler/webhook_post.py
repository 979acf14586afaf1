"""Send a webhook over HTTP."""

from __future__ import annotations

from datetime import timedelta

import httpx

from scheduler.webhooks import Reply

_SECONDS = 10.0
_MOST_READ = 64 * 1024
"""An answer says yes or no with its status; nobody reads more of it than this."""


class HttpPost:
    """Implements `scheduler.webhooks.Post`. Follows no redirect. Safe for threads."""

    def __init__(self, url: str, *, timeout_seconds: float = _SECONDS) -> None:
        self._url = url
        self._client = httpx.Client(timeout=timeout_seconds, follow_redirects=False)

    def __call__(self, body: bytes, headers: dict[str, str]) -> Reply:
        try:
            with self._client.stream("POST", self._url, content=body, headers=headers) as answer:
                read = 0
                for chunk in answer.iter_raw():
                    read += len(chunk)
                    if read > _MOST_READ:
                        break
                return Reply(
                    status=answer.status_code,
                    retry_after=_retry_after(answer.headers.get("retry-after", "")),
                )
        except httpx.HTTPError as error:
            return Reply(status=None, problem=type(error).__name__)

    def close(self) -> None:
        self._client.close()


def _retry_after(header: str) -> timedelta | None:
    """Seconds; a date is not worth its parser here."""
    return timedelta(seconds=int(header)) if header.isascii() and header.isdigit() else None
