"""Doing it: files, tenant and log to a plan, a plan to outcomes."""
