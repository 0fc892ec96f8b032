"""What Parley does in a second, and what it costs: `make bench`."""
