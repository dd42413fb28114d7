"""Every command of docs/operators.md is walked by `make deploy-test`, or it is said why not."""

import sys
from collections import Counter
from pathlib import Path

sys.path.append(str(Path(__file__).parents[1] / "deploy"))

from operators_walk import DOCUMENT, NOT_HERE, WALKED, WalkedStep, commands, shell

LEFT_OUT = [command for group in NOT_HERE.values() for command in group]


def test_each_command_of_the_document_is_in_one_of_the_lists() -> None:
    named = [step.command for step in WALKED] + LEFT_OUT
    assert sorted(set(commands(DOCUMENT.read_text(encoding="utf-8")))) == sorted(named)
    assert [command for command, count in Counter(named).items() if count > 1] == []


def test_a_command_is_run_as_it_stands_there() -> None:
    assert shell(WalkedStep("sudo backstride unit list", "")).endswith("; backstride unit list 2>&1")
    shown = shell(WalkedStep("member show ID", "", (("ID", "m-1"),)))
    assert shown.startswith("runuser -u backstride -- sh -c ")
    assert "; backstride member show m-1 2>&1" in shown
    assert "printf '%s\\n' y | backstride" in shell(WalkedStep("sudo backstride support -o x", "", (), "y"))
    assert commands(
        "`sudo backstride x` and\n```\nbackstride y   # why\nnothing\n```\n`sudo backstride x`"
    ) == [
        "sudo backstride x",
        "backstride y",
    ]
