"""A `provisioning` folder for a Grafana that one site has to itself: as over the API, but for teams and playlists."""

from pathlib import Path

from device_adapters.errors import ConfigError
from services.provisioning import contacts, shipped
from services.provisioning.contacts import Contact
from services.provisioning.names import Names
from services.provisioning.plan import Plan


def write(folder: Path, names: Names, database: str, whom: tuple[Contact, ...] | None, plan: Plan) -> None:
    """Write what is not there, or otherwise; `whom` None: who is told stays. Raises ConfigError."""
    told = folder / contacts.FILE
    earlier = told.read_bytes() if told.exists() else b""
    reached = {} if whom is None else contacts.as_files(whom, names, earlier)
    for name, text in {**shipped.files(names, database), **reached}.items():
        _file(folder / name, text, plan)


def _file(path: Path, text: str, plan: Plan) -> None:
    def put() -> None:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch(0o640)  # a contact's settings hold secrets
            path.write_text(text, encoding="utf-8")
        except OSError as e:
            raise ConfigError(f"--files {path}: {e.strerror}; name a folder that you may write") from e

    if not path.exists():
        plan.make(str(path), put)
    elif path.read_text(encoding="utf-8") == text:
        plan.same(str(path))
    else:
        plan.change(str(path), "another text", put)
