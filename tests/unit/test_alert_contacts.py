"""Grafana's contact points of the addresses that phones are told by."""

import json
from typing import Any

import pytest

from services.provisioning import alert_contacts, contacts
from services.provisioning.names import Names


@pytest.mark.parametrize(
    ("address", "kind", "settings"),
    [
        ("mailtos://desk:secret@mail.example?to=a@gym.example,b@gym.example", "email",
         {"addresses": "a@gym.example;b@gym.example", "singleEmail": True}),
        ("mailto://desk:secret@mail.example", "email", {"addresses": "desk@mail.example", "singleEmail": True}),
        ("ntfys://ntfy.example/Gym-Topic", "webhook", {"url": "https://ntfy.example/Gym-Topic?template=grafana"}),
        ("ntfy://kim:pa%40ss@127.0.0.1:8099/walk", "webhook",
         {"url": "http://127.0.0.1:8099/walk?template=grafana", "username": "kim", "password": "pa@ss"}),
        ("ntfys://tk_ab%2Fc@ntfy.example/gym", "webhook",
         {"url": "https://ntfy.example/gym?template=grafana", "authorization_scheme": "Bearer",
          "authorization_credentials": "tk_ab/c"}),
        ("ntfys://ntfy.example/gym?token=tk_abc", "webhook",
         {"url": "https://ntfy.example/gym?template=grafana", "authorization_scheme": "Bearer",
          "authorization_credentials": "tk_abc"}),
        ("ntfys://:abc@ntfy.example/gym?auth=token", "webhook",
         {"url": "https://ntfy.example/gym?template=grafana", "authorization_scheme": "Bearer",
          "authorization_credentials": "abc"}),
        ("ntfys://tk_kim:word@ntfy.example/gym", "webhook",
         {"url": "https://ntfy.example/gym?template=grafana", "username": "tk_kim", "password": "word"}),
        ("mailtos://desk:secret@mail.example/a@gym.example/b%40gym.example", "email",
         {"addresses": "a@gym.example;b@gym.example", "singleEmail": True}),
        ("jsons://host.example/a?-key=1&c=2", "webhook", {"url": "https://host.example/a?key=1&c=2"}),
        ("ntfy://Gym-Topic", "webhook", {"url": "https://ntfy.sh/Gym-Topic?template=grafana"}),
        ("jsons://host.example:8443/a/b?c=1", "webhook", {"url": "https://host.example:8443/a/b?c=1"}),
        ("gotifys://push.example/below/TokenA", "webhook",
         {"url": "https://push.example/below/message?token=TokenA"}),
        ("slack://TA/BB/CC/#alerts", "slack", {"url": "https://hooks.slack.com/services/TA/BB/CC"}),
        ("discord://4711/ToKeN", "discord", {"url": "https://discord.com/api/webhooks/4711/ToKeN"}),
    ],
)  # fmt: skip
def test_each_form_that_grafana_reaches(address: str, kind: str, settings: dict[str, Any]) -> None:
    (made,), left = alert_contacts.of([address])
    assert (made.type, made.settings, left) == (kind, settings, ())
    assert made.name == f"1 {address.partition(':')[0]}", "no secret in its name"


@pytest.mark.parametrize(
    "address",
    ["signals://host/+49/+49", "mailto://", "ntfy://", "ntfys://host/a/b", "gotify://host", "slack://A",
     "slack://xoxb-1-2-c/room/desk", "jsons://host/a?+X-Token=1", "ntfys://host/a?to=b", "discord://1", "x", ""],
)  # fmt: skip
def test_what_grafana_cannot_reach_is_told_by_place_and_kind(address: str) -> None:
    made, left = alert_contacts.of(["jsons://h/p", address])
    assert len(made) == 1
    assert left == (f"2 {address.partition(':')[0] if '://' in address else 'of no form'}",)


def test_files_have_a_receiver_and_a_route_for_each_of_this_site_alone() -> None:
    made, _ = alert_contacts.of(["ntfys://ntfy.example/t", "mailtos://a:b@c.example"])
    (text,) = contacts.as_files(made, Names("north")).values()
    said = json.loads(text)
    receivers = [each["name"] for each in said["contactPoints"]]
    (policy,) = said["policies"]
    assert [route["receiver"] for route in policy["routes"]] == receivers
    assert all(["site", "=", "north"] in route["object_matchers"] for route in policy["routes"])
    uids = [one["uid"] for each in said["contactPoints"] for one in each["receivers"]]
    assert len(set(uids)) == 2
    assert all(len(uid) <= 40 for uid in uids)
