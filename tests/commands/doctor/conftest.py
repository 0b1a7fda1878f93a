"""The canned tenant, for what ``doctor`` looks at."""

from canned import tenant

__all__ = ["tenant"]
