"""Who comes in: sessions in cookies, form tokens, the permission of each route, kind refusals."""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable, Mapping

from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import RedirectResponse
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException

from bot.ports import Clock, StaleConversation, UnknownConversation
from bot.ports_staff import UnknownEscalation, UnknownStaff
from bot.web_door import Buckets, client_network
from console.permissions import Action, NotAllowed, require
from console.sign_in import SessionEnded, SignIn, token_key
from console.web.access import ACCESS, Open
from console.web.door import ForgedForm, FormTokens, secured
from console.web.refusals import is_outage, refusal_text
from console.web.shown import Shown
from console.web.visit import ROOT, NotThere, Pages, Visit
from console.web.words import LANGUAGES, language_of, mark, words_in
from lending.errors import TideoverError

LANGUAGE_COOKIE = "staff_language"
_YEAR = 365 * 24 * 3600
_STREAMS = ("/stream", "/top", "/write", "/work")

_STATUS: Mapping[type[TideoverError], int] = {
    NotAllowed: 403,
    ForgedForm: 403,
    NotThere: 404,
    UnknownConversation: 404,
    UnknownEscalation: 404,
    UnknownStaff: 404,
    StaleConversation: 409,
}


class TooFast(TideoverError):
    """Too many tries from one place."""


class Guard:
    """Finds who asks, refuses who may not, and turns refusals into pages."""

    def __init__(
        self, *, sign_in: SignIn, pages: Pages, clock: Clock, secret: bytes, secure: bool
    ) -> None:
        self.sign_in = sign_in
        self._pages = pages
        self._clock = clock
        self.forms = FormTokens(secret)
        self._secure = secure
        # The __Host- prefix stops sibling domains from planting a session; it needs HTTPS.
        prefix = "__Host-" if secure else ""
        self.session_cookie, self._door_cookie = f"{prefix}staff", f"{prefix}staff_door"
        self._tries = Buckets(burst=20, per_second=0.2)

    def needs(self, key: str) -> Callable[[Request], Awaitable[None]]:
        """The dependency of a route of the table."""
        wanted = ACCESS[key]

        async def check(request: Request) -> None:
            if wanted is Open.ANYONE:
                if request.method == "POST":
                    await self.forms.check(request, self.door_nonce(request))
                return
            visit = await self._visit(request)
            request.state.visit = visit
            if request.method == "POST":
                await self.forms.check(request, visit.session)
            if isinstance(wanted, Action):
                require(visit.staff.role, wanted)

        return check

    async def _visit(self, request: Request) -> Visit:
        token = request.cookies.get(self.session_cookie, "")
        if not token:
            raise SessionEnded(mark("You are not signed in."), hint=mark("Sign in first."))
        is_activity = not request.url.path.endswith(_STREAMS)
        staff = await run_in_threadpool(self.sign_in.who, token, is_activity=is_activity)
        words = words_in(staff.language if staff.language in LANGUAGES else self.language(request))
        session = token_key(token)
        return Visit(
            request=request,
            staff=staff,
            session=session,
            csrf=self.forms.token(session),
            now=self._clock(),
            words=words,
            shown=Shown(words, self._pages.zone),
        )

    def is_still_signed_in(self, request: Request) -> bool:
        """For pages that stay open: whether their session goes on. Blocks; does not count as use."""
        try:
            self.sign_in.who(request.cookies.get(self.session_cookie, ""), is_activity=False)
        except SessionEnded:
            return False
        return True

    def language(self, request: Request) -> str:
        """What the browser was set to on our page, or prefers."""
        chosen = request.cookies.get(LANGUAGE_COOKIE, "")
        if chosen in LANGUAGES:
            return chosen
        return language_of(request.headers.get("accept-language", ""))

    def keep_language(self, response: Response, language: str) -> None:
        self._set(response, LANGUAGE_COOKIE, language, _YEAR)

    def open_session(self, response: Response, token: str, seconds: int) -> None:
        self._set(response, self.session_cookie, token, seconds)

    def close_session(self, response: Response) -> None:
        response.delete_cookie(self.session_cookie, path="/", secure=self._secure, httponly=True)

    def door_nonce(self, request: Request) -> str:
        """What the form token of a page for strangers is bound to."""
        return "door:" + request.cookies.get(self._door_cookie, "")

    def new_door(self, request: Request) -> tuple[str, str]:
        """(nonce for the cookie, form token) for a page for strangers."""
        nonce = request.cookies.get(self._door_cookie) or secrets.token_urlsafe(16)
        return nonce, self.forms.token("door:" + nonce)

    def keep_door(self, response: Response, nonce: str) -> None:
        self._set(response, self._door_cookie, nonce, 24 * 3600)

    def slow_down(self, request: Request) -> None:
        """Raises TooFast: sign-ins from one network, whoever they name."""
        if self._tries.take(client_network(request)):
            raise TooFast(
                mark("Too many tries from your network."),
                hint=mark("Wait a minute, then try again."),
            )

    def _set(self, response: Response, name: str, value: str, seconds: int) -> None:
        response.set_cookie(
            name,
            value,
            max_age=seconds,
            path="/",
            secure=self._secure,
            httponly=True,
            samesite="lax",
        )

    # --- refusals -----------------------------------------------------------------------------

    async def refuse(self, request: Request, error: Exception) -> Response:
        """A page, or a part for our script, that says what is wrong and what to do."""
        match error:
            case SessionEnded():
                return self._to_sign_in(request)
            case TideoverError():
                return self._refusal(request, error)
            case RequestValidationError():
                return self._problem(
                    request,
                    422,
                    mark("Something in the form is missing or too long."),
                    mark("Go back, correct it, and send it again."),
                )
            case HTTPException(status_code=404 | 405):
                return self._problem(
                    request,
                    error.status_code,
                    mark("There is nothing here."),
                    mark("Check the address, or search for it."),
                )
            case HTTPException():
                return self._problem(request, error.status_code, str(error.detail), "")
            case _:
                page = self._problem(
                    request,
                    500,
                    mark("Something went wrong on our side."),
                    mark("Nothing was changed. Try again; tell an administrator if it stays."),
                )
                return secured(page)

    def _to_sign_in(self, request: Request) -> Response:
        if request.headers.get("hx-request") == "true" or request.url.path.endswith("/stream"):
            return Response(status_code=401)
        target = f"{ROOT}/sign-in?reason=ended"
        if request.method == "GET":
            path = request.url.path.removeprefix(ROOT)
            if path not in ("", "/"):
                target += "&next=" + path
        return RedirectResponse(target, 303)

    def _refusal(self, request: Request, error: TideoverError) -> Response:
        visit = getattr(request.state, "visit", None)
        words = visit.words if isinstance(visit, Visit) else words_in(self.language(request))
        told = refusal_text(error, words, Shown(words, self._pages.zone))
        return self._problem(request, status_of(error), told["text"], told["hint"])

    def _problem(self, request: Request, status: int, text: str, hint: str) -> Response:
        """`text` and `hint` may stand in English, or in the reader's language already."""
        visit = getattr(request.state, "visit", None)
        if isinstance(visit, Visit):
            told = {"text": visit.say(text), "hint": visit.say(hint) if hint else ""}
            if visit.is_partial:
                shown = 422 if 400 <= status < 500 else status
                return self._pages.page(visit, "_problem.html", shown, problem=told)
            title = visit.say(_TITLES.get(status, mark("That did not work")))
            return self._pages.page(visit, "problem.html", status, title=title, **told)
        words = words_in(self.language(request))
        title = words.say(_TITLES.get(status, mark("That did not work")))
        nonce, csrf = self.new_door(request)
        response = self._pages.open_page(
            words.language,
            "problem.html",
            status,
            title=title,
            text=words.say(text),
            hint=words.say(hint) if hint else "",
            csrf=csrf,
        )
        self.keep_door(response, nonce)
        return response


_TITLES: Mapping[int, str] = {
    403: mark("Not allowed"),
    404: mark("Not found"),
    405: mark("Not found"),
    409: mark("Somebody was faster"),
    413: mark("Too long"),
    422: mark("Please correct the form"),
    429: mark("Too many tries"),
    500: mark("That did not work"),
    503: mark("Not available just now"),
}


def status_of(error: TideoverError) -> int:
    for kind, status in _STATUS.items():
        if isinstance(error, kind):
            return status
    if isinstance(error, TooFast):
        return 429
    return 503 if is_outage(error) else 409
