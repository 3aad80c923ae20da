"""The few errors a user may meet. Everything else that is raised is a bug and is treated as one."""

from enum import StrEnum


class FaceDeskError(Exception):
    """Something a person can act on: what happened, in detail, and what to do about it.

    `title` is a few words, `message` one or two sentences, `hint` the next step (may be empty).
    Foreign exceptions (cv2, onnxruntime, sqlite3, OSError) become one of these where the library
    is called, with `raise ... from`.
    """

    def __init__(self, title: str, message: str = "", hint: str = "") -> None:
        super().__init__(f"{title}: {message}" if message else title)
        self.title = title
        self.message = message
        self.hint = hint


class BadInputError(FaceDeskError):
    """A file, name or value from outside that cannot be used."""


class ModelError(FaceDeskError):
    """A model file or card is missing, changed, of another shape, or does not run."""


class StoreError(FaceDeskError):
    """The database cannot be opened, read or written."""


class NewerDatabaseError(StoreError):
    """The database was written by a newer FaceDesk; it is left untouched."""


class AlreadyRunningError(FaceDeskError):
    """Another FaceDesk works in the same data folder."""


class DeliveryError(FaceDeskError):
    """Another system did not take what was sent. `refused`: it works, but does not want this."""

    def __init__(self, title: str, message: str = "", hint: str = "", *, refused: bool = False):
        super().__init__(title, message, hint)
        self.refused = refused


class SignInError(FaceDeskError):
    """Somebody was not let in. `wait_s`: how long no try is accepted now; `code_needed`: the
    password was right and a one-time code has to follow.
    """

    def __init__(
        self,
        title: str,
        message: str = "",
        hint: str = "",
        *,
        wait_s: float = 0.0,
        code_needed: bool = False,
    ):
        super().__init__(title, message, hint)
        self.wait_s = wait_s
        self.code_needed = code_needed


class NotAllowedError(FaceDeskError):
    """Whoever works here may not do this."""


class CancelledError(FaceDeskError):
    """The user cancelled a long job; nothing of it is kept."""


class CameraTrouble(StrEnum):
    """Why no usable picture comes: six causes that need six different actions."""

    UNPLUGGED = "unplugged"
    BUSY = "busy"
    DENIED = "permission denied"
    FROZEN = "frozen"
    BLACK = "black"
    ENDED = "ended"


class CameraError(FaceDeskError):
    """A source gave no frame; `trouble` says why."""

    def __init__(self, trouble: CameraTrouble, title: str, message: str = "", hint: str = ""):
        super().__init__(title, message, hint)
        self.trouble = trouble
