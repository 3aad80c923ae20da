"""A real HTTP server on loopback that takes webhooks, and misbehaves when it is told to."""

import base64
import hashlib
import hmac
import json
import socket
import ssl
import struct
import threading
from collections.abc import Callable
from enum import Enum
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class Mood(Enum):
    WELL = "well"
    BROKEN = "answers 503"
    RESET = "resets the connection before it reads"
    SILENT = "keeps what it got and never answers"
    CUT_OFF = "keeps what it got and resets the connection"
    REFUSES = "answers 422"


class Receiver:
    """Keeps each event once by its id, as the specification asks receivers to.

    `mood()` is asked at each request; `events` is what was kept, `requests` counts all.
    """

    def __init__(
        self,
        secret: str,
        mood: Callable[[], Mood] = lambda: Mood.WELL,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self.events: list[dict[str, Any]] = []
        self.answered: list[str] = []  # ids that were told 200: these never come again
        self.requests = 0
        self.headers: list[dict[str, str]] = []
        self._ids: set[str] = set()
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                receiver.requests += 1
                now = mood()
                if now is Mood.RESET:
                    return self._reset()
                body = self.rfile.read(int(self.headers["Content-Length"]))
                receiver._verify(secret, self.headers, body)
                name = self.headers["webhook-id"]
                if now is Mood.BROKEN:
                    return self._answer(503)
                if now is Mood.REFUSES:
                    return self._answer(422)
                assert name not in receiver.answered, "what was answered comes again"
                if name not in receiver._ids:
                    receiver._ids.add(name)
                    receiver.headers.append(dict(self.headers))
                    receiver.events.append(json.loads(body))
                if now is Mood.CUT_OFF:
                    return self._reset()
                if now is Mood.SILENT:
                    receiver.released.wait(5)
                    return None
                receiver.answered.append(name)
                self._answer(200)
                receiver.answered_one.set()
                return None

            def _answer(self, status: int) -> None:
                self.send_response(status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def _reset(self) -> None:
                self.close_connection = True
                linger = struct.pack("ii", 1, 0)  # close with a reset instead of a farewell
                self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
                self.connection.close()

            def log_message(self, format: str, *arguments: object) -> None:
                pass

        class Server(ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, request: object, client_address: object) -> None:
                receiver.errors.append(client_address)

        self.errors: list[object] = []
        self.released = threading.Event()
        self.answered_one = threading.Event()
        self._server = Server(("127.0.0.1", 0), Handler)
        if tls is not None:
            self._server.socket = tls.wrap_socket(self._server.socket, server_side=True)
        scheme = "http" if tls is None else "https"
        self.url = f"{scheme}://127.0.0.1:{self._server.server_port}/punches?kiosk=1"
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, name="receiver"
        )
        self._thread.start()

    def close(self) -> None:
        self.released.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def _verify(self, secret: str, headers: Any, body: bytes) -> None:
        """Written anew, from the specification: not with the sender's own function."""
        content = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
        key = base64.b64decode(secret.removeprefix("whsec_"))
        expected = base64.b64encode(hmac.new(key, content, hashlib.sha256).digest()).decode()
        assert headers["webhook-signature"] == f"v1,{expected}"
