"""Does something that strangers may feed grow for ever? What it holds is counted, whatever its parts are called."""

import gc
import types

_CODE = (type, types.ModuleType, types.FunctionType, types.BuiltinFunctionType, types.CodeType)


def held(thing: object, *beside: object) -> int:
    """How many objects are reached from `thing`, itself among them, but for code and for what is reached by way of
    what stands `beside` it, such as the broker that it speaks to."""
    seen: dict[int, object] = {id(other): other for other in beside}
    todo = [thing]
    while todo:
        one = todo.pop()
        if id(one) in seen or isinstance(one, _CODE):
            continue
        seen[id(one)] = one
        todo += gc.get_referents(one)
    return len(seen) - len(beside)
