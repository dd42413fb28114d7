"""Alert rules, contact points and notification policies in a Grafana, over its HTTP API; those of other sites stay.

Rules are made one by one: before 11.5.2 Grafana refuses a group whose rules it does not have yet.
"""

from collections.abc import Mapping
from functools import partial
from typing import Any

from services.provisioning import contacts
from services.provisioning.comparing import has
from services.provisioning.contacts import Contact
from services.provisioning.grafana_api import Grafana
from services.provisioning.names import Names
from services.provisioning.plan import Plan
from services.provisioning.shipped import alert_rules

EVERY_S = 60
RULES = "/v1/provisioning/alert-rules"
POINTS = "/v1/provisioning/contact-points"
POLICIES = "/v1/provisioning/policies"
Thing = dict[str, Any]


def provision_rules(grafana: Grafana, plan: Plan, names: Names) -> None:
    """The site's group of rules, in the staff's folder. A rule of it that is no more is taken away."""
    folder, group = names.uid("staff-boards"), names.title
    org = grafana.ask("GET", "/org")["id"]
    place = {"orgID": org, "folderUID": folder, "ruleGroup": group}
    wanted = {rule["uid"]: {**rule, **place} for rule in alert_rules(names)}
    path = f"/v1/provisioning/folder/{folder}/rule-groups/{group.replace(' ', '%20')}"
    told = grafana.ask("GET", path) or {"rules": [], "interval": EVERY_S}
    there = {rule["uid"]: rule for rule in told["rules"]}
    for uid in there.keys() - wanted.keys():
        drop = partial(grafana.ask, "DELETE", f"{RULES}/{uid}")
        plan.change(f"alert rule {there[uid]['title']}", "of another version: taken away", drop)
    for uid, rule in wanted.items():
        _rule(grafana, plan, rule, there.get(uid))
    if told["interval"] != EVERY_S:
        body = {"title": group, "folderUid": folder, "interval": EVERY_S, "rules": [*wanted.values()]}
        plan.change(
            f"alert group {group}", f"each {told['interval']} s", lambda: grafana.ask("PUT", path, body)
        )


def _rule(grafana: Grafana, plan: Plan, rule: Thing, there: Mapping[str, Any] | None) -> None:
    what, path = f"alert rule {rule['title']}", f"{RULES}/{rule['uid']}"
    there = there or grafana.ask("GET", path)  # it may have been moved to another group
    if there is None:
        plan.make(what, lambda: grafana.ask("POST", RULES, rule))
    elif has(there, rule):
        plan.same(what)
    else:
        plan.change(what, "another rule", lambda: grafana.ask("PUT", path, rule))


def provision_contacts(
    grafana: Grafana, plan: Plan, names: Names, wanted: tuple[Contact, ...] | None
) -> None:
    """The site's contact points and the routes to them; who is wanted no more is taken away, with the last of them too.

    None: nobody ever said whom alerts reach, and Grafana's own default stays. Raises ConfigError, also for a point that
    others' policies lead to: Grafana keeps it until they do not.
    """
    if wanted is None:
        return
    told = grafana.ask("GET", POINTS) or []
    points = [contacts.point(contact, names) for contact in wanted]
    for point in points:
        _point(grafana, plan, point, told)
    _routes(grafana, plan, names, contacts.routes(wanted, names))
    uids = {point["uid"] for point in points}
    for there in told:
        if contacts.is_our_point(there, names) and there["uid"] not in uids:
            drop = partial(grafana.ask, "DELETE", f"{POINTS}/{there['uid']}")
            plan.change(f"contact point {there['name']}", "no longer told: taken away", drop)


def _routes(grafana: Grafana, plan: Plan, names: Names, routes: list[Thing]) -> None:
    there = grafana.ask("GET", POLICIES) or {}
    ours = [route for route in there.get("routes") or [] if contacts.is_ours(route, names)]
    if not (routes or ours):
        return
    what = f"notification policy: {len(routes)} routes"
    body = contacts.tree(there, routes, names)
    if has(ours, routes):
        plan.same(what)
    elif ours:
        plan.change(what, "other routes", lambda: grafana.ask("PUT", POLICIES, body))
    else:
        plan.make(what, lambda: grafana.ask("PUT", POLICIES, body))


def _point(grafana: Grafana, plan: Plan, wanted: Thing, told: list[Thing]) -> None:
    what = f"contact point {wanted['name']}"
    there = next((each for each in told if each["uid"] == wanted["uid"]), None)
    if there is None:
        plan.make(what, lambda: grafana.ask("POST", POINTS, wanted))
    elif has(there, wanted):
        plan.same(what)
    else:
        plan.change(what, "another address", lambda: grafana.ask("PUT", f"{POINTS}/{wanted['uid']}", wanted))
