"""What the things of a site are called in a Grafana that several sites share: each has the site in its name. Pure."""

import re
import zlib
from dataclasses import dataclass

DEFAULT_SITE = "gym"
"""Of this site are the files in `dashboards/` and `deploy/grafana/`."""

KEY_MAX = 12
"""A uid of Grafana has 40 characters at most; `backstride-`, `-` and 16 for what it is of leave 12 for the site."""

_PLAIN = re.compile(rf"[a-z0-9][a-z0-9-]{{0,{KEY_MAX - 1}}}")


@dataclass(frozen=True, slots=True)
class Names:
    """Names and uids of what belongs to `site`."""

    site: str

    @property
    def key(self) -> str:
        """The site's part of a uid: its name, or where that is long or no plain word, its beginning and a sum of it."""
        if _PLAIN.fullmatch(self.site):
            return self.site
        begin = re.sub(r"[^a-z0-9]", "", self.site.lower())[: KEY_MAX - 9] or "x"
        return f"{begin}-{zlib.crc32(self.site.encode()):08x}"

    def uid(self, what: str) -> str:
        """The uid of one thing, such as `floor` or `data`; `what` has 16 characters at most."""
        return f"backstride-{self.key}-{what}"

    @property
    def tag(self) -> str:
        """What the site's dashboards have in common."""
        return f"backstride-{self.key}"

    @property
    def title(self) -> str:
        """What people read: of the data source, the staff's folder and the group of alert rules."""
        return f"Backstride {self.site}"


MADE_FOR = Names(DEFAULT_SITE)
