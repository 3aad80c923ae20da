"""Accounts, sign-in, pauses, time-outs: on a fake clock and a real database."""

import pyotp
import pytest
from argon2 import PasswordHasher

from facedesk.core.audit import Act
from facedesk.core.errors import BadInputError, SignInError
from facedesk.core.roles import Role
from facedesk.engine import accounts
from facedesk.engine.accounts import Access, SignIn, pause_s
from facedesk.store.audit import Audit
from facedesk.store.database import Database
from tests.fakes import FakeClock

PASSWORD = "correct horse battery"


@pytest.fixture
def access(database: Database, clock: FakeClock) -> Access:
    quick = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    made = Access(SignIn(database, quick), clock, lambda: 600.0)
    made.origin = "window"
    database.actor = made.actor
    return made


def test_without_accounts_everything_is_open(access: Access) -> None:
    assert not access.guarded
    assert access.role is Role.OWNER
    assert access.allows("people remove")
    assert access.actor().who == accounts.system_user()


def test_the_first_account_is_an_owner(access: Access) -> None:
    with pytest.raises(BadInputError, match="first account"):
        access.add("Ada", Role.ADMIN, PASSWORD)
    access.make_owner("Ada", PASSWORD)
    assert access.guarded
    assert access.role is Role.KIOSK
    assert not access.allows("page people")
    assert access.allows("page kiosk")


def test_a_sign_in_gives_the_rights_of_the_role(access: Access) -> None:
    access.make_owner("Ada", PASSWORD)
    access.add("Olu", Role.OPERATOR, PASSWORD)
    access.sign_in("olu", PASSWORD)
    assert access.account is not None
    assert access.account.name == "Olu"
    assert access.allows("correct add")
    assert not access.allows("people remove")
    assert not access.allows("a command that nobody entered in the table")
    access.sign_out()
    assert access.role is Role.KIOSK


@pytest.mark.parametrize("password", ["short", "aaaaaaaaaa", "Charlotte", "x" * 201])
def test_passwords_that_are_easily_guessed_are_refused(access: Access, password: str) -> None:
    with pytest.raises(BadInputError):
        access.make_owner("charlotte", password)
    assert not access.guarded


def test_passwords_are_stored_as_argon2id(access: Access, database: Database) -> None:
    access.make_owner("Ada", PASSWORD)
    assert database.read("SELECT password FROM accounts")[0][0].startswith("$argon2id$")


def test_wrong_names_and_wrong_passwords_look_the_same(access: Access) -> None:
    access.make_owner("Ada", PASSWORD)
    with pytest.raises(SignInError) as wrong_password:
        access.sign_in("Ada", "something else")
    with pytest.raises(SignInError) as wrong_name:
        access.sign_in("Eve", "something else")
    assert str(wrong_password.value) == str(wrong_name.value)


def test_pauses_grow_and_are_forgotten_after_success(access: Access, clock: FakeClock) -> None:
    access.make_owner("Ada", PASSWORD)
    waits = []
    for _ in range(8):
        with pytest.raises(SignInError) as refused:
            access.sign_in("Ada", "wrong wrong")
        waits.append(refused.value.wait_s)
        clock.advance(refused.value.wait_s)
    assert waits == [0, 0, 0, 5, 10, 20, 40, 80]
    access.sign_in("Ada", PASSWORD)
    with pytest.raises(SignInError) as refused:
        access.sign_in("Ada", "wrong wrong")
    assert refused.value.wait_s == 0


def test_during_a_pause_even_the_right_password_is_not_tried(
    access: Access, clock: FakeClock
) -> None:
    access.make_owner("Ada", PASSWORD)
    for _ in range(4):
        with pytest.raises(SignInError):
            access.sign_in("Ada", "wrong wrong")
    with pytest.raises(SignInError, match="Too many tries"):
        access.sign_in("Ada", PASSWORD)
    clock.advance(5)
    access.sign_in("Ada", PASSWORD)


def test_a_pause_outlives_a_restart(access: Access, database: Database, clock: FakeClock) -> None:
    access.make_owner("Ada", PASSWORD)
    for _ in range(4):
        with pytest.raises(SignInError):
            access.sign_in("Ada", "wrong wrong")
    again = Access(SignIn(database), clock, lambda: 600.0)
    with pytest.raises(SignInError, match="Too many tries"):
        again.sign_in("Ada", PASSWORD)


