"""Headless Chromium, spoken to over its debugging pipe: what a reader sees, not what the source says."""

from __future__ import annotations

import json
import os
import select
import shutil
import subprocess
import time

import pytest

FLAGS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *(
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--disable-dev-shm-usage",
    ),
    *("--remote-debugging-pipe", "--hide-scrollbars"),
)
PATIENCE = 60.0
"""Seconds for one answer, on a machine that does much else."""


def chromium() -> str:
    """Where it is. Without it a test is skipped, and on CI it fails."""
    found = shutil.which("chromium")
    if found is None:
        why = "Debian's chromium is not installed: apt-get install chromium"
        if os.environ.get("CI"):
            pytest.fail(why)
        pytest.skip(why)
    return found


class Browser:
    """One browser with one page, its profile in an empty folder."""

    def __init__(self, profile) -> None:
        program = chromium()
        commands, self._write = os.pipe()
        self._read, answers = os.pipe()
        # Chromium reads its commands from descriptor 3 and answers on 4.
        line = f'exec "$0" "$@" 3<&{commands} 4>&{answers}'
        self._process = subprocess.Popen(
            ["/bin/bash", "-c", line, program, *FLAGS, f"--user-data-dir={profile}", "about:blank"],
            pass_fds=(commands, answers),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(commands)
        os.close(answers)
        self._rest = b""
        self._count = 0
        self.events: list[dict] = []
        try:
            self._attach()
        except BaseException:
            self.close()
            raise

    def _attach(self) -> None:
        targets = self.call("Target.getTargets")["targetInfos"]
        page = next(one["targetId"] for one in targets if one["type"] == "page")
        self._session = self.call("Target.attachToTarget", targetId=page, flatten=True)["sessionId"]
        for domain in ("Page", "Network", "Log", "Runtime"):
            self.call(f"{domain}.enable")

    _session: str | None = None

    def call(self, method: str, **params):
        """One command and its answer; what else is told meanwhile is kept in ``events``."""
        self._count += 1
        message = {"id": self._count, "method": method, "params": params}
        if self._session is not None:
            message["sessionId"] = self._session
        os.write(self._write, json.dumps(message).encode() + b"\0")
        return self._until(lambda told: told.get("id") == self._count)["result"]

    def open(self, path, *, width: int = 1200, height: int = 900) -> None:
        """Show a file in a window of that width."""
        self.call(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=False,
        )
        self.events.clear()
        self.call("Page.navigate", url=path.as_uri())
        if not any(one.get("method") == "Page.loadEventFired" for one in self.events):
            self._until(lambda told: told.get("method") == "Page.loadEventFired")

    def look(self, *, scheme: str = "light", media: str = "screen") -> None:
        """A reader who prefers dark or light, at a screen or with paper."""
        features = [{"name": "prefers-color-scheme", "value": scheme}]
        self.call("Emulation.setEmulatedMedia", media=media, features=features)

    def ask(self, expression: str):
        """The value of a JavaScript expression in the page."""
        told = self.call("Runtime.evaluate", expression=expression, returnByValue=True)
        assert "exceptionDetails" not in told, told
        return told["result"].get("value")

    def wait_for(self, expression: str):
        """What the promise that a JavaScript expression makes is kept with."""
        told = self.call("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in told, told
        return told["result"].get("value")

    def close(self) -> None:
        """End it, and wait until it has ended."""
        try:
            self._session = None
            self.call("Browser.close")
            self._process.wait(10)
        except (OSError, AssertionError, subprocess.TimeoutExpired):
            self._process.kill()
            self._process.wait()
        finally:
            os.close(self._write)
            os.close(self._read)

    def _until(self, wanted) -> dict:
        end = time.monotonic() + PATIENCE
        while True:
            while b"\0" in self._rest:
                told, _, self._rest = self._rest.partition(b"\0")
                message = json.loads(told)
                assert "error" not in message, message
                if wanted(message):
                    return message
                self.events.append(message)
            ready, _, _ = select.select([self._read], [], [], max(end - time.monotonic(), 0))
            assert ready, "the browser does not answer"
            chunk = os.read(self._read, 2**20)
            assert chunk, "the browser has ended"
            self._rest += chunk
