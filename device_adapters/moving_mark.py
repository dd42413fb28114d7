"""A mark on disk while a unit holds a belt, so that the unit that comes after a crash knows to stop it."""

from pathlib import Path


class MovingMark:
    """The mark of one treadmill. File operations block: call `set` from a worker thread."""

    def __init__(self, data: Path, treadmill: str) -> None:
        self._path = data / "moving" / treadmill
        self.is_set = self._path.exists()

    def set(self, moving: bool) -> None:
        """Make the mark say `moving`. Raises OSError."""
        if moving:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._path.touch()
        else:
            self._path.unlink(missing_ok=True)
        self.is_set = moving
