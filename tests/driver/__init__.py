"""A driver of the whole tool: random histories of a team, a tenant and bad luck, against a model of what must hold.

``python -m tests.driver`` runs it for minutes and writes the table of ``.github/PROVEN.md``.
"""
