"""One question to Grafana's HTTP API at a time; what goes wrong names the setting and the fix."""

from typing import Any

import requests
from grafana_client import GrafanaApi
from grafana_client.client import GrafanaException

from device_adapters.errors import ConfigError

TIMEOUT_S = 10.0
_FROM_FILES = ("read-only", "provisioned", "provenance")


class Grafana:
    """Grafana at `url`. `secret`: a service account's token, or `user:password`. Raises ConfigError."""

    def __init__(self, url: str, secret: str) -> None:
        if not url.startswith(("http://", "https://")):
            raise ConfigError(f"--url {url}: write it with its scheme, such as http://{url}")
        user, colon, password = secret.partition(":")
        self.url = url.rstrip("/")
        credential = (user, password) if colon else secret
        self._client = GrafanaApi.from_url(f"{self.url}/", credential, timeout=TIMEOUT_S).client

    def greet(self) -> int:
        """The major version. Raises ConfigError if nobody, or no Grafana, answers there."""
        said = self.ask("GET", "/health")
        if not isinstance(said, dict) or "database" not in said:
            raise ConfigError(f"--url {self.url}: does not answer as Grafana does; is it Grafana's address?")
        major = str(said.get("version", "")).partition(".")[0]
        return int(major) if major.isdecimal() else 0

    def ask(self, method: str, path: str, body: object = None, *, status_400: bool = False) -> Any:
        """The answer's JSON; None for no such thing (404 to a GET). `status_400`: such an answer is one, too."""
        try:
            return getattr(self._client, method)(path, json=body)
        except GrafanaException as e:
            if status_400 and e.status_code == 400:
                return e.response
            if e.status_code == 404 and method == "GET":
                return None
            raise self._refused(e, f"{method} {path}") from e
        except requests.exceptions.JSONDecodeError as e:
            raise ConfigError(
                f"--url {self.url}: does not answer as Grafana does; is it Grafana's address?"
            ) from e
        except requests.exceptions.RequestException as e:
            raise ConfigError(f"--url {self.url}: no answer ({e}); start Grafana there, or mend --url") from e

    def _refused(self, e: GrafanaException, asked: str) -> ConfigError:
        said = e.response.get("message", "") if isinstance(e.response, dict) else str(e.response)[:200]
        if e.status_code == 401:
            return ConfigError(
                f"--token-file: {self.url} does not accept it ({said}); make a service account with the role Admin "
                "(Administration, Users and access, Service accounts) and put a token of it there"
            )
        if any(word in said for word in _FROM_FILES):
            return ConfigError(
                f"{asked}: {said}. Grafana has this from files: take deploy/grafana out of its `provisioning` folder "
                "and restart it, or leave it to the files"
            )
        if e.status_code == 403:
            return ConfigError(
                f"--token-file: this account may not {asked} ({said}); give its service account the role Admin"
            )
        return ConfigError(f"--url {self.url}: {asked} failed with {e.status_code}: {said}")
