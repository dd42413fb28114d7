"""These tests borrow the worlds of the integration tests: a unit on its radio, an InfluxDB, a hub with TLS."""

import sys
from pathlib import Path

for borrowed in ("integration", "unit"):
    sys.path.append(str(Path(__file__).parents[1] / borrowed))
