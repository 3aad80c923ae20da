"""A punch as a signed HTTPS request, after the public specification "Standard Webhooks".

Receivers verify it with any library of that name: `webhook-id`, `webhook-timestamp` (seconds) and
`webhook-signature: v1,<base64>`, the HMAC-SHA256 of "{id}.{timestamp}.{body}" under the secret.
The id is the hash of the logged row: whoever keeps the ids hears of each punch once, also when an
answer was lost on its way back and the request is made again.
Source: https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""

import base64
import binascii
import hashlib
import hmac
import json
import secrets
import socket
import ssl
from contextlib import suppress
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from ipaddress import ip_address
from urllib.parse import SplitResult, urlsplit

from facedesk import __version__
from facedesk.core.attendance import zone_info
from facedesk.core.clock import Clock
from facedesk.core.corrections import PunchState
from facedesk.core.errors import BadInputError, DeliveryError
from facedesk.core.language import tr
from facedesk.store.outbox import Parcel
from facedesk.store.times import to_text

_TIMEOUT_S = 10.0
_READ_AT_MOST = 65536
_SHORTEST_SECRET = 16
_PREFIX = "whsec_"
# The receiver works and does not want this one. Everything else that is not 2xx is its trouble.
_REFUSED = (400, 409, 413, 415, 422)

Json = str | int | float | bool | None | dict[str, "Json"]


def event_of(parcel: Parcel) -> dict[str, Json]:
    """What other systems are told, with `id`, `event`, `punch`, `person` and `correction`."""
    punch, person, correction = parcel.punch, parcel.person, parcel.correction
    event: dict[str, Json] = {
        "id": parcel.id,
        "event": "punch.recorded" if correction is None else "punch.corrected",
        "punch": {
            "id": punch.id,
            "direction": str(punch.direction),
            "utc": to_text(punch.utc),
            "local": punch.utc.astimezone(zone_info(punch.zone)).isoformat(timespec="seconds"),
            "zone": punch.zone,
            "method": str(punch.method),
            "source": punch.source,
        },
        "person": {
            "id": person.id,
            "staff_number": person.staff_number,
            "name": person.name,
            "department": person.department,
        },
    }
    if correction is not None:
        event["correction"] = {
            "id": correction.id,
            "kind": str(correction.kind),
            "before": _state(correction.before),
            "after": _state(correction.after),
            "who": correction.signature.who,
            "why": correction.signature.why,
            "utc": to_text(correction.created_utc),
        }
    return event


def _state(state: PunchState | None) -> Json:
    if state is None:
        return None
    return {
        "person_id": state.person_id,
        "direction": str(state.direction),
        "utc": to_text(state.utc),
    }


def signature(secret: str, name: str, timestamp_s: int, body: bytes) -> str:
    """The value of `webhook-signature` for a request of the id `name`."""
    signed = f"{name}.{timestamp_s}.".encode() + body
    digest = hmac.new(_key(secret), signed, hashlib.sha256).digest()
    return "v1," + base64.b64encode(digest).decode("ascii")


def new_secret() -> str:
    """A fresh secret in the form that the specification recommends."""
    return _PREFIX + base64.b64encode(secrets.token_bytes(24)).decode("ascii")


class Webhook:
    """A destination (`courier.Destination`). Belongs to one thread, except for `abort`."""

    name = "webhook"

    def __init__(
        self, url: str, secret: str, clock: Clock, *, timeout_s: float = _TIMEOUT_S
    ) -> None:
        """Raises BadInputError for an address or a secret that is not safe."""
        self._url = checked_url(url)
        self._secret = checked_secret(secret)
        self._clock = clock
        self._timeout_s = timeout_s
        self._connection: HTTPConnection | None = None

    def deliver(self, parcel: Parcel) -> None:
        """Send one event; any 2xx answer means that the receiver has it."""
        self.send(parcel.id, event_of(parcel))

    def send(self, name: str, event: dict[str, Json]) -> None:
        """Send an event under an id. Raises DeliveryError."""
        body = json.dumps(event, ensure_ascii=False, separators=(",", ":")).encode()
        timestamp_s = int(self._clock.utc().timestamp())
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            "User-Agent": f"FaceDesk/{__version__}",
            "webhook-id": name,
            "webhook-timestamp": str(timestamp_s),
            "webhook-signature": signature(self._secret, name, timestamp_s, body),
        }
        try:
            status = self._post(body, headers)
        except (OSError, HTTPException, AttributeError) as error:
            # AttributeError: `abort` took the socket away in the middle of a request.
            raise DeliveryError(
                tr("The webhook cannot be reached"), f"{type(error).__name__}: {error}"
            ) from error
        if not 200 <= status < 300:
            raise DeliveryError(
                tr("The webhook was not accepted"),
                tr("{host} answers {status}.", host=self._url.hostname, status=status),
                refused=status in _REFUSED,
            )

    def abort(self) -> None:
        connection = self._connection
        if connection is not None and connection.sock is not None:
            with suppress(OSError):
                connection.sock.shutdown(socket.SHUT_RDWR)

    def _post(self, body: bytes, headers: dict[str, str]) -> int:
        url = self._url
        host = url.hostname or ""
        connection = self._connection = (
            HTTPSConnection(
                host, url.port, timeout=self._timeout_s, context=ssl.create_default_context()
            )
            if url.scheme == "https"
            else HTTPConnection(host, url.port, timeout=self._timeout_s)
        )
        try:
            target = (url.path or "/") + (f"?{url.query}" if url.query else "")
            connection.request("POST", target, body, headers)
            answer = connection.getresponse()
            answer.read(_READ_AT_MOST)
            return answer.status
        finally:
            self._connection = None
            connection.close()


def checked_url(url: str) -> SplitResult:
    """The parts of an address that is safe to send to: https, or this computer itself."""
    hint = tr("Use an address such as https://hr.example.org/punches.")
    try:
        parts = urlsplit(url.strip())
        has_port = parts.port is None or parts.port > 0
    except ValueError as error:
        raise BadInputError(tr("Webhook not accepted"), str(error), hint) from error
    if parts.scheme not in ("http", "https") or not parts.hostname or not has_port:
        raise BadInputError(
            tr("Webhook not accepted"), tr("“{url}” is no web address.", url=url), hint
        )
    if parts.username is not None:
        raise BadInputError(
            tr("Webhook not accepted"), tr("A name or password does not belong here."), hint
        )
    if parts.scheme == "http" and not _loopback(parts.hostname):
        raise BadInputError(
            tr("Webhook not accepted"),
            tr("Without https, everybody on the way can read who comes and goes."),
            hint,
        )
    return parts


def checked_secret(secret: str) -> str:
    """A secret that signs. Raises BadInputError for one that is too short or not what it says."""
    try:
        long_enough = len(_key(secret)) >= _SHORTEST_SECRET
    except binascii.Error as error:
        raise BadInputError(
            tr("Webhook not accepted"), tr("What follows “whsec_” must be base64.")
        ) from error
    if not long_enough:
        raise BadInputError(
            tr("Webhook not accepted"),
            tr("The secret needs at least {count} characters.", count=_SHORTEST_SECRET),
            tr("A good one, just made: {secret}", secret=new_secret()),
        )
    return secret


def _key(secret: str) -> bytes:
    if secret.startswith(_PREFIX):
        return base64.b64decode(secret.removeprefix(_PREFIX), validate=True)
    return secret.encode()


def _loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
