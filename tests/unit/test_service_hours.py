"""The page of the machine book: what is asked of it is kept, or it is said why not."""

from pathlib import Path

import httpx
import pytest
from memory_console import console
from sign_in import NAMES, PASSWORD, make_accounts

from device_adapters.contract import messages as m
from device_adapters.contract.bounds import SERVICE_EVERY_H_MAX
from services.console.app import make_app
from services.console.auth.roles import Role

URL = "http://127.0.0.1:8080"


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("0", ""),
        (str(SERVICE_EVERY_H_MAX), ""),
        (str(SERVICE_EVERY_H_MAX + 1), "it must be at most 100"),
        ("9" * 40, "it must be at most 100"),
        ("abc", "it is no whole number"),
        ("-1", "it is no whole number"),
        ("", "it is no whole number"),
    ],
)
async def test_hours_between_services_are_kept_or_refused_with_their_limit(
    tmp_path: Path, given: str, said: str
) -> None:
    make_accounts(tmp_path)
    made = console(tmp_path)
    state = m.TreadmillState(treadmill="tm-01", unit="unit-01", boot="b", at_ms=0, link="connected")
    made.floor.treadmill_state("tm-01", state, 0)
    made.machine_book.service_every("tm-01", 7)
    site = httpx.ASGITransport(make_app(made))
    async with httpx.AsyncClient(transport=site, base_url=URL, headers={"Origin": URL}) as http:
        await http.post("/signin", data={"name": NAMES[Role.OPERATOR], "password": PASSWORD})
        answer = await http.post("/operator/machines/tm-01/service", data={"every_h": given})
    if said:
        assert answer.status_code == 422
        assert "every_h is " in answer.text
        assert said in answer.text
        assert made.machine_book.of("tm-01").service_every_h == 7
    else:
        assert answer.status_code == 303
        assert made.machine_book.of("tm-01").service_every_h == int(given)
