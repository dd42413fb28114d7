"""Settings files as operators write them: every fault with its line, secrets hidden, the reference up to date."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from services.cli.main import app
from services.hub.settings_check import faults
from services.hub.settings_reference import PAGE, page

ADDRESS = 'address = "F1:00:00:00:00:01"\n'
POD = 'footpod = "F3:00:00:00:00:05"\n'
UNIT = """\
unit = "unit-01"
slots = "five"
radoi = "hci0"

[broker]
url = "mqtt://hub:1883"
pasword_file = "x"

[[treadmill]]
id = "tm-01"
address = "F1:00:00:00:00:01"

[[treadmill]]
id = "tm-02"
arrangement = 5
"""


def test_every_fault_is_named_with_its_line() -> None:
    found = faults(UNIT, "")
    assert [(fault.line, fault.text.split(":")[0].split(" =")[0]) for fault in found] == [
        (2, "slots"),
        (3, "radoi"),
        (7, "broker.pasword_file"),
        (13, "treadmill[2].address is missing"),
        (15, "treadmill[2].arrangement"),
    ]
    assert "did you mean radio" in found[1].text
    assert "a whole number is expected" in found[0].text
    assert "1 to" not in found[2].text


@pytest.mark.parametrize(
    ("text", "role", "line", "why"),
    [
        ('unit = "u"\nslots = 5 5\n', "", 2, "not TOML"),
        ('unit = "u', "", 1, "not TOML"),
        ('unit = "u"\nslots = 0\n', "", 2, ">= 1"),
        ('site = "gym"\nbroker = 5\n', "hub", 2, "a table [broker] is expected"),
        ('site = "gym"\n[broker]\nurl = "hub:1883"\n', "", 3, "write mqtt://host:port"),
        ('site = "gym"\n[broker]\nca_file = "/nowhere/ca.crt"\n', "", 3, "there is no /nowhere/ca.crt"),
        ('site = "gym"\n', "site", 0, "hosts is missing"),
        ('unit = "u"\nvoice_language = "zz"\n', "", 2, "write one of: en, "),
        ('site = "gym"\n[alerts]\nlanguage = "zz"\n', "hub", 3, "write one of: en, "),
        ('hosts = []\nsite = "gym"\n', "", 1, "length >= 1"),
        ('unit = "u"\n[[strap]]\nid = "hr-01"\naddress = "F1"\n', "", 4, "no address like"),
        (
            'unit = "u"\n[[strap]]\nid = "a"\naddress = "F1:00:00:00:00:01"\ntreadmill = "tm-9"\n',
            "",
            5,
            "no treadmill tm-9",
        ),
        (
            f'unit = "u"\n[[strap]]\nid = "a"\n{ADDRESS}[[strap]]\nid = "b"\n{ADDRESS.lower()}',
            "",
            5,
            "is that of strap a already",
        ),
        (
            f'unit = "u"\n[[treadmill]]\nid = "tm-01"\n{ADDRESS}footpod = "f1:00:00:00:00:01"\n',
            "",
            5,
            "foot pod of tm-01: footpod = 'f1:00:00:00:00:01' is that of treadmill tm-01 already: give it its own",
        ),
        (
            f'unit = "u"\n[[treadmill]]\nid = "tm-01"\n{ADDRESS}footpod = "pod 5"\n',
            "",
            5,
            "footpod = 'pod 5' is no address like F1:00:00:00:00:01; backstride scan shows",
        ),
        (
            f'unit = "u"\n[[treadmill]]\nid = "tm-01"\n{ADDRESS}{POD}'
            '[[treadmill]]\nid = "tm-02"\naddress = "F1:00:00:00:00:02"\n'
            + "footpod = 'F3:00:00:00:00:05'\n",
            "",
            9,
            "foot pod of tm-02: footpod = 'F3:00:00:00:00:05' is that of foot pod of tm-01 already",
        ),
        (
            f'unit = "u"\n[[treadmill]]\nid = "tm-01"\n{ADDRESS}{POD}'
            '[[strap]]\nid = "hr-01"\naddress = "F3:00:00:00:00:05"\n',
            "",
            5,
            "is that of strap hr-01 already",
        ),
        (
            f'unit = "u"\n[[treadmill]]\nid = "a"\n{ADDRESS}'
            '[[strap]]\nid = "a"\naddress = "F3:00:00:00:00:05"\n',
            "",
            6,
            "id 'a' is that of treadmill a already",
        ),
    ],
)
def test_a_fault_is_explained(text: str, role: str, line: int, why: str) -> None:
    (fault,) = faults(text, role)
    assert fault.line == line
    assert why in fault.text


def test_a_good_file_has_none_and_its_secrets_stay_hidden(tmp_path: Path) -> None:
    file = tmp_path / "unit.toml"
    file.write_text(
        f'unit = "unit-01"\nstrap_salt = "very secret indeed"\n[[treadmill]]\nid = "tm-01"\n{ADDRESS}'
    )
    run = CliRunner().invoke
    checked = run(app, ["config", "check", str(file)])
    assert (checked.exit_code, "nothing wrong" in checked.output) == (0, True)
    shown = run(app, ["config", "show", str(file)])
    assert shown.exit_code == 0
    assert "very secret" not in shown.output
    assert 'strap_salt = "(secret)"' in shown.output
    assert 'radio = "hci0"' in shown.output, "defaults are shown too"
    hub = tmp_path / "hub.toml"
    hub.write_text('members = "postgresql://me:pass@host/db"\n')
    assert ":pass@" not in run(app, ["config", "show", str(hub)]).output
    file.write_text("nonsense = 1\n")
    assert run(app, ["config", "check", str(file)]).exit_code == 1
    assert f"{file}:1: nonsense" in run(app, ["config", "check", str(file)]).output


def test_the_reference_says_what_the_code_takes() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "run: python -m services.hub.settings_reference"
