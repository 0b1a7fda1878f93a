"""GitOps for NICE CXone message templates: desired state in YAML, plan, apply, audit."""

__version__ = "0.1.0"
