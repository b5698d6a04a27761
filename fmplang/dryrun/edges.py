"""Plans by type: the edge cases, the plainest first, and Hypothesis strategies for all the others."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fmplang.check.types import (
    AUDIO,
    BOOL,
    FLOAT,
    IMAGE,
    INT,
    STR,
    VIDEO,
    DictType,
    ListType,
    LiteralType,
    OptionalType,
    RecordType,
    SetType,
    TupleType,
    Type,
)
from fmplang.dryrun.hints import Hints
from fmplang.dryrun.plans import PATCHES, PICTURES, RATE, Frames, Patch, Picture, Plan, Sound, simplest
from fmplang.errors import ConfigError

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

MOST = 48  # edge cases of one type
LARGEST = 2_000  # pixels of a side
_TEXTS = ("1", "0", "-1", "2.5", "yes", "no", "a", "a b", " ", "²", "é", "a, b", "a\nb", "12:30", "{", "0x1f",
          "x" * 300)
_LETTERS = "0123456789 .,:$-\nab"
_INTS = (1, -1, 2, 3, 10, 100, -1000, 2**31, -(2**63), 10**18)
_FLOATS = (1.0, -1.0, 0.5, 100.0, -0.25, 1e-9, 1e9, 1e308, -1e308)


class Edges:
    """Edge cases and strategies by type, for one program. `many` is a length that meets the limit of neural calls."""

    def __init__(self, hints: Hints, many: int) -> None:
        self.hints = hints
        self.many = min(many, 400)
        self._edges: dict[tuple[Type, bool], tuple[Plan, ...]] = {}
        self._strategies: dict[tuple[Type, bool], Any] = {}

    def of(self, t: Type, answer: bool = True) -> tuple[Plan, ...]:
        """Distinct plans; the first is the plainest. Pictures of an `answer` are parts of what was asked about."""
        key = t, answer
        if key not in self._edges:
            made: list[Plan] = []
            for plan in [self._plain(t, answer), *self._find(t, answer)]:
                if not any(type(plan) is type(other) and plan == other for other in made):
                    made.append(plan)
            self._edges[key] = tuple(made[:MOST])
        return self._edges[key]

    def _plain(self, t: Type, answer: bool) -> Plan:
        plan = simplest(t)
        return plan if answer else _whole(t, plan)

    def _find(self, t: Type, answer: bool) -> list[Plan]:
        if isinstance(t, OptionalType):
            return list(self.of(t.inner, answer))
        if isinstance(t, LiteralType):
            return list(t.values)
        if isinstance(t, (ListType, SetType)):
            return self._lists(self.of(t.item, answer))
        if isinstance(t, DictType):
            return self._dicts(self.of(t.key, answer), self.of(t.value, answer))
        if isinstance(t, TupleType):
            return self._rows([self.of(of, answer) for of in t.items])
        if isinstance(t, RecordType):
            return self._rows([self.of(of, answer) for _, of in t.fields])
        if t == IMAGE:
            return list(PATCHES) if answer else self._pictures()
        plain: dict[Type, list[Plan]] = {
            BOOL: [False, True], INT: self._ints(), FLOAT: self._floats(), STR: self._texts(),
            VIDEO: [Frames(3), Frames(1), Frames(self.many), Frames(12)],
            AUDIO: [Sound(RATE), Sound(1), Sound(30 * RATE)],
        }
        return plain.get(t, [])

    def _pictures(self) -> list[Plan]:
        """Of several sizes; one is larger than every number in the program, which may be a place in it."""
        large = int(max([n for n in self.hints.numbers if n <= LARGEST], default=0)) + 1
        return [PICTURES[0], Picture(large, large), *PICTURES[1:]] if large > PICTURES[0].width else list(PICTURES)

    def _ints(self) -> list[Plan]:
        near = [int(n) for n in self.hints.numbers if abs(n) < 2.0**63 and n == int(n)]
        return [0, 1, -1, *near, *_INTS]

    def _floats(self) -> list[Plan]:
        return [0.0, *_FLOATS[:2], *map(float, self.hints.numbers), *_FLOATS[2:]]

    def _texts(self) -> list[Plan]:
        said = self.hints.texts
        made: list[Plan] = ["", *said[:12]]
        for text in said[:4]:
            made += [f"{text} 1", f"{text} a", f"{text} ²"]
        return [*made, *_TEXTS]

    def _lists(self, items: tuple[Plan, ...]) -> list[Plan]:
        if not items:
            return [()]
        cycle = [items[i % len(items)] for i in range(self.many)]
        made: list[Plan] = [(), (items[0],), tuple(cycle[:2]), (items[-1],)]
        made += [tuple(cycle[:size]) for size in self.hints.lengths[:6]]
        made += [*((item,) for item in items[1:4]), tuple(cycle[:3]), (items[0],) * 2]
        made += [tuple(cycle[:size]) for size in self.hints.lengths[6:]]
        made += [(items[-1], items[0]), (items[0],) * self.many, *((item,) for item in items[4:16])]
        return made

    def _dicts(self, keys: tuple[Plan, ...], values: tuple[Plan, ...]) -> list[Plan]:
        if not keys or not values:
            return [()]
        made: list[Plan] = [(), ((keys[0], values[0]),)]
        made += [((key, values[i % len(values)]),) for i, key in enumerate(keys[1:8])]
        made.append(tuple([(key, values[i % len(values)]) for i, key in enumerate(keys[:6])]))
        return made

    def _rows(self, columns: list[tuple[Plan, ...]]) -> list[Plan]:
        plain = tuple([column[0] for column in columns])
        made: list[Plan] = [plain]
        for depth in range(1, 12):
            for index, column in enumerate(columns):
                if depth < len(column):
                    made.append((*plain[:index], column[depth], *plain[index + 1 :]))
        for depth in (1, 2, 3):
            made.insert(depth, tuple([column[min(depth, len(column) - 1)] for column in columns]))
        return made

    # ------------------------------------------------------------ strategies

    def strategy(self, t: Type, answer: bool = True) -> SearchStrategy[Plan]:
        """Any plan of a type, the edge cases among them."""
        key = t, answer
        if key not in self._strategies:
            from hypothesis import strategies as st

            edges = self.of(t, answer)
            self._strategies[key] = st.one_of(st.sampled_from(edges), self._any(t, answer)) if edges else st.none()
        made: SearchStrategy[Plan] = self._strategies[key]
        return made

    def _any(self, t: Type, answer: bool) -> SearchStrategy[Plan]:
        from hypothesis import strategies as st

        if isinstance(t, OptionalType):
            return st.none() | self.strategy(t.inner, answer)
        if isinstance(t, LiteralType):
            return st.sampled_from(t.values)
        if isinstance(t, (ListType, SetType)):
            return st.lists(self.strategy(t.item, answer), max_size=8).map(tuple)
        if isinstance(t, DictType):
            pair = st.tuples(self.strategy(t.key, answer), self.strategy(t.value, answer))
            return st.lists(pair, max_size=5).map(tuple)
        if isinstance(t, TupleType):
            return st.tuples(*[self.strategy(of, answer) for of in t.items])
        if isinstance(t, RecordType):
            return st.tuples(*[self.strategy(of, answer) for _, of in t.fields])
        if t == IMAGE:
            eighth = st.integers(0, 8)
            if answer:
                return st.builds(Patch, eighth, eighth, eighth, eighth)
            return st.builds(Picture, st.integers(1, 64), st.integers(1, 64))
        texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
        if self.hints.texts:
            pieces = st.sampled_from(self.hints.texts) | st.text(st.sampled_from(_LETTERS), max_size=6)
            texts = texts | st.lists(pieces, max_size=3).map("".join)
        plain: dict[Type, SearchStrategy[Plan]] = {
            BOOL: st.booleans(), INT: st.integers(-20, 20) | st.integers(-(2**64), 2**64),
            FLOAT: st.floats(allow_nan=False, allow_infinity=False), STR: texts,
            VIDEO: st.integers(1, 12).map(Frames), AUDIO: st.integers(1, 4 * RATE).map(Sound),
        }
        return plain.get(t, st.none())


def _whole(t: Type, plan: Plan) -> Plan:
    """An input's plainest plan: there is no picture yet that it could be a part of."""
    if t == IMAGE:
        return PICTURES[0]
    if isinstance(t, TupleType):
        return tuple([_whole(of, part) for of, part in zip(t.items, plan, strict=True)])
    if isinstance(t, RecordType):
        return tuple([_whole(of, part) for (_, of), part in zip(t.fields, plan, strict=True)])
    return plan


def need_hypothesis() -> None:
    """ConfigError (FMP880) where the package that generates values is not there."""
    try:
        import hypothesis  # noqa: F401
    except ImportError:
        raise ConfigError("a dry run needs the package hypothesis, which is not installed", code="FMP880",
                          hint="pip install 'fmplang[dryrun]'") from None
