"""The error to tell a person, of a group of errors."""

from device_adapters.errors import BackstrideError


def first(group: BaseExceptionGroup[BackstrideError]) -> BackstrideError:
    """The first of ours in it, however deep."""
    leaf: BaseException = group
    while isinstance(leaf, BaseExceptionGroup):
        leaf = leaf.exceptions[0]
    return leaf if isinstance(leaf, BackstrideError) else BackstrideError(str(leaf))
