"""HTTP to the tenant: its pace, its retries, its token. Most modules of this package import httpx."""
