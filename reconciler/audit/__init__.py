"""The audit log: hash-chained JSON Lines, and the memory of what a tenant cannot show (help audit)."""
