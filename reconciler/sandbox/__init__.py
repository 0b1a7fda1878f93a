"""The embedded CXone: the tenant's calls over SQLite, for demos, tests and experiments.

``serve.serve`` runs it on a port, ``inprocess.in_process`` gives an httpx transport without one. Both need
the ``sandbox`` extra (Starlette, uvicorn); importing this package does not. It is strict where a tenant may
be, and ``faults`` makes it poor, slow or broken. The credentials are public: nothing here protects anything.
"""

from __future__ import annotations

CLIENT_ID = "sandbox"
CLIENT_SECRET = "sandbox-secret-not-for-production"  # noqa: S105 - public by design, valid nowhere else
SCOPES = ("messaging:read", "messaging:write", "a2p:write", "webhooks:write")
