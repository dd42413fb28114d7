"""A refusal with its stable word."""

from fastapi import HTTPException

from services.console.desk import Cause


class RefusedHere(HTTPException):
    """What the console itself refuses, as against the session service."""

    def __init__(self, status: int, cause: Cause, text: str) -> None:
        super().__init__(status, text)
        self.cause = cause
