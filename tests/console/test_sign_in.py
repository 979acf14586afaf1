"""Who may sign in, for how long, and what each role may do."""

from __future__ import annotations

import pyotp
import pytest

from bot.ports_staff import StaffExists, UnknownStaff
from bot.staff import Role
from console.passwords import WeakPassword
from console.permissions import PERMISSIONS, Action, NotAllowed, may, require
from console.sign_in import CodeNeeded, SessionEnded, SignInLocked, SignInRefused
from console.staff_admin import BadStaff, LastAdmin, made_up_password
from store.db import Database
from tests.console.desk import PASSWORD, Desk, make_desk
from tests.house import make_house


@pytest.fixture
def desk(peopled_database: Database) -> Desk:
    return make_desk(make_house(peopled_database))


def test_a_session_ends_by_idling_by_time_and_by_signing_out(desk: Desk) -> None:
    clock = desk.house.clock
    desk.hire("mei")
    first = desk.sign_in.sign_in("MEI ", PASSWORD)
    assert desk.sign_in.who(first.token).login == "mei"
    for _ in range(26):
        clock.forward(minutes=27)
        assert desk.sign_in.who(first.token).login == "mei"
    clock.forward(minutes=27)
    with pytest.raises(SessionEnded):
        desk.sign_in.who(first.token)
    second = desk.sign_in.sign_in("mei", PASSWORD)
    clock.forward(minutes=29)
    desk.sign_in.who(second.token, is_activity=False)
    clock.forward(minutes=2)
    with pytest.raises(SessionEnded):
        desk.sign_in.who(second.token)
    third = desk.sign_in.sign_in("mei", PASSWORD)
    desk.sign_in.sign_out(third.token)
    for token in (third.token, "forged", ""):
        with pytest.raises(SessionEnded):
            desk.sign_in.who(token)


def test_guessing_locks_and_says_nothing_of_who_exists(desk: Desk) -> None:
    desk.hire("mei")
    with pytest.raises(SignInRefused) as unknown:
        desk.sign_in.sign_in("nobody", PASSWORD)
    with pytest.raises(SignInRefused) as wrong:
        desk.sign_in.sign_in("mei", "not the password")
    assert str(unknown.value) == str(wrong.value)
    for _ in range(3):
        with pytest.raises(SignInRefused):
            desk.sign_in.sign_in("mei", "not the password")
    with pytest.raises(SignInLocked):
        desk.sign_in.sign_in("mei", "not the password")
    with pytest.raises(SignInLocked):
        desk.sign_in.sign_in("mei", PASSWORD)
    desk.house.clock.forward(minutes=16)
    assert desk.sign_in.sign_in("mei", PASSWORD).staff.login == "mei"


def test_a_code_is_asked_for_and_works_once(desk: Desk) -> None:
    desk.hire("mei")
    secret, address = desk.staff.new_code_secret("mei", by="test")
    assert address.startswith("otpauth://totp/") and secret in address
    with desk.house.database.unit() as uow:
        kept = uow.staff.by_login("mei")
    assert kept is not None and kept.totp_secret is not None and secret not in kept.totp_secret
    with pytest.raises(CodeNeeded):
        desk.sign_in.sign_in("mei", PASSWORD)
    code = pyotp.TOTP(secret).at(desk.house.clock())
    assert desk.sign_in.sign_in("mei", PASSWORD, code)
    with pytest.raises(CodeNeeded):
        desk.sign_in.sign_in("mei", PASSWORD, code)
    desk.house.clock.forward(seconds=60)
    with pytest.raises(CodeNeeded):
        desk.sign_in.sign_in("mei", PASSWORD, "000000")
    desk.staff.codes_off("mei", by="test")
    assert desk.sign_in.sign_in("mei", PASSWORD)


def test_a_new_password_ends_every_other_session(desk: Desk) -> None:
    desk.hire("mei")
    here, there = (desk.sign_in.sign_in("mei", PASSWORD) for _ in range(2))
    with pytest.raises(SignInRefused):
        desk.sign_in.change_password(here.token, "wrong", "eight new otters swim")
    desk.sign_in.change_password(here.token, PASSWORD, "eight new otters swim")
    assert desk.sign_in.who(here.token)
    with pytest.raises(SessionEnded):
        desk.sign_in.who(there.token)
    with pytest.raises(SignInRefused):
        desk.sign_in.sign_in("mei", PASSWORD)
    desk.staff.set_password("mei", "nine more otters swim", by="test")
    with pytest.raises(SessionEnded):
        desk.sign_in.who(here.token)


@pytest.mark.parametrize(
    "password", ["short", "password1234", "aaaaaaaaaaaaaaaa", "mei likes tea", "x" * 201]
)
def test_weak_passwords_are_refused(desk: Desk, password: str) -> None:
    with pytest.raises(WeakPassword):
        desk.staff.add("mei", name="Mei", role=Role.AGENT, password=password, by="test")
    assert desk.staff.all() == ()


def test_bad_names_and_missing_people_are_said_clearly(desk: Desk) -> None:
    desk.hire("mei")
    with pytest.raises(StaffExists):
        desk.hire("mei")
    for login, name in (("x", "X"), ("a b", "X"), ("ok", "<b>"), ("ok", " ")):
        with pytest.raises(BadStaff):
            desk.staff.add(login, name=name, role=Role.AGENT, password=PASSWORD, by="test")
    with pytest.raises(UnknownStaff):
        desk.staff.disable("nobody", by="test")
    root = desk.hire("root", Role.ADMIN)
    with pytest.raises(LastAdmin):
        desk.staff.disable(root.login, by="test")
    with pytest.raises(LastAdmin):
        desk.staff.change(root.login, role=Role.AGENT, by="test")
    assert len(made_up_password()) >= 20


def test_every_action_has_a_line_in_the_table_and_the_table_is_kept() -> None:
    assert set(PERMISSIONS) == set(Action)
    for action in Action:
        for role in Role:
            if may(role, action):
                require(role, action)
            else:
                with pytest.raises(NotAllowed):
                    require(role, action)
    assert not may(Role.COMPLIANCE, Action.REPLY)
    assert not may(Role.ADMIN, Action.SEE_CONVERSATION)
    assert not may(Role.AGENT, Action.APPROVE_PLAN)
