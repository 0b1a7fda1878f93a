"""Words: values without I/O, which everything else is said in."""
