"""As much of Kong's Admin API as `deck diff` asks for: some services in pages, and of everything else none.

    python -m tests.benchmarks.kong COUNT

Prints its port. Its services are those of ``state``, with Kong's defaults filled in.
"""

from __future__ import annotations

import json
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

PAGE = 1000
_ABOUT = {"version": "2.0.4", "tagline": "Welcome to kong", "configuration": {"database": "postgres"}}
_DEFAULTS = {"connect_timeout": 60000, "read_timeout": 60000, "write_timeout": 60000, "retries": 5}


def service(number: int) -> dict[str, Any]:
    """A service as a file of decK has it: as many fields as a template of the corpus."""
    return {
        "name": f"service-{number:05d}",
        "host": f"host-{number:05d}.example.com",
        "path": f"/appointments/{number}",
        "port": 443,
        "protocol": "https",
        "tags": ["front-desk", f"place-{number % 5}"],
        **_DEFAULTS,
    }


def state(count: int) -> str:
    """A state file for `deck diff`; JSON is YAML."""
    return json.dumps({"_format_version": "1.1", "services": [service(n) for n in range(count)]}, indent=1)


class Handler(BaseHTTPRequestHandler):
    """Reads only."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1
    pages: list[bytes]

    def do_GET(self) -> None:
        path, query = urlsplit(self.path).path, parse_qs(urlsplit(self.path).query)
        if path == "/services":
            body = self.pages[int(query.get("offset", ["0"])[0])]
        else:
            body = json.dumps(_ABOUT if path == "/" else {"data": [], "next": None}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Nothing is logged."""


def pages(count: int) -> list[bytes]:
    """The pages of all services, encoded beforehand."""
    found = []
    for start in range(0, count, PAGE):
        shown = [
            {"id": f"00000000-0000-4000-8000-{n:012d}", "created_at": 1_790_000_000, **service(n)}
            for n in range(start, min(start + PAGE, count))
        ]
        page: dict[str, Any] = {"data": shown, "next": None}
        if start + PAGE < count:
            offset = str(start // PAGE + 1)
            page |= {"next": f"/services?offset={offset}", "offset": offset}
        found.append(json.dumps(page).encode())
    return found


def main() -> None:
    Handler.pages = pages(int(sys.argv[1]))
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    print(server.server_address[1], flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
