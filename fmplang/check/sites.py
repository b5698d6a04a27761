"""The call sites of a program: counted before they are listed, since paths can be many where functions are few."""

from __future__ import annotations

from collections.abc import Iterator

from fmplang.check.typed import CallKey, FunctionInfo, NeuralFunction, Site, SiteNode, TypedProgram


def counts(order: tuple[FunctionInfo, ...]) -> dict[FunctionInfo, int]:
    """The sites below each function, for functions given callees first."""
    found: dict[FunctionInfo, int] = {}
    for function in order:
        found[function] = sum(
            1 if isinstance(call.target, NeuralFunction) else found[call.target] for call in function.calls
        )
    return found


def all_sites(program: TypedProgram, limit: int | None = None) -> Iterator[Site]:
    """The sites in source order along each path, at most `limit` of them."""
    stack: list[tuple[SiteNode, int]] = [(program.root, 0)]
    left = -1 if limit is None else limit
    while stack and left:
        node, index = stack.pop()
        if index == len(node.function.calls):
            continue
        stack.append((node, index + 1))
        if isinstance(node.function.calls[index].target, NeuralFunction):
            left -= 1
            yield node.site(index)
        else:
            stack.append((node.child(index), 0))


def way_to(program: TypedProgram, site: str) -> tuple[tuple[FunctionInfo, CallKey], ...]:
    """The calls that lead to the site of this id, each with the function that it stands in, from the entry's to the
    neural call itself; () where the program has no such site.

    A key may hold a slash, so more than one way is tried.
    """
    return next(_ways(program.root, site), ())


def _ways(node: SiteNode, site: str) -> Iterator[tuple[tuple[FunctionInfo, CallKey], ...]]:
    for index, call in enumerate(node.function.calls):
        path = f"{node.path}/{call.key}"
        if isinstance(call.target, NeuralFunction):
            if path == site:
                yield ((node.function, call),)
        elif site.startswith(path + "/"):
            for rest in _ways(node.child(index), site):
                yield ((node.function, call), *rest)
