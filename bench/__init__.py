"""Measures throughput, delays and CPU: `make bench`."""
