"""The clock of a mixer process: its ticks, their account, and the priority that it has."""
