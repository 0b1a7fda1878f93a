"""What ``init`` lays down in a user's own repository, and what it leaves to people: from facts, without I/O."""
