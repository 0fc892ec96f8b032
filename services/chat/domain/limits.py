"""What holds for every desk of a process (spec: values without `(desk)`). Durations are seconds."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """`push_expires_after`: spec 2.9. `return_looked_every`: how often presence is asked for an unattended session, should its event be
    lost. `ticket_asked_after`, `ticket_asked_at_most`: the first and the longest pause between two askings for a ticket."""

    push_expires_after: int = 120
    return_looked_every: int = 30
    ticket_asked_after: int = 10
    ticket_asked_at_most: int = 600
