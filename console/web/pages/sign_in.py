"""Sign in and out, the reader's own settings, and the files that every page loads."""

from __future__ import annotations

import io
from collections.abc import Iterable
from typing import Annotated
from urllib.parse import urlsplit

import segno
from fastapi import Form, Request, Response
from fastapi.responses import RedirectResponse
from markupsafe import Markup

from console.passwords import LEAST
from console.sign_in import CodeNeeded, SignInLocked, SignInRefused
from console.staff_admin import StaffAdmin
from console.web.desk import Desk, Route
from console.web.guard import Guard
from console.web.visit import (
    ASSET_VERSION,
    ASSETS,
    MENU,
    ROOT,
    NotThere,
    done,
    not_there,
    visit_of,
)
from console.web.words import LANGUAGES, mark, words_in

Name = Annotated[str, Form(max_length=64)]
Secret = Annotated[str, Form(max_length=256)]
Short = Annotated[str, Form(max_length=200)]


class SignInPages:
    def __init__(self, desk: Desk, guard: Guard, admin: StaffAdmin) -> None:
        self._desk = desk
        self._guard = guard
        self._admin = admin

    def routes(self) -> Iterable[Route]:
        yield Route(method="GET", path="/assets/{version}/{name:path}", endpoint=self.asset)
        yield Route(method="GET", path="/sign-in", endpoint=self.show)
        yield Route(method="POST", path="/sign-in", endpoint=self.sign_in)
        yield Route(method="POST", path="/language", endpoint=self.choose_language)
        yield Route(method="POST", path="/sign-out", endpoint=self.sign_out)
        yield Route(method="GET", path="/", endpoint=self.home)
        yield Route(method="GET", path="/me", endpoint=self.me)
        yield Route(method="POST", path="/me/language", endpoint=self.set_language)
        yield Route(method="POST", path="/me/password", endpoint=self.set_password)
        yield Route(method="POST", path="/me/second-factor", endpoint=self.codes_on)
        yield Route(method="POST", path="/me/second-factor/off", endpoint=self.codes_off)
        yield Route(method="POST", path="/me/sessions/end", endpoint=self.end_sessions)

    def asset(self, request: Request, version: str, name: str) -> Response:
        """Style sheet, scripts and icon; the version in the path changes with their content."""
        found = ASSETS.get(name)
        if found is None or version != ASSET_VERSION:
            raise not_there()
        keep = {"Cache-Control": "public, max-age=31536000, immutable"}
        return Response(found[0], media_type=found[1], headers=keep)

    def show(self, request: Request, reason: str = "", next: str = "") -> Response:
        """The sign-in page."""
        words = words_in(self._guard.language(request))
        told = {
            "ended": mark(
                "You are signed out, because nothing happened for a while. Sign in again."
            ),
            "out": mark("You are signed out."),
        }.get(reason, "")
        return self._door(request, next_path=next, reason=words.say(told) if told else "")

    def sign_in(
        self,
        request: Request,
        login: Name = "",
        password: Secret = "",
        code: Short = "",
        next: Short = "",
    ) -> Response:
        """Open a session, or say kindly why not."""
        self._guard.slow_down(request)
        try:
            made = self._guard.sign_in.sign_in(login, password, code.strip() or None)
        except CodeNeeded as refused:
            problem = refused if code.strip() else None
            return self._door(
                request, login=login, next_path=next, problem=problem, asks_code=True, status=401
            )
        except SignInLocked as refused:
            return self._door(request, login=login, next_path=next, problem=refused, status=429)
        except SignInRefused as refused:
            return self._door(request, login=login, next_path=next, problem=refused, status=401)
        seconds = int((made.session.expires_at - made.session.created_at).total_seconds())
        response = RedirectResponse(f"{ROOT}{_own_path(next)}", 303)
        self._guard.open_session(response, made.token, seconds)
        return response

    def choose_language(self, request: Request, language: Short = "") -> Response:
        """The language of pages before sign-in, kept in this browser."""
        response = RedirectResponse(f"{ROOT}/sign-in", 303)
        if language in LANGUAGES:
            self._guard.keep_language(response, language)
        return response

    def sign_out(self, request: Request) -> Response:
        visit_of(request)
        self._guard.sign_in.sign_out(request.cookies.get(self._guard.session_cookie, ""))
        response = RedirectResponse(f"{ROOT}/sign-in?reason=out", 303)
        self._guard.close_session(response)
        return response

    def home(self, request: Request) -> Response:
        """The first page that this role may see."""
        visit = visit_of(request)
        first = next((item.path for item in MENU if visit.may(item.needs)), "/me")
        return RedirectResponse(f"{ROOT}{first}", 303)

    def me(self, request: Request) -> Response:
        """Language, password, second factor."""
        return self._desk.pages.page(visit_of(request), "me.html", least=LEAST, secret=None, qr="")

    def set_language(self, request: Request, language: Short = "") -> Response:
        visit = visit_of(request)
        if language not in LANGUAGES:
            raise NotThere(mark("There is no such language."), hint=mark("Choose one of the list."))
        self._admin.change(visit.staff.login, by=visit.staff.login, language=language)
        response = done(visit, "/me", "saved")
        self._guard.keep_language(response, language)
        return response

    def set_password(self, request: Request, old: Secret = "", new: Secret = "") -> Response:
        """A new password; sessions elsewhere end. Raises SignInRefused, WeakPassword."""
        visit = visit_of(request)
        token = request.cookies.get(self._guard.session_cookie, "")
        self._guard.sign_in.change_password(token, old, new)
        return done(visit, "/me", "saved")

    def codes_on(self, request: Request) -> Response:
        """Switch one-time codes on; the secret is shown this once."""
        visit = visit_of(request)
        secret, address = self._admin.new_code_secret(visit.staff.login, by=visit.staff.login)
        return self._desk.pages.page(
            visit, "me.html", least=LEAST, secret=secret, qr=_picture_of(address)
        )

    def codes_off(self, request: Request) -> Response:
        visit = visit_of(request)
        self._admin.codes_off(visit.staff.login, by=visit.staff.login)
        return done(visit, "/me", "saved")

    def end_sessions(self, request: Request) -> Response:
        """End every session of the reader but this one."""
        visit = visit_of(request)
        with self._desk.store.unit() as uow:
            uow.staff.end_sessions_of(visit.staff.id, visit.now, but=visit.session)
            uow.audit.append(
                at=visit.now,
                actor=visit.staff.login,
                event="staff.sessions_ended",
                subject=f"staff:{visit.staff.login}",
                details={},
            )
            uow.commit()
        return done(visit, "/me", "saved")

    def _door(
        self,
        request: Request,
        *,
        login: str = "",
        next_path: str = "",
        reason: str = "",
        problem: SignInRefused | None = None,
        asks_code: bool = False,
        status: int = 200,
    ) -> Response:
        words = words_in(self._guard.language(request))
        nonce, csrf = self._guard.new_door(request)
        told = None
        if problem is not None:
            told = {"text": words.say(problem.message), "hint": words.say(problem.hint)}
        response = self._desk.pages.open_page(
            words.language,
            "sign_in.html",
            status,
            csrf=csrf,
            login=login,
            next=_own_path(next_path),
            reason=reason,
            problem=told,
            asks_code=asks_code,
        )
        self._guard.keep_door(response, nonce)
        return response


def _own_path(path: str) -> str:
    """Where to go after signing in: a path of this console and nothing else."""
    parts = urlsplit(path)
    is_own = path.startswith("/") and not path.startswith("//") and "\\" not in path
    if (
        not is_own
        or parts.scheme
        or parts.netloc
        or path.startswith("/sign-")
        or any(c < " " for c in path)
    ):
        return "/"
    return path


def _picture_of(address: str) -> Markup:
    """A QR code as SVG; it is made here and never leaves the page."""
    out = io.BytesIO()
    segno.make(address, error="m").save(
        out, kind="svg", scale=4, xmldecl=False, svgns=True, nl=False
    )
    return Markup(out.getvalue().decode())
