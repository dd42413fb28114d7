"""`backstride provision grafana` for one site, in a thread, so that a stand-in's server may answer."""

import asyncio
import json
from pathlib import Path

from grafana_stand_in import ADMIN
from typer.testing import CliRunner, Result

from device_adapters.errors import ConfigError
from services.cli.main import app


class GrafanaCommand:
    """The settings and secrets of `site` are in `folder`."""

    def __init__(self, folder: Path, url: str, site: str = "gym", bucket: str = "backstride") -> None:
        folder.mkdir(exist_ok=True)
        self.url = url
        self.site = site
        self.config = folder / "hub.toml"
        self.config.write_text(
            f'site = "{site}"\ndata = "{folder}"\n[influx]\nurl = "http://db:8086"\nbucket = "{bucket}"\n'
        )
        self.token = folder / "grafana.token"
        self.token.write_text(ADMIN + "\n")
        self.reader = folder / "influx-reader.token"
        self.reader.write_text(f"may-read-{site}\n")

    async def __call__(self, *words: str) -> Result:
        said = ["provision", "grafana", "--config", str(self.config), "--url", self.url,
                "--token-file", str(self.token), *words]  # fmt: skip
        return await asyncio.to_thread(CliRunner().invoke, app, said)

    async def changes(self, *words: str, code: int = 0) -> dict[str, str]:
        result = await self("--json", *words)
        assert result.exit_code == code, (result.output, result.exception)
        return {c["what"]: c["how"] for c in json.loads(result.output)["changes"]}

    async def refusal(self, *words: str) -> str:
        result = await self(*words)
        assert isinstance(result.exception, ConfigError), result
        return str(result.exception)
