"""Signing in and what it allows: passwords, codes, growing pauses, and the end by itself."""

import getpass
import threading
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta

import pyotp
from argon2 import PasswordHasher
from argon2.exceptions import VerifyMismatchError

from facedesk.core.audit import Act, Actor
from facedesk.core.clock import Clock
from facedesk.core.errors import BadInputError, SignInError
from facedesk.core.language import tr
from facedesk.core.roles import Account, Role, needed
from facedesk.store import audit
from facedesk.store.accounts import NOBODY, Accounts
from facedesk.store.audit import Audit
from facedesk.store.database import Database

SHORTEST_PASSWORD = 8
LONGEST_PASSWORD = 200  # hashing is slow on purpose: nobody may make it slower still
FREE_MISTAKES = 3
_FIRST_PAUSE_S = 5.0
LONGEST_PAUSE_S = 900.0
CONFIRM_AFTER_S = 180.0
COMMAND_LINE = "command line"
_CODE_S = 30
_KIOSK = Actor("", Role.KIOSK, "kiosk")


def pause_s(failures: int) -> float:
    """How long nobody may try after so many failures in a row: 0 0 0 5 10 20 ... 900 seconds."""
    if failures <= FREE_MISTAKES:
        return 0.0
    return min(LONGEST_PAUSE_S, _FIRST_PAUSE_S * 2.0 ** min(failures - FREE_MISTAKES - 1, 20))


class SignIn:
    """Checks who somebody is. Each try counts before it is answered, whatever thread or program
    makes it, so that trying at once in many gives no more tries.
    """

    def __init__(self, database: Database, hasher: PasswordHasher | None = None) -> None:
        self.accounts = Accounts(database)
        self._database = database
        self._clock: Clock = database.clock
        self._hasher = hasher or PasswordHasher()
        self._decoy = ""

    def account_of(self, name: str, password: str, code: str = "") -> Account:
        """The account. Raises SignInError, which says no more than it must."""
        account = self.accounts.find(name)
        who = NOBODY if account is None else str(account.id)
        with self._database.transaction():
            self._refuse_while_paused(who)
            self.accounts.count_failure(who)
        if account is None or not self._password_fits(account, password):
            if account is None:
                self._waste_the_same_time(password)
            audit.note(self._database, Act.SIGN_IN_FAILED, _subject(account))
            raise SignInError(
                tr("That was not right"),
                tr("The name or the password is wrong."),
                wait_s=pause_s(self.accounts.failures(who)[0]),
            )
        self._check_code(account, code)
        self.accounts.forget_failures(who)
        return account

    def hashed(self, name: str, password: str) -> str:
        """A new password as it is stored. Raises BadInputError for one that is easily guessed."""
        if not SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD:
            raise BadInputError(
                tr("The password is not accepted"),
                tr(
                    "It must have {low} to {high} characters.",
                    low=SHORTEST_PASSWORD,
                    high=LONGEST_PASSWORD,
                ),
                tr("A few words in a row are good and easy to remember."),
            )
        if len(set(password)) < 4 or password.casefold() == name.strip().casefold():
            raise BadInputError(tr("The password is not accepted"), tr("It is too easily guessed."))
        return self._hasher.hash(password)

    def new_code_secret(self, account: Account) -> tuple[str, str]:
        """A secret for one-time codes, and the address that apps read it from (otpauth://)."""
        secret = pyotp.random_base32()
        return secret, pyotp.TOTP(secret).provisioning_uri(
            name=account.name, issuer_name="FaceDesk"
        )

    def start_codes(self, account: Account, secret: str, code: str) -> None:
        """From now on codes are asked for. Raises BadInputError unless `code` is one of them."""
        if _step_of(secret, code, self._now_s()) is None:
            raise BadInputError(
                tr("The code does not fit"),
                tr("Type the code that the app shows now."),
                tr("If it never fits, the clock of the phone or of this computer is wrong."),
            )
        self.accounts.set_totp(account.id, secret)

    def _refuse_while_paused(self, who: str) -> None:
        count, last_utc = self.accounts.failures(who)
        if last_utc is None:
            return
        now_utc = self._clock.utc()
        # A clock that was set back must not make the pause longer than it ever was.
        passed = max(timedelta(0), now_utc - last_utc)
        left_s = pause_s(count) - passed.total_seconds()
        if left_s > 0:
            raise SignInError(
                tr("Too many tries"),
                tr("Try again in {wait}.", wait=_in_words(left_s)),
                wait_s=left_s,
            )

    def _password_fits(self, account: Account, password: str) -> bool:
        if len(password) > LONGEST_PASSWORD:
            return False
        try:
            return self._hasher.verify(self.accounts.secrets(account.id).password_hash, password)
        except VerifyMismatchError:
            return False

    def _waste_the_same_time(self, password: str) -> None:
        """How long the answer takes must not tell which names exist."""
        self._decoy = self._decoy or self._hasher.hash("decoy")
        with suppress(VerifyMismatchError):
            self._hasher.verify(self._decoy, password[:LONGEST_PASSWORD])

    def _check_code(self, account: Account, code: str) -> None:
        secret = self.accounts.secrets(account.id).totp_secret
        if not secret:
            return
        if not code.strip():
            raise SignInError(
                tr("One more step"),
                tr("Type the code that your app shows for FaceDesk."),
                code_needed=True,
            )
        step = _step_of(secret, code, self._now_s())
        if step is None or not self.accounts.use_code(account.id, step):
            audit.note(self._database, Act.SIGN_IN_FAILED, _subject(account))
            raise SignInError(
                tr("That was not right"),
                tr("The code is wrong, or was used before. Wait for the next one."),
                wait_s=pause_s(self.accounts.failures(str(account.id))[0]),
                code_needed=True,
            )

    def _now_s(self) -> float:
        return self._clock.utc().timestamp()


