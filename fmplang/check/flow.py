"""States of the locals where paths meet."""

from __future__ import annotations

from fmplang.check.holes import Clash, Maybe
from fmplang.check.relations import join
from fmplang.check.types import ERROR, Type

Env = dict[str, Type]


def meet(a: Env, b: Env) -> Env:
    """What is known where two paths come together. May fill holes that stand for one list."""
    if a is b:
        return a
    made: Env = {}
    for name, t in a.items():
        u = b.get(name)
        if u is t:
            made[name] = t
        elif u is None:
            if "." not in name:
                made[name] = t if t.__class__ is Maybe else Maybe(t)
        else:
            made[name] = _both(t, u)
    if len(b) != len(a) or len(made) != len(b):
        for name, u in b.items():
            if name not in a and "." not in name:
                made[name] = u if u.__class__ is Maybe else Maybe(u)
    return made


def _both(a: Type, b: Type) -> Type:
    if a.__class__ is Clash or b.__class__ is Clash:
        return a if a.__class__ is Clash else b
    if a is ERROR or b is ERROR:
        return Maybe(ERROR) if a.__class__ is Maybe or b.__class__ is Maybe else ERROR
    return join(a, b)


def meet_all(envs: list[Env]) -> Env:
    made = envs[0]
    for env in envs[1:]:
        made = meet(made, env)
    return made


def grown(head: Env, end: Env) -> list[str]:
    """The names that a turn of a loop left with another type than it began with.

    A name that only the loop assigns is not among them: whoever reads it before is told so anyway.
    """
    found = []
    for name, t in head.items():
        u = end.get(name)
        if u is not t and u != t:
            found.append(name)
    return found
