"""What is retained is whole: a tool that keeps the last value of each field keeps no stale one."""

from typing import get_args

import msgspec
import pytest

from device_adapters.contract.channel import Channel
from device_adapters.contract.registry import CHANNELS

STATES = [channel for channel in CHANNELS if channel.retain]


def structs_in(
    annotation: object, above: frozenset[type[msgspec.Struct]] = frozenset()
) -> set[type[msgspec.Struct]]:
    """The structs that a value of this type may hold."""
    if isinstance(annotation, type) and issubclass(annotation, msgspec.Struct):
        fields = () if annotation in above else msgspec.structs.fields(annotation)
        return {annotation}.union(*(structs_in(field.type, above | {annotation}) for field in fields))
    return set().union(*(structs_in(part, above) for part in get_args(annotation)))


@pytest.mark.parametrize("state", STATES, ids=lambda state: state.path)
def test_each_field_of_a_state_is_written_whatever_its_value(state: Channel[msgspec.Struct]) -> None:
    left_out = {kind.__name__ for kind in structs_in(state.message) if kind.__struct_config__.omit_defaults}
    assert left_out == set()
