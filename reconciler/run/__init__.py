"""Runs: from files, tenant and log to a plan, and from a reviewed plan to outcomes."""
