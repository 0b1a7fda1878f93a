"""What ``doctor`` makes of what it finds: pure verdicts, each with what was found and how to mend it."""
