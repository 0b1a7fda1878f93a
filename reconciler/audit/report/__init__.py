"""What an audit log tells, as data: a pure fold over its records."""
