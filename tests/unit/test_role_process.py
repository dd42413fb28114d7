"""A role that runs: what stood when it was ready, and is dropped later, is given back."""

import subprocess
import sys

ROLE = """
import gc, weakref
from services.cli.process import run_role

class Link:
    def __init__(self):
        self.itself = self

async def role(ready):
    link = Link()
    known = weakref.ref(link)
    before = gc.get_freeze_count()
    ready()
    del link
    gc.collect()
    print("kept" if known() else "collected", gc.get_freeze_count() - before)

run_role(role)
"""


def test_a_link_that_stood_when_a_role_was_ready_is_collected_once_it_is_lost() -> None:
    done = subprocess.run([sys.executable, "-c", ROLE], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["collected", "0"]