class Access:
    """Who works at this desk now, and what that allows. Usable from any thread.

    Without any account everything is allowed, as on the first day; from the first owner on the
    roles rule. `idle_s` gives after how many seconds without input the desk is the kiosk again.
    """

    def __init__(self, sign_in: SignIn, clock: Clock, idle_s: Callable[[], float]) -> None:
        self.check = sign_in
        self.accounts = sign_in.accounts
        self.origin = COMMAND_LINE  # the window says so when it opens
        self._clock = clock
        self._idle_s = idle_s
        self._lock = threading.RLock()
        self._account_id: int | None = None
        self._confirmed = False
        self._last_input_s = 0.0

    @property
    def guarded(self) -> bool:
        """Whether there are accounts, so that roles rule."""
        return self.accounts.exist()

    @property
    def account(self) -> Account | None:
        """Who is signed in; nobody once the time without input is over or the account is gone."""
        with self._lock:
            if self._account_id is None:
                return None
            idle_s = self._clock.monotonic_s() - self._last_input_s
            account = None if idle_s > self._idle_s() else self.accounts.get(self._account_id)
            if account is None:
                self._account_id = None
            return account

    @property
    def role(self) -> Role:
        if not self.guarded:
            return Role.OWNER
        account = self.account
        return Role.KIOSK if account is None else account.role

    def allows(self, action: str) -> bool:
        """Whether whoever works here may do this now.

        What needs an admin is not allowed after a while without input, until `sign_in` again.
        """
        wanted = needed(action)
        if not self.role.includes(wanted):
            return False
        privileged = wanted.includes(Role.ADMIN) and self.guarded
        return self._confirmed or not privileged

    def touch(self) -> None:
        """There was input."""
        with self._lock:
            now_s = self._clock.monotonic_s()
            if now_s - self._last_input_s > CONFIRM_AFTER_S:
                self._confirmed = False
            if self.account is not None:
                self._last_input_s = now_s

    def sign_in(self, name: str, password: str, code: str = "") -> Account:
        """From now on this account works here. Raises SignInError."""
        account = self.check.account_of(name, password, code)
        self.enter(account)
        return account

    def enter(self, account: Account) -> None:
        """Work as an account that was checked."""
        with self._lock:
            self._account_id = account.id
            self._confirmed = True
            self._last_input_s = self._clock.monotonic_s()
        audit.note(self.accounts.database, Act.SIGNED_IN, _subject(account))

    def sign_out(self) -> None:
        """The kiosk again."""
        if self.account is not None:
            audit.note(self.accounts.database, Act.SIGNED_OUT, _subject(self.account))
        with self._lock:
            self._account_id = None

    @property
    def declined(self) -> bool:
        """Whether somebody said that no owner is wanted now."""
        return Audit(self.accounts.database).has(Act.PROTECTION_DECLINED)

    def decline(self) -> None:
        """Leave everything open; the offer to make an owner is not made by itself again."""
        audit.note(self.accounts.database, Act.PROTECTION_DECLINED)

    def make_owner(self, name: str, password: str) -> Account:
        """The first account. Raises BadInputError."""
        return self.add(name, Role.OWNER, password)

    def add(self, name: str, role: Role, password: str) -> Account:
        """Raises BadInputError."""
        return self.accounts.add(name, role, self.check.hashed(name, password))

    def set_password(self, account: Account, password: str) -> None:
        """Raises BadInputError."""
        self.accounts.set_password(account.id, self.check.hashed(account.name, password))

    def actor(self) -> Actor:
        """Whom the audit log names for what this thread does."""
        if threading.current_thread().name == "recognise":
            return _KIOSK  # whoever is signed in did not do that
        if not self.guarded:
            return Actor(system_user(), "", self.origin)
        account = self.account
        if account is None:
            return Actor("", Role.KIOSK, self.origin)
        return Actor(account.name, account.role, self.origin)


def system_user() -> str:
    """Who the system says works here; '' where it does not know (a container, for example)."""
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):  # by platform and version of Python
        return ""


def _subject(account: Account | None) -> str:
    return "" if account is None else f"account {account.id}"


def _step_of(secret: str, code: str, now_s: float) -> int | None:
    """The time step that a code belongs to: this one, the one before or the next."""
    code = code.replace(" ", "")
    if not code.isdecimal():
        return None
    totp = pyotp.TOTP(secret, interval=_CODE_S)
    step = int(now_s // _CODE_S)
    for candidate in (step, step - 1, step + 1):
        if pyotp.utils.strings_equal(totp.generate_otp(candidate), code):
            return candidate
    return None


def _in_words(seconds: float) -> str:
    whole = max(1, round(seconds))
    if whole < 90:
        return tr("{count} seconds", count=whole)
    return tr("{count} minutes", count=-(-whole // 60))
