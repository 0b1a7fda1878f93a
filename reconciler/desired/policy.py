"""A Policy document as the value that guards and rules are handed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from reconciler.core.errors import ReconcilerError
from reconciler.core.model import Policy
from reconciler.core.status import in_capitals
from reconciler.core.urls import normalise_base_url

if TYPE_CHECKING:
    from reconciler.core.model import Document


def policy_of(document: Document) -> Policy:
    """A Policy document that is of its schema's form."""
    given = {
        key: tuple(value) if isinstance(value, list) else value
        for key, value in document.body.items()
        if key not in ("apiVersion", "kind")
    }
    if "approve_from" in given:
        given["approve_from"] = tuple(map(in_capitals, given["approve_from"]))
    if "tenants" in given:
        given["tenants"] = tuple(map(_normalised_tenant, given["tenants"]))
    return Policy(**cast("dict[str, Any]", given))


def _normalised_tenant(url: str) -> str:
    """As a base URL is compared and recorded; what is no URL stays as written, and matches no tenant."""
    try:
        return normalise_base_url(url, "tenants")
    except ReconcilerError:
        return url
