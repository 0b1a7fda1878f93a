"""The canned tenant, for the client's tests."""

from canned import get, post, put, tenant, time

__all__ = ["get", "post", "put", "tenant", "time"]
