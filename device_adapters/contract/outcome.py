"""How a session ended: a word that messages and the members store share, and that costs nothing to import."""

from typing import Literal

Outcome = Literal["completed", "stopped", "interrupted", "refused"]
