"""Plumbing that at least two services use. It knows no service and none of their words."""
