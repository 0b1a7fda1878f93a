"""Files to desired state: found, read as YAML with positions, checked for form and rules, placed as findings."""
