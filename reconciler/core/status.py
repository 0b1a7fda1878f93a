"""A template's status: text of the tenant's choosing, which is compared without case, and so kept in capitals.

Plans, records and reports show these capitals; what is sent is as the document has it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.core.model import APPROVED

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reconciler.core.model import Json


def in_capitals(status: str) -> str:
    """The status in its one form; the same text where it is that already, since very many are held."""
    capitals = status.upper()
    return status if capitals == status else capitals


def asked_for(body: Mapping[str, Json]) -> str:
    """The status that a Template document asks for, in capitals: APPROVED where it says nothing."""
    return in_capitals(str(body.get("status", APPROVED)))