def test_guessing_is_hopeless(access: Access, clock: FakeClock) -> None:
    """Whoever tries without end, one day on the fake clock: how many guesses are answered?"""
    access.make_owner("Ada", PASSWORD)
    answered, end_s = 0, clock.monotonic_s() + 86_400
    while clock.monotonic_s() < end_s:
        try:
            access.sign_in("Ada", f"guess number {answered}")
        except SignInError as refused:
            answered += refused.title != "Too many tries"
            clock.advance(max(refused.wait_s, 0.01))
    print(f"{answered} guesses answered in a day without pause")
    assert answered <= 110


def test_pauses_have_an_end() -> None:
    assert pause_s(10_000) == accounts.LONGEST_PAUSE_S


def test_codes_are_asked_for_and_count_once(access: Access, clock: FakeClock) -> None:
    owner = access.make_owner("Ada", PASSWORD)
    secret, address = access.check.new_code_secret(owner)
    assert address.startswith("otpauth://totp/FaceDesk:Ada?secret=")
    with pytest.raises(BadInputError):
        access.check.start_codes(owner, secret, "000000x")
    now = pyotp.TOTP(secret)
    access.check.start_codes(owner, secret, now.at(clock.utc()))
    with pytest.raises(SignInError) as refused:
        access.sign_in("Ada", PASSWORD)
    assert refused.value.code_needed
    code = now.at(clock.utc())
    access.sign_in("Ada", PASSWORD, code)
    access.sign_out()
    with pytest.raises(SignInError, match="used before"):
        access.sign_in("Ada", PASSWORD, code)
    clock.advance(30)
    access.sign_in("Ada", PASSWORD, now.at(clock.utc()))


def test_a_code_does_not_stand_in_for_the_password(access: Access, clock: FakeClock) -> None:
    owner = access.make_owner("Ada", PASSWORD)
    secret, _ = access.check.new_code_secret(owner)
    code = pyotp.TOTP(secret).at(clock.utc())
    access.check.start_codes(owner, secret, code)
    with pytest.raises(SignInError):
        access.sign_in("Ada", "wrong wrong", code)


def test_without_input_the_desk_is_the_kiosk_again(access: Access, clock: FakeClock) -> None:
    access.make_owner("Ada", PASSWORD)
    access.sign_in("Ada", PASSWORD)
    clock.advance(599)
    access.touch()
    clock.advance(599)
    assert access.account is not None
    clock.advance(2)
    assert access.account is None
    assert access.role is Role.KIOSK


def test_what_is_privileged_is_asked_again_after_a_while(access: Access, clock: FakeClock) -> None:
    access.make_owner("Ada", PASSWORD)
    access.sign_in("Ada", PASSWORD)
    clock.advance(170)
    access.touch()
    clock.advance(170)
    access.touch()
    assert access.allows("people remove")
    clock.advance(accounts.CONFIRM_AFTER_S + 1)
    access.touch()
    assert access.allows("people")
    assert not access.allows("people remove")
    access.sign_in("Ada", PASSWORD)
    assert access.allows("people remove")


def test_an_account_that_was_removed_is_signed_out(access: Access) -> None:
    access.make_owner("Ada", PASSWORD)
    olu = access.add("Olu", Role.OPERATOR, PASSWORD)
    access.sign_in("Olu", PASSWORD)
    access.accounts.remove(olu.id)
    assert access.account is None


def test_the_last_owner_stays(access: Access) -> None:
    ada = access.make_owner("Ada", PASSWORD)
    with pytest.raises(BadInputError, match="last owner"):
        access.accounts.remove(ada.id)
    with pytest.raises(BadInputError, match="last owner"):
        access.accounts.set_role(ada.id, Role.ADMIN)
    eve = access.add("Eve", Role.OWNER, PASSWORD)
    access.accounts.remove(ada.id)
    assert [account.name for account in access.accounts.list()] == [eve.name]


def test_names_are_taken_whatever_their_case(access: Access) -> None:
    access.make_owner("Ada", PASSWORD)
    with pytest.raises(BadInputError, match="taken"):
        access.add("ADA", Role.ADMIN, PASSWORD)


def test_the_audit_log_tells_who_did_it(access: Access, database: Database) -> None:
    access.make_owner("Ada", PASSWORD)
    access.sign_in("Ada", PASSWORD)
    access.add("Olu", Role.OPERATOR, PASSWORD)
    with pytest.raises(SignInError):
        access.check.account_of("Olu", "wrong wrong")
    entries = Audit(database).entries()
    assert [entry.act for entry in entries] == [
        Act.SIGN_IN_FAILED, Act.ACCOUNT_ADDED, Act.SIGNED_IN, Act.ACCOUNT_ADDED
    ]  # fmt: skip
    made = entries[1]
    assert (made.actor.who, made.actor.role, made.actor.origin) == ("Ada", "owner", "window")
    assert made.after == {"name": "Olu", "role": "operator"}
    assert PASSWORD not in str(entries)
