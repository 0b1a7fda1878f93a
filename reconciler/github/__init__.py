"""GitHub, as the workflows use it: who approved which plan, where the audit log is kept, and where results are told.

Everything goes through the ``gh`` on PATH, which knows the token and the server, and through git.
"""
