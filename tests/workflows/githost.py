"""GitHub over HTTP, as a proxy for ``github.localhost``: its repository, for a token that may read or push; its API."""

from __future__ import annotations

import base64
import os
import subprocess
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

from desk import CONFIG
from ghapi import HOST, answered
from tokens import permissions_of


class GitHost:
    """Serves ``folder/OWNER/NAME.git``, and the same without ``.git``, at ``url``, and the API of ``hub`` beside it.

    ``proxy`` is where both are to be reached.
    """

    url = f"http://{HOST}"

    def __init__(self, folder):
        self.folder = folder
        self.hub = None
        self.refused = []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        self.proxy = f"http://127.0.0.1:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02})
        self._thread.start()

    def close(self):
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def allowed(self, authorization, service):
        """An HTTP status: 200, 401 without a token, 403 for one that lacks the permission."""
        scheme, _, credentials = authorization.partition(" ")
        if scheme.lower() != "basic" or not credentials:
            return 401
        user, _, token = base64.b64decode(credentials).decode().partition(":")
        permissions = permissions_of(token) if user == "x-access-token" else None
        if permissions is None:
            return 401
        needed = ("write",) if service == "git-receive-pack" else ("read", "write")
        return 200 if permissions.get("contents") in needed else 403

    def answer(self, request, body):
        """Status, headers and body of git's own server."""
        parts = urlsplit(request.path)
        if parts.hostname == f"api.{HOST}":
            whole = parts._replace(scheme="", netloc="").geturl()
            authorization = request.headers.get("authorization", "")
            status, content = answered(self.hub, request.command, whole, authorization, body)
            return status, [("Content-Type", "application/json; charset=utf-8")], content
        service = parts.query.partition("service=")[2] or parts.path.rpartition("/")[2]
        status = self.allowed(request.headers.get("authorization", ""), service)
        if status != 200:
            self.refused.append((service, status))
            return status, [("WWW-Authenticate", 'Basic realm="GitHub"')] if status == 401 else [], b""
        owner, name, rest = parts.path.lstrip("/").split("/", 2)
        environment = {
            "PATH": os.environ["PATH"],
            "GIT_PROJECT_ROOT": str(self.folder),
            "GIT_HTTP_EXPORT_ALL": "1",
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_CONFIG_GLOBAL": CONFIG,
            "GIT_PROTOCOL": request.headers.get("git-protocol", ""),
            "PATH_INFO": f"/{owner}/{name.removesuffix('.git')}.git/{rest}",
            "QUERY_STRING": parts.query,
            "REQUEST_METHOD": request.command,
            "CONTENT_TYPE": request.headers.get("content-type", ""),
            "HTTP_CONTENT_ENCODING": request.headers.get("content-encoding", ""),
            "REMOTE_USER": "x-access-token",
            "REMOTE_ADDR": "127.0.0.1",
        }
        ran = subprocess.run(
            ["git", "http-backend"], input=body, env=environment, capture_output=True, check=True
        )
        head, _, content = ran.stdout.partition(b"\r\n\r\n")
        headers = [tuple(line.split(": ", 1)) for line in head.decode().split("\r\n")]
        status = next((int(text.split()[0]) for name, text in headers if name == "Status"), 200)
        return status, [(name, text) for name, text in headers if name != "Status"], content


def _handler(host):
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1  # head and body in one packet: the other end delays its answer otherwise

        def _serve(self):
            status, headers, content = host.answer(self, self._body())
            self.send_response(status)
            for name, text in headers:
                self.send_header(name, text)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def _body(self):
            if "chunked" not in self.headers.get("transfer-encoding", ""):
                return self.rfile.read(int(self.headers.get("content-length") or 0))
            body = b""
            while size := int(self.rfile.readline().split(b";")[0], 16):
                body += self.rfile.read(size)
                self.rfile.readline()
            self.rfile.readline()
            return body

        do_GET = do_POST = do_PATCH = do_PUT = do_DELETE = _serve  # noqa: N815  as http.server calls them

        def log_message(self, *_):
            pass

    return Handler
