"""What to do, whether it was reviewed and is allowed, and how a write is made: pure, all of it."""
