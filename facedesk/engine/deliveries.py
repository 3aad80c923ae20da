"""The other systems that the settings name, and the thread that tells them of punches."""

import logging
from pathlib import Path

from facedesk.core.clock import Clock
from facedesk.core.errors import BadInputError
from facedesk.core.facts import Fact, PunchRecorded
from facedesk.core.language import tr
from facedesk.engine.courier import Courier, Destination
from facedesk.engine.drop import DropFolder
from facedesk.engine.webhook import Webhook
from facedesk.settings import Settings
from facedesk.store.outbox import Outbox

log = logging.getLogger(__name__)


def destinations_of(settings: Settings, clock: Clock) -> list[Destination]:
    """None, one or two. Raises BadInputError for an address, secret or folder that cannot be."""
    found: list[Destination] = []
    if settings.webhook_url:
        found.append(Webhook(settings.webhook_url, settings.webhook_secret, clock))
    if settings.drop_folder:
        folder = Path(settings.drop_folder)
        if not folder.is_absolute():
            raise BadInputError(
                tr("Folder not accepted"),
                tr("“{folder}” is not a whole path.", folder=folder),
                tr("Write it from the top, such as /srv/punches or C:\\punches."),
            )
        found.append(DropFolder(folder, settings.drop_format))
    return found


class Deliveries:
    """Runs a `Courier` with the destinations of the settings in force. One thread calls it."""

    def __init__(self, outbox: Outbox, clock: Clock) -> None:
        self.outbox = outbox
        self._clock = clock
        self._courier = Courier(outbox, [], clock)
        self._told = ("", "", "", "")

    def start(self, settings: Settings) -> None:
        """Begin, or go on with other settings. What cannot be used is logged, and stays off."""
        told = (
            settings.webhook_url, settings.webhook_secret, settings.drop_folder,
            settings.drop_format,
        )  # fmt: skip
        if told == self._told:
            return
        self.stop()
        self._told = told
        try:
            destinations = destinations_of(settings, self._clock)
        except BadInputError as error:
            log.error("punches are not sent: %s %s", error.title, error.message)
            return
        self._courier = Courier(self.outbox, destinations, self._clock)
        self._courier.start()

    def stop(self, timeout_s: float = 3.0) -> tuple[str, ...]:
        """Idempotent. The names of threads that did not end within the budget."""
        self._told = ("", "", "", "")
        return self._courier.stop(timeout_s)

    def hear(self, fact: Fact) -> None:
        """From any thread."""
        if isinstance(fact, PunchRecorded):
            self._courier.wake()
