"""A proxy between the command line and the tenant: it can answer itself, lose answers, and see everything."""

from __future__ import annotations

import http.client
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

LOST = object()
"""Instead of an answer: the connection is closed."""

_OF_A_HOP = {"connection", "transfer-encoding", "content-length", "date", "server", "keep-alive"}


@dataclass(slots=True)
class Seen:
    """A request: ``number`` counts the writes to the tenant from 1, 0 for all else."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes
    number: int = 0


@dataclass(slots=True)
class Reply:
    """An answer."""

    status: int
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=lambda: {"Content-Type": "application/json"})


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def handle_error(self, request, client_address):
        """A client that was killed is no error here."""


class Between:
    """``before(seen)`` may give a Reply or LOST instead of asking; ``after(seen, reply)`` instead of the answer."""

    def __init__(self, upstream, before=lambda seen: None, after=lambda seen, reply: None):
        self.upstream = urlsplit(upstream) if upstream else None
        self.before, self.after = before, after
        self.seen = []
        self._writes = 0
        self._lock = threading.Lock()
        self._server = _Server(("127.0.0.1", 0), self._handler())
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02})
        self._thread.start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def answer(self, seen):
        """What the client gets."""
        with self._lock:
            if seen.method in ("PUT", "POST") and seen.path != "/oauth/token":
                self._writes += 1
                seen.number = self._writes
            self.seen.append(seen)
        reply = self.before(seen)
        if reply is None:
            reply = self._forwarded(seen)
            instead = self.after(seen, reply)
            reply = reply if instead is None else instead
        return reply

    def _forwarded(self, seen):
        connection = http.client.HTTPConnection(self.upstream.hostname, self.upstream.port, timeout=20)
        try:
            headers = {name: text for name, text in seen.headers.items() if name.lower() not in _OF_A_HOP}
            connection.request(seen.method, seen.path, seen.body or None, headers)
            answer = connection.getresponse()
            kept = {name: text for name, text in answer.getheaders() if name.lower() not in _OF_A_HOP}
            return Reply(answer.status, answer.read(), kept)
        finally:
            connection.close()

    def _handler(self):
        owner = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def _serve(self):
                body = self.rfile.read(int(self.headers.get("content-length") or 0))
                reply = owner.answer(Seen(self.command, self.path, dict(self.headers.items()), body))
                if reply is LOST:
                    self.close_connection = True
                    return
                try:
                    # a reply with a Date of its own has no other
                    (self.send_response_only if "Date" in reply.headers else self.send_response)(reply.status)
                    for name, text in reply.headers.items():
                        self.send_header(name, text)
                    if reply.status != 204:
                        self.send_header("Content-Length", str(len(reply.body)))
                    self.end_headers()
                    if reply.status != 204:
                        self.wfile.write(reply.body)
                except OSError:
                    self.close_connection = True  # nobody is there any more

            do_GET = do_PUT = do_POST = _serve  # noqa: N815  as http.server calls them

            def log_message(self, *_):
                pass

        return Handler
