"""Why a file cannot be a track."""

from __future__ import annotations

from enum import StrEnum


class Problem(StrEnum):
    """What is wrong with a file; the value is a stable code."""

    NOT_AUDIO = "NOT_AUDIO"
    MISLABELLED = "MISLABELLED"
    CORRUPT = "CORRUPT"
    TRUNCATED = "TRUNCATED"
    SILENT = "SILENT"
    TOO_SHORT = "TOO_SHORT"
    TOO_LONG = "TOO_LONG"


class TrackRejected(ValueError):
    """A file that cannot be a track, with a sentence for whoever sent it."""

    def __init__(self, problem: Problem, sentence: str) -> None:
        super().__init__(sentence)
        self.problem = problem
