"""Whom Grafana's alerts reach, by the addresses that a hub's own alerts go to (`backstride alerts add`). Pure.

Of the forms of Apprise those that Grafana has a contact point for; of all others the caller is told the place in the
file and the kind, never the address: it holds what only its owner may know.
"""

from collections.abc import Callable, Iterable
from urllib.parse import SplitResult, parse_qs, quote, unquote, urlsplit

from services.provisioning.contacts import Contact

Settings = dict[str, str | bool | int]


def of(addresses: Iterable[str]) -> tuple[tuple[Contact, ...], tuple[str, ...]]:
    """The contacts, and those that Grafana cannot reach, by place and kind."""
    made, left = list[Contact](), list[str]()
    for place, address in enumerate(addresses, 1):
        parts = urlsplit(address)
        kind, make = _KINDS.get(parts.scheme, ("", _none))
        settings = make(parts)
        if settings:
            made.append(Contact(name=f"{place} {parts.scheme}", type=kind, settings=settings))
        else:
            left.append(f"{place} {parts.scheme or 'of no form'}")
    return tuple(made), tuple(left)


def _none(_parts: SplitResult) -> Settings:
    return {}


def _email(parts: SplitResult) -> Settings:
    """Grafana sends by its own mail server; of the address only whom it is for counts."""
    to = [unquote(each) for each in parts.path.split("/") if "@" in unquote(each)]
    to += [each for value in parse_qs(parts.query).get("to", []) for each in value.split(",") if each]
    own = f"{unquote(parts.username)}@{parts.hostname}" if parts.username and parts.hostname else ""
    whom = to or ([own] if own else [])
    return {"addresses": ";".join(whom), "singleEmail": True} if whom else {}


def _ntfy(parts: SplitResult) -> Settings:
    """A topic of a server, or of ntfy.sh; the server itself reads Grafana's words (its template `grafana`)."""
    topic = parts.path.strip("/")
    where = _place(parts) if topic else "https://ntfy.sh"
    topic = topic or _host(parts)
    if not topic or "/" in topic or "to" in parse_qs(parts.query):
        return {}
    token = _token(parts)
    by_token: Settings = {"authorization_scheme": "Bearer", "authorization_credentials": token}
    return {"url": f"{where}/{topic}?template=grafana", **(by_token if token else _signed_in(parts))}


def _token(parts: SplitResult) -> str:
    """An access token, by the rules of Apprise: named, or a user without a password that looks like one; '' if none."""
    query = parse_qs(parts.query)
    named, user, password = query.get("token", [""])[0], unquote(parts.username or ""), parts.password or ""
    is_token = named or (user.lower().startswith("tk_") and not password)
    auth = query.get("auth", ["token" if is_token else ""])[0].strip().lower()
    return (named or unquote(password) or user) if auth == "token" else ""


def _json(parts: SplitResult) -> Settings:
    """A header of the sender's own (`+Name=`) not every Grafana can send; `-name=` is a parameter of the address."""
    said = [each for each in parts.query.split("&") if each]
    if any(each.startswith(("+", "%2B", "%2b")) for each in said):
        return {}
    query = "?" + "&".join(each.removeprefix("-") for each in said) if said else ""
    return {"url": f"{_place(parts)}{parts.path}{query}", **_signed_in(parts)} if parts.hostname else {}


def _gotify(parts: SplitResult) -> Settings:
    """Its last part is the token; the title and message of Grafana's webhook are those that Gotify reads."""
    below, _, token = parts.path.rstrip("/").rpartition("/")
    return {"url": f"{_place(parts)}{below}/message?token={quote(token)}"} if token and parts.hostname else {}


def _slack(parts: SplitResult) -> Settings:
    tokens = [_host(parts), *parts.path.strip("/").split("/")]
    if len(tokens) < 3 or not all(tokens[:3]) or tokens[0].startswith("xo"):  # that is a bot's token
        return {}
    return {"url": f"https://hooks.slack.com/services/{'/'.join(tokens[:3])}"}


def _discord(parts: SplitResult) -> Settings:
    token = parts.path.strip("/")
    if not token or "/" in token:
        return {}
    return {"url": f"https://discord.com/api/webhooks/{_host(parts)}/{token}"}


def _host(parts: SplitResult) -> str:
    """As it is written: a topic or token has capitals, which a host's name has not."""
    return parts.netloc.rpartition("@")[2].partition(":")[0]


def _place(parts: SplitResult) -> str:
    scheme = "https" if parts.scheme.endswith("s") else "http"
    return f"{scheme}://{parts.netloc.rpartition('@')[2]}"


def _signed_in(parts: SplitResult) -> Settings:
    if not parts.username:
        return {}
    return {"username": unquote(parts.username), "password": unquote(parts.password or "")}


_KINDS: dict[str, tuple[str, Callable[[SplitResult], Settings]]] = {
    "mailto": ("email", _email),
    "mailtos": ("email", _email),
    "ntfy": ("webhook", _ntfy),
    "ntfys": ("webhook", _ntfy),
    "json": ("webhook", _json),
    "jsons": ("webhook", _json),
    "gotify": ("webhook", _gotify),
    "gotifys": ("webhook", _gotify),
    "slack": ("slack", _slack),
    "discord": ("discord", _discord),
}
