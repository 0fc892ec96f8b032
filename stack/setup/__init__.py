"""Prepares a machine for Parley: `python3 -m stack.setup [step ...]`.

Runs on Python 3.11 or later with only the standard library, because it creates the environment in which the rest runs.
Each step first checks whether its work is done, so a second run is quick.
"""
