"""Parley on one machine: engines, services and demo people as child processes, and the set-up that they need."""
