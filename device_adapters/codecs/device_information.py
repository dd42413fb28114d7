"""The strings of the Device Information service 0x180A (2A24–2A29): UTF-8, as devices really send it."""


def decode(data: bytes) -> str:
    """The text up to the first NUL, without surrounding blanks; bytes that are not UTF-8 become U+FFFD."""
    return data.split(b"\0", 1)[0].decode("utf-8", errors="replace").strip()


def encode(text: str) -> bytes:
    """UTF-8, without padding."""
    return text.encode("utf-8")
