"""What a support file tells of its machine, read also where a service may see nothing of /proc but processes."""

from pathlib import Path

import pytest

from services.support.machine import about


def test_how_long_the_machine_has_run_is_asked_of_no_file(monkeypatch: pytest.MonkeyPatch) -> None:
    read = Path.read_text

    def hidden(path: Path, *how: str, **named: str) -> str:
        """As under ProcSubset=pid."""
        if path.parts[:2] == ("/", "proc"):
            raise FileNotFoundError(path)
        return read(path, *how, **named)

    monkeypatch.setattr(Path, "read_text", hidden)
    told = about(0)
    assert isinstance(up_s := told["up_s"], int)
    assert up_s > 0
    assert told["memory"] == ""
