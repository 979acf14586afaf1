"""One request of a signed-in member of staff, and what a page is made with."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from fastapi import Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from bot.staff import Staff
from console.permissions import Action, may
from console.web.labels import label
from console.web.shown import Shown
from console.web.words import LANGUAGES, Words, mark, words_in
from lending.errors import TideoverError

ROOT = "/staff"
"""Where the console is mounted."""

_HERE = Path(__file__).parent
_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}


def _assets() -> Mapping[str, tuple[bytes, str]]:
    folder = _HERE / "static"
    return {
        path.relative_to(folder).as_posix(): (path.read_bytes(), _TYPES[path.suffix])
        for path in sorted(folder.rglob("*"))
        if path.suffix in _TYPES
    }


ASSETS = _assets()
ASSET_VERSION = hashlib.sha256(b"".join(body for body, _ in ASSETS.values())).hexdigest()[:12]


@dataclass(frozen=True, slots=True, kw_only=True)
class MenuItem:
    path: str
    label: str
    needs: Action


MENU = (
    MenuItem(path="/queue", label=mark("Queue"), needs=Action.SEE_QUEUE),
    MenuItem(path="/borrowers", label=mark("Borrowers"), needs=Action.SEE_BORROWER),
    MenuItem(path="/approvals", label=mark("Approvals"), needs=Action.SEE_APPROVALS),
    MenuItem(path="/contacts", label=mark("Contacts"), needs=Action.SEE_CONTACTS),
    MenuItem(path="/strategy", label=mark("Strategy"), needs=Action.PREVIEW_STRATEGY),
    MenuItem(path="/reports", label=mark("Reports"), needs=Action.SEE_REPORTS),
    MenuItem(path="/templates", label=mark("Wording"), needs=Action.SEE_TEMPLATES),
    MenuItem(path="/staff", label=mark("Staff"), needs=Action.SEE_STAFF),
    MenuItem(path="/audit", label=mark("Audit"), needs=Action.SEE_AUDIT),
    MenuItem(path="/health", label=mark("Health"), needs=Action.SEE_HEALTH),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """Who asks, when, and how their pages read."""

    request: Request
    staff: Staff
    session: str
    csrf: str
    now: datetime
    words: Words
    shown: Shown

    def may(self, action: Action) -> bool:
        return may(self.staff.role, action)

    def say(self, text: str, /, **values: object) -> str:
        return self.words.say(text, **values)

    @property
    def is_partial(self) -> bool:
        """Whether our script asks for a part of a page."""
        return self.request.headers.get("hx-request") == "true"


def visit_of(request: Request) -> Visit:
    """The visit that the guard of the route has found."""
    visit = request.state.visit
    assert isinstance(visit, Visit)
    return visit


NOTICES: Mapping[str, tuple[str, str]] = {
    "claimed": ("good", mark("The conversation is yours. The borrower is told that you joined.")),
    "released": ("info", mark("The conversation is back in the queue.")),
    "transferred": ("good", mark("Passed to your colleague.")),
    "taken": ("good", mark("You took the conversation over. This is on the audit log.")),
    "resolved": ("good", mark("Resolved.")),
    "returned": ("good", mark("The assistant has the conversation again.")),
    "closed": ("info", mark("The conversation is closed.")),
    "noted": ("good", mark("Your note is kept.")),
    "held": ("good", mark("The hold is in force.")),
    "lifted": ("good", mark("The hold is lifted.")),
    "waived": ("good", mark("Waived. It is on the ledger.")),
    "logged": ("good", mark("The contact is logged and counts.")),
    "corrected": ("good", mark("The contact details are corrected.")),
    "merged": ("good", mark("The chats are one case now.")),
    "shown": ("good", mark("The offer was sent to the borrower.")),
    "recommended": ("good", mark("Recommended. A second person approves it.")),
    "approved": ("good", mark("Approved. The borrower may accept it now.")),
    "declined": ("info", mark("Declined, with your reason.")),
    "saved": ("good", mark("Saved.")),
    "sent": ("good", mark("Sent.")),
    "added": ("good", mark("Added.")),
    "opened": ("good", mark("The case is open.")),
    "promised": ("good", mark("The promise is kept on record.")),
    "denied": ("bad", mark("Your role may not see that page.")),
}


class Pages:
    """Renders pages for one lender; one template environment per language."""

    def __init__(self, *, lender_name: str, zone: str) -> None:
        self.zone = zone
        self._environments = {
            language: self._environment(words_in(language), lender_name, zone)
            for language in LANGUAGES
        }

    def page(self, visit: Visit, template: str, status: int = 200, /, **values: Any) -> Response:
        """A page, or a part of one, for who asks."""
        return HTMLResponse(self.text(visit, template, **values), status)

    def text(self, visit: Visit, template: str, /, **values: Any) -> str:
        known = {
            "me": visit.staff,
            "csrf": visit.csrf,
            "now": visit.now,
            "may": visit.may,
            "A": Action,
            "menu": [
                {"path": item.path, "label": item.label, "count": 0}
                for item in MENU
                if visit.may(item.needs)
            ],
            "section": _section(visit.request),
            "notice": _notice(visit),
            "theme": None,
        }
        environment = self._environments[visit.words.language]
        return environment.get_template(template).render({**known, **values})

    def open_page(
        self, language: str, template: str, status: int = 200, /, **values: Any
    ) -> Response:
        """A page for someone who is not signed in."""
        known: dict[str, Any] = {"me": None, "theme": None, "csrf": ""}
        environment = self._environments[words_in(language).language]
        html = environment.get_template(template).render({**known, **values})
        return HTMLResponse(html, status)

    def _environment(self, words: Words, lender_name: str, zone: str) -> Environment:
        shown = Shown(words, zone)
        made = Environment(
            loader=FileSystemLoader(_HERE / "templates"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            extensions=["jinja2.ext.do"],
        )
        made.globals.update(
            _=words.say,
            root=ROOT,
            assets=f"{ROOT}/assets/{ASSET_VERSION}",
            language=words.language,
            languages=LANGUAGES,
            lender=lender_name,
            query=lambda **pairs: urlencode({k: v for k, v in pairs.items() if v}),
        )
        made.filters.update(
            money=shown.money,
            number=shown.number,
            share=shown.share,
            day=shown.day,
            instant=shown.instant,
            full_instant=shown.full_instant,
            lasting=shown.lasting,
            label=lambda code, group: words.say(label(code, group)),
            told=words.say,
            chosen=words.choose,
            iso=lambda at: at.isoformat(),
        )
        return made


def _section(request: Request) -> str:
    path = request.url.path.removeprefix(ROOT)
    return "/" + path.strip("/").split("/")[0]


def _notice(visit: Visit) -> dict[str, str] | None:
    found = NOTICES.get(visit.request.query_params.get("notice", ""))
    return None if found is None else {"tone": found[0], "text": visit.say(found[1])}


def done(visit: Visit, path: str, notice: str = "") -> Response:
    """After something was done: go to a page; a script is told to go there itself."""
    target = f"{ROOT}{path}"
    if notice:
        target += ("&" if "?" in path else "?") + urlencode({"notice": notice})
    if visit.is_partial:
        return Response(status_code=204, headers={"HX-Redirect": target})
    return RedirectResponse(target, 303)


class NotThere(TideoverError):
    """What a page should show does not exist."""


def not_there() -> NotThere:
    return NotThere(
        mark("There is nothing here."), hint=mark("Check the address, or search for it.")
    )
