"""What a machine needs before Parley runs: `python3 -m stack.setup [step ...]`.

Runs under any Python from 3.11 on with the standard library alone, since it makes the environment in which the rest runs.
Each step looks first whether its work is already done, so a second run costs nothing.
"""
