import csv
import io
import json
import ssl
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from facedesk.core.errors import BadInputError, DeliveryError
from facedesk.engine.drop import DropFolder
from facedesk.engine.webhook import Webhook, checked_secret, checked_url, new_secret, signature
from facedesk.store.outbox import Parcel
from tests.engine.receiver import Mood, Receiver
from tests.engine.test_courier import SIGNED, Site
from tests.fakes import FakeClock

SECRET = new_secret()


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    made = Site(tmp_path / "facedesk.db")
    made.outbox.collect("webhook")
    yield made
    made.database.close()


@pytest.fixture
def parcels(site: Site) -> list[Parcel]:
    """A punch of Ada's, which was Bob's."""
    site.punch(site.ada)
    site.corrections.move(1, site.bob.id, SIGNED)
    site.outbox.collect("webhook")
    return site.outbox.waiting("webhook")


def test_the_body_says_who_what_and_when(parcels: list[Parcel]) -> None:
    receiver = Receiver(SECRET)
    try:
        hook = Webhook(receiver.url, SECRET, FakeClock())
        for parcel in parcels:
            hook.deliver(parcel)
    finally:
        receiver.close()
    punch, moved = receiver.events
    assert punch["event"] == "punch.recorded"
    assert punch["person"] == {"id": 1, "staff_number": "", "name": "Ada", "department": ""}
    assert punch["punch"]["local"] == "2026-03-02T09:00:00+01:00"
    assert punch["punch"]["direction"] == "in"
    assert moved["event"] == "punch.corrected"
    assert moved["correction"]["before"]["person_id"] == 1
    assert moved["correction"]["after"]["person_id"] == 2
    assert receiver.headers[0]["webhook-id"] == punch["id"] == parcels[0].punch.hash


def test_the_signature_is_the_one_of_the_specification() -> None:
    """The example of the specification's own reference libraries."""
    secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    made = signature(secret, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}')
    assert made == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


@pytest.mark.parametrize(("mood", "refused"), [(Mood.REFUSES, True), (Mood.BROKEN, False)])
def test_answers_are_told_apart(parcels: list[Parcel], mood: Mood, refused: bool) -> None:
    receiver = Receiver(SECRET, lambda: mood)
    try:
        with pytest.raises(DeliveryError) as told:
            Webhook(receiver.url, SECRET, FakeClock()).deliver(parcels[0])
    finally:
        receiver.close()
    assert told.value.refused is refused


def test_nobody_there_is_an_error_in_words(parcels: list[Parcel]) -> None:
    with pytest.raises(DeliveryError, match="cannot be reached"):
        Webhook("http://127.0.0.1:9/", SECRET, FakeClock()).deliver(parcels[0])


@pytest.mark.parametrize(
    "url",
    ["https://hr.example.org/x?y=1", "https://10.0.0.1:8443", "http://127.0.0.1:8080/a",
     "http://localhost/", "http://[::1]:80/"],
)  # fmt: skip
def test_safe_addresses(url: str) -> None:
    assert checked_url(url).hostname


@pytest.mark.parametrize(
    "url",
    ["http://hr.example.org/", "http://10.0.0.1/", "ftp://x", "hr.example.org", "https://",
     "https://user:pass@hr.example.org/", "https://x:99999/", "http://127.0.0.1.example.org/"],
)  # fmt: skip
def test_addresses_that_are_not_safe(url: str) -> None:
    with pytest.raises(BadInputError):
        checked_url(url)


@pytest.mark.parametrize("secret", ["", "short", "whsec_!!!", "whsec_c2hvcnQ="])
def test_secrets_that_are_none(secret: str) -> None:
    with pytest.raises(BadInputError):
        checked_secret(secret)


def test_files_are_complete_sorted_and_named_once(parcels: list[Parcel], tmp_path: Path) -> None:
    folder = tmp_path / "drop"
    folder.mkdir()
    for kind in ("json", "csv"):
        drop = DropFolder(folder, kind)
        for parcel in (*parcels, *parcels):
            drop.deliver(parcel)
    names = sorted(file.name for file in folder.iterdir())
    assert len(names) == 4
    assert names[0] == "0000000001-20260302T080000Z.csv"
    first, second = (json.loads((folder / name).read_text("utf-8")) for name in names[1::2])
    assert (first["event"], second["event"]) == ("punch.recorded", "punch.corrected")
    texts = [(folder / name).read_text("utf-8-sig") for name in names[::2]]
    rows = [row for text in texts for row in csv.DictReader(io.StringIO(text))]
    assert [(row["event"], row["name"], row["correction"]) for row in rows] == [
        ("punch.recorded", "Ada", ""), ("punch.corrected", "Bob", "move"),
    ]  # fmt: skip


def test_a_folder_that_is_gone_is_the_destinations_trouble(
    parcels: list[Parcel], tmp_path: Path
) -> None:
    with pytest.raises(DeliveryError) as told:
        DropFolder(tmp_path / "gone", "json").deliver(parcels[0])
    assert not told.value.refused


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """A key and a certificate for 127.0.0.1 that nobody trusts, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "a test")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), True)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path / "certificate.pem"
    path.write_bytes(
        made.public_bytes(Encoding.PEM)
        + key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    )
    return path


def test_only_who_has_a_trusted_certificate_is_told(
    parcels: list[Parcel], certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate)
    receiver = Receiver(SECRET, tls=tls)
    hook = Webhook(receiver.url, SECRET, FakeClock())
    try:
        with pytest.raises(DeliveryError, match="CERTIFICATE_VERIFY_FAILED"):
            hook.deliver(parcels[0])
        assert receiver.requests == 0
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        hook.deliver(parcels[0])
    finally:
        receiver.close()
    assert len(receiver.events) == 1
