"""Values without I/O that every other room is built of: nouns, errors, JSON, digests, SMS sizes, URLs."""
