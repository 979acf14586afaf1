"""Who works here, their roles, and what each role may do."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated

from fastapi import Form, Request, Response

from bot.staff import Role
from console.passwords import LEAST
from console.permissions import PERMISSIONS
from console.staff_admin import StaffAdmin, made_up_password
from console.web.desk import Desk, Route
from console.web.forms import BadField
from console.web.visit import Visit, done, visit_of
from console.web.words import mark

Short = Annotated[str, Form(max_length=200)]


class StaffPages:
    def __init__(self, desk: Desk, admin: StaffAdmin) -> None:
        self._desk = desk
        self._admin = admin

    def routes(self) -> Iterable[Route]:
        yield Route(method="GET", path="/staff", endpoint=self.list)
        yield Route(method="POST", path="/staff", endpoint=self.add)
        yield Route(method="POST", path="/staff/{login}/role", endpoint=self.set_role)
        yield Route(method="POST", path="/staff/{login}/disable", endpoint=self.disable)
        yield Route(method="POST", path="/staff/{login}/enable", endpoint=self.enable)
        yield Route(method="POST", path="/staff/{login}/reset", endpoint=self.reset)

    def list(self, request: Request) -> Response:
        return self._page(visit_of(request))

    def add(
        self,
        request: Request,
        login: Short = "",
        name: Short = "",
        role: Short = "",
        language: Short = "en",
    ) -> Response:
        """A new member, with a made-up password that is shown once."""
        visit = visit_of(request)
        password = made_up_password()
        made = self._admin.add(
            login,
            name=name,
            role=_role(role),
            password=password,
            language=language,
            by=visit.staff.login,
        )
        return self._page(visit, (made.login, password))

    def set_role(self, request: Request, login: str, role: Short = "") -> Response:
        visit = visit_of(request)
        self._admin.change(login, by=visit.staff.login, role=_role(role))
        return done(visit, "/staff", "saved")

    def disable(self, request: Request, login: str) -> Response:
        """They cannot sign in any more; what they hold goes back to the queue."""
        visit = visit_of(request)
        self._admin.disable(login, by=visit.staff.login)
        return done(visit, "/staff", "saved")

    def enable(self, request: Request, login: str) -> Response:
        visit = visit_of(request)
        self._admin.enable(login, by=visit.staff.login)
        return done(visit, "/staff", "saved")

    def reset(self, request: Request, login: str) -> Response:
        """A new password, shown once; their sessions, any lock, and one-time codes end."""
        visit = visit_of(request)
        password = made_up_password()
        self._admin.set_password(login, password, by=visit.staff.login)
        self._admin.codes_off(login, by=visit.staff.login)
        return self._page(visit, (login, password))

    def _page(self, visit: Visit, shown: tuple[str, str] | None = None) -> Response:
        return self._desk.pages.page(
            visit,
            "staff.html",
            people=self._admin.all(),
            roles=[role.value for role in Role],
            shown=shown,
            table=[(action.value, roles) for action, roles in PERMISSIONS.items()],
            all_roles=tuple(Role),
            least=LEAST,
        )


def _role(text: str) -> Role:
    try:
        return Role(text)
    except ValueError:
        raise BadField(
            mark("There is no such role."), hint=mark("Choose one of the list.")
        ) from None
