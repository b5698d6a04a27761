"""Every builtin against CPython on generated arguments; no result is larger than what was charged for it."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fmplang.check import builtins as declared
from fmplang.errors import LimitError
from fmplang.limits import Limits, Meter
from fmplang.runtime import builtins as table
from fmplang.runtime.values import OrderedSet, RecordShape, RecordValue


def fresh(limits=None):
    return Meter(limits or Limits())


def outcome(work):
    """What it gives, or the name of what it raises. repr tells 1 from 1.0 and -0.0 from 0.0."""
    try:
        made = work()
        if hasattr(made, "__next__"):
            made = tuple(made)  # whoever consumes a lazy one is charged
    except Exception as error:
        return type(error).__name__, None
    return repr(made), made


def agree(ours, theirs, meter, *args, makes=True):
    """The same result, of no more bytes than the meter was told of (unless it was there before)."""
    a, made = outcome(ours)
    b, expected = outcome(theirs)
    if isinstance(expected, set):
        assert set(made) == expected
    else:
        assert a == b
    if makes and not any(made is arg for arg in args):
        assert meter.bytes >= REAL_SIZE.get(type(made), lambda value: 0)(made)


REAL_SIZE = {
    str: len, list: lambda xs: 8 * len(xs), OrderedSet: lambda xs: 100 * len(xs), dict: lambda xs: 100 * len(xs),
}


def test_declared_and_built_have_the_same_names():
    assert table.FUNCTIONS.keys() == declared.FUNCTIONS.keys() | declared.MATH.keys()
    assert table.MATH_CONSTANTS.keys() == declared.MATH_CONSTANTS.keys()
    assert table.PLAIN.keys() <= table.FUNCTIONS.keys()
    for declared_kinds, built_kinds in ((declared.METHODS, table.METHODS), (declared.ATTRIBUTES, table.ATTRIBUTES)):
        assert built_kinds.keys() == declared_kinds.keys()
        for kind, names in declared_kinds.items():
            assert built_kinds[kind].keys() == names.keys()


# ------------------------------------------------------------------ functions

numbers = st.one_of(st.integers(-50, 50), st.integers(-(2**200), 2**200), st.floats(), st.booleans())
small = st.integers(-6, 6)
texts = st.text("abAB 01.,-_\t\n\rßİﬁΐ\u2028é😀", max_size=14)
flat = st.one_of(small, st.floats(allow_nan=False), st.booleans(), texts, st.none())
lists = st.one_of(st.lists(numbers, max_size=8), st.lists(texts, max_size=8), st.lists(small, max_size=8))
iterables = st.one_of(
    lists, texts, lists.map(tuple), st.dictionaries(small, texts, max_size=5), st.builds(range, small, small)
)
ANY = st.one_of(flat, lists)

FUNCTION_ARGS = {
    "abs": st.tuples(numbers),
    "all": st.tuples(iterables),
    "any": st.tuples(iterables),
    "bool": st.tuples(ANY) | st.just(()),
    "dict": st.one_of(st.just(()), st.tuples(st.dictionaries(small, flat)), st.tuples(st.lists(st.tuples(small, flat))),
                      st.tuples(st.lists(st.lists(small, max_size=3)))),
    "enumerate": st.tuples(iterables) | st.tuples(iterables, small),
    "filter": st.tuples(st.just(None) | st.just(str), iterables),
    "float": st.one_of(st.just(()), st.tuples(numbers), st.tuples(st.text("0123456789.-+einfa _", max_size=8))),
    "int": st.one_of(
        st.just(()), st.tuples(numbers), st.tuples(st.text("0123456789-+_ xb", max_size=8)),
        st.tuples(st.text("01abz_", max_size=6), st.integers(0, 36)), st.tuples(numbers, small),
    ),
    "len": st.tuples(iterables),
    "list": st.tuples(iterables) | st.just(()),
    "map": st.tuples(st.just(str), iterables) | st.tuples(st.just(lambda a, b: (a, b)), iterables, iterables),
    "max": st.tuples(iterables) | st.tuples(numbers, numbers, numbers) | st.tuples(small),
    "min": st.tuples(iterables) | st.tuples(numbers, numbers, numbers) | st.tuples(small),
    "next": st.tuples(lists.map(tuple).map(lambda xs: xs), small),
    "range": st.tuples(small) | st.tuples(small, small) | st.tuples(small, small, small),
    "reversed": st.tuples(iterables),
    "round": st.tuples(numbers) | st.tuples(numbers, st.integers(-80, 400) | small),
    "set": st.tuples(iterables) | st.just(()),
    "sorted": st.tuples(iterables),
    "str": st.tuples(ANY) | st.just(()),
    "sum": st.one_of(
        st.tuples(iterables), st.tuples(lists, numbers), st.tuples(st.lists(st.lists(small)), st.lists(small)),
    ),
    "tuple": st.tuples(iterables) | st.just(()),
    "zip": st.tuples(iterables) | st.tuples(iterables, iterables),
    "math.atan2": st.tuples(numbers, numbers),
    "math.dist": st.tuples(st.lists(numbers, max_size=3), st.lists(numbers, max_size=3)),
    "math.gcd": st.lists(st.integers(-(2**90), 2**90), max_size=4).map(tuple),
    "math.hypot": st.lists(numbers, max_size=4).map(tuple),
    "math.isclose": st.tuples(numbers, numbers),
    "math.log": st.tuples(numbers) | st.tuples(numbers, numbers),
    "math.pow": st.tuples(numbers, numbers),
}


def python(name):
    if name.startswith("math."):
        return getattr(math, name[5:])
    if name == "next":
        return lambda xs, default: next(iter(xs), default)
    import builtins

    return getattr(builtins, name)


COMPARED = sorted(table.FUNCTIONS.keys() - {"print", "distance"})


@pytest.mark.parametrize("name", COMPARED)
@given(st.data())
def test_a_function_is_pythons(name, data):
    args = data.draw(FUNCTION_ARGS.get(name, st.tuples(numbers)))
    meter = fresh(Limits(integer_bits=2000))
    given_args = (iter(args[0]), args[1]) if name == "next" else args
    makes = name not in ("min", "max", "next")
    agree(lambda: table.FUNCTIONS[name](meter, *given_args), lambda: python(name)(*args), meter, *args, makes=makes)


@pytest.mark.parametrize("name", ["all", "any", "list", "tuple", "set", "sum", "min", "max", "sorted", "dict"])
@given(st.lists(small, max_size=6))
def test_an_iterator_is_taken_as_python_takes_it(name, xs):
    def each():
        return ((x, x) for x in xs) if name == "dict" else (x for x in xs)

    meter = fresh()
    agree(lambda: table.FUNCTIONS[name](meter, each()), lambda: python(name)(each()), meter)


@given(st.lists(small, max_size=8), st.booleans(), st.sampled_from([None, abs, lambda x: -x, lambda x: (x % 2, "a")]))
def test_key_reverse_and_default(xs, reverse, key):
    sort, low, high = (table.FUNCTIONS[name] for name in ("sorted", "min", "max"))
    assert sort(fresh(), xs, key=key, reverse=reverse) == sorted(xs, key=key, reverse=reverse)
    assert low(fresh(), xs, key=key, default=None) == min(xs, key=key, default=None)
    assert high(fresh(), xs, key=key, default=7) == max(xs, key=key, default=7)
    assert high(fresh(), 1, 2, *xs, key=key) == max(1, 2, *xs, key=key)


@given(st.lists(small), st.lists(small))
def test_zip_strict(xs, ys):
    agree(lambda: table.FUNCTIONS["zip"](fresh(), xs, ys, strict=True), lambda: zip(xs, ys, strict=True), fresh())


def test_any_stops_at_the_first_true_element():
    seen = []

    def each():
        for x in (0, 1, 2):
            seen.append(x)
            yield x

    assert table.FUNCTIONS["any"](fresh(), each()) is True
    assert seen == [0, 1]


def test_print_gives_the_note_and_charges_it():
    meter = fresh()
    note = table.FUNCTIONS["print"]
    assert note(meter, 1, "a", [2.5, "b"]) == "1 a [2.5, 'b']"
    assert note(meter, "x", "y", sep="-", end="!") == "x-y!"
    assert note(meter) == ""
    assert meter.bytes >= len("1 a [2.5, 'b']x-y!")


def test_distance_of_numbers():
    assert table.FUNCTIONS["distance"](fresh(), 3, 5.5) == 2.5


# -------------------------------------------------------------------- methods

where = st.one_of(st.just(()), st.tuples(small), st.tuples(small, small), st.tuples(st.none(), small))
STR_ARGS = {
    **dict.fromkeys(("count", "find", "index", "rfind", "rindex"), st.builds(lambda s, w: (s, *w), texts, where)),
    **dict.fromkeys(
        ("startswith", "endswith"),
        st.builds(lambda s, w: (s, *w), texts | st.tuples(texts, texts), where),
    ),
    **dict.fromkeys(
        ("center", "ljust", "rjust"), st.tuples(st.integers(-2, 30)) | st.tuples(small, st.sampled_from("ab"))),
    **dict.fromkeys(("lstrip", "rstrip", "strip"), st.just(()) | st.tuples(texts) | st.just((None,))),
    **dict.fromkeys(("removeprefix", "removesuffix", "partition", "rpartition"), st.tuples(texts)),
    **dict.fromkeys(("split", "rsplit"), st.one_of(
        st.just(()), st.tuples(texts), st.tuples(st.none()), st.tuples(st.none() | texts, small))),
    "join": st.tuples(st.lists(texts)) | st.tuples(lists),
    "replace": st.tuples(texts, texts) | st.tuples(texts, texts, small),
    "splitlines": st.just(()) | st.tuples(st.booleans()),
    "zfill": st.tuples(st.integers(-2, 30)),
    "format": st.lists(flat, max_size=2).map(tuple),
}


@pytest.mark.parametrize("name", sorted(table.METHODS["str"]))
@given(st.data(), texts)
def test_a_method_of_str_is_pythons(name, data, text):
    args = data.draw(STR_ARGS.get(name, st.just(())))
    if args and type(args[0]) is str and data.draw(st.booleans()):
        text = data.draw(st.permutations([text, args[0], args[0]]).map("".join))
    meter = fresh()
    agree(lambda: table.METHODS["str"][name](meter, text, *args), lambda: getattr(text, name)(*args), meter)


LIST_ARGS = {
    "append": st.tuples(small), "count": st.tuples(small), "remove": st.tuples(small), "extend": st.tuples(iterables),
    "index": st.builds(lambda x, w: (x, *w), small, st.just(()) | st.tuples(small) | st.tuples(small, small)),
    "insert": st.tuples(small, small), "pop": st.just(()) | st.tuples(small),
}
DICT_ARGS = {
    "get": st.tuples(small) | st.tuples(small, small), "pop": st.tuples(small) | st.tuples(small, small),
    "setdefault": st.tuples(small, small),
    "update": st.tuples(st.dictionaries(small, small)) | st.tuples(st.lists(st.tuples(small, small))),
}
others = st.lists(st.lists(small, max_size=5), max_size=3).map(tuple)
SET_ARGS = {
    **dict.fromkeys(("add", "discard", "remove"), st.tuples(small)),
    **dict.fromkeys(
        ("difference", "difference_update", "intersection", "intersection_update", "union", "update"), others),
    **dict.fromkeys(
        ("isdisjoint", "issubset", "issuperset", "symmetric_difference", "symmetric_difference_update"),
        st.tuples(st.lists(small, max_size=5))),
}


@pytest.mark.parametrize("name", sorted(table.METHODS["list"]))
@given(st.data(), st.lists(small, max_size=6))
def test_a_method_of_list_is_pythons(name, data, xs):
    args = data.draw(LIST_ARGS.get(name, st.just(())))
    meter = fresh()
    mine, theirs = list(xs), list(xs)
    agree(lambda: table.METHODS["list"][name](meter, mine, *args), lambda: getattr(theirs, name)(*args), meter)
    assert mine == theirs
    assert meter.bytes >= 8 * (len(mine) - len(xs))


@pytest.mark.parametrize("name", sorted(table.METHODS["tuple"]))
@given(st.data(), st.lists(small, max_size=6).map(tuple))
def test_a_method_of_tuple_is_pythons(name, data, xs):
    args = data.draw(LIST_ARGS[name])
    meter = fresh()
    agree(lambda: table.METHODS["tuple"][name](meter, xs, *args), lambda: getattr(xs, name)(*args), meter)


@pytest.mark.parametrize("name", sorted(table.METHODS["dict"]))
@given(st.data(), st.dictionaries(small, small, max_size=6))
def test_a_method_of_dict_is_pythons(name, data, xs):
    args = data.draw(DICT_ARGS.get(name, st.just(())))
    meter = fresh()
    mine, theirs = dict(xs), dict(xs)
    agree(lambda: table.METHODS["dict"][name](meter, mine, *args), lambda: getattr(theirs, name)(*args), meter)
    assert list(mine.items()) == list(theirs.items())
    assert meter.bytes >= 100 * (len(mine) - len(xs))


@pytest.mark.parametrize("name", sorted(table.METHODS["set"].keys() - {"pop"}))
@given(st.data(), st.lists(small, max_size=6))
def test_a_method_of_set_is_pythons(name, data, xs):
    args = data.draw(SET_ARGS.get(name, st.just(())))
    meter = fresh()
    mine, theirs = OrderedSet(xs), set(xs)
    agree(lambda: table.METHODS["set"][name](meter, mine, *args), lambda: getattr(theirs, name)(*args), meter)
    assert mine == theirs
    assert meter.bytes >= 100 * (len(mine) - len(set(xs)))


def test_pop_takes_the_last_element_of_a_set():
    s = OrderedSet([3, 1, 2])
    assert table.METHODS["set"]["pop"](fresh(), s) == 2
    assert list(s) == [3, 1]


@given(st.lists(small, max_size=8), st.booleans())
def test_sort_in_place(xs, reverse):
    mine = list(xs)
    table.METHODS["list"]["sort"](fresh(), mine, key=lambda x: x % 3, reverse=reverse)
    assert mine == sorted(xs, key=lambda x: x % 3, reverse=reverse)


# --------------------------------------------------------------------- limits


def deep_tuple(depth):
    value = (1,)
    for _ in range(depth):
        value = (value, value)
    return value


def keys(first, last):
    return dict.fromkeys(range(first, last))


HUGE = 10**9
BOX = RecordValue(RecordShape("Box", "", ("a",)), (deep_tuple(60),))
TOO_MUCH = [
    ("FMP610", lambda m: table.FUNCTIONS["list"](m, range(HUGE))),
    ("FMP610", lambda m: table.FUNCTIONS["list"](m, range(10**30))),
    ("FMP610", lambda m: table.FUNCTIONS["list"](m, zip(range(HUGE), range(HUGE), strict=True))),
    ("FMP610", lambda m: table.FUNCTIONS["tuple"](m, map(abs, range(HUGE)))),
    ("FMP610", lambda m: table.FUNCTIONS["set"](m, range(HUGE))),
    ("FMP610", lambda m: table.FUNCTIONS["sorted"](m, range(HUGE))),
    ("FMP610", lambda m: table.FUNCTIONS["dict"](m, zip(range(HUGE), range(HUGE), strict=True))),
    ("FMP604", lambda m: table.FUNCTIONS["sum"](m, range(HUGE))),
    ("FMP604", lambda m: table.FUNCTIONS["sum"](m, iter(range(HUGE)))),
    ("FMP604", lambda m: table.FUNCTIONS["max"](m, range(HUGE))),
    ("FMP610", lambda m: table.FUNCTIONS["min"](m, iter(range(HUGE)))),
    ("FMP604", lambda m: table.FUNCTIONS["any"](m, (0 for _ in range(HUGE)))),
    ("FMP604", lambda m: table.FUNCTIONS["all"](m, range(1, HUGE))),
    ("FMP611", lambda m: table.FUNCTIONS["int"](m, "1" * 300, 2)),
    ("FMP611", lambda m: table.FUNCTIONS["int"](m, "9" * 4000)),
    ("FMP611", lambda m: table.FUNCTIONS["int"](m, 1e300)),
    ("FMP611", lambda m: table.FUNCTIONS["round"](m, 1e300)),
    ("FMP611", lambda m: table.FUNCTIONS["math.floor"](m, 1e300)),
    ("FMP611", lambda m: table.FUNCTIONS["sum"](m, [2**255, 2**255])),
    ("FMP610", lambda m: table.FUNCTIONS["sum"](m, [[1] * 60_000, [1] * 60_000], [])),
    ("FMP609", lambda m: table.FUNCTIONS["str"](m, [["x" * 1000] * 1000] * 2)),
    ("FMP609", lambda m: table.FUNCTIONS["print"](m, *["x" * 600_000] * 2)),
    ("FMP609", lambda m: table.METHODS["str"]["join"](m, "", ["x" * 600_000] * 2)),
    ("FMP609", lambda m: table.METHODS["str"]["join"](m, "x" * 600_000, ["", "", ""])),
    ("FMP609", lambda m: table.METHODS["str"]["replace"](m, "x" * 2000, "x", "y" * 1000)),
    ("FMP609", lambda m: table.METHODS["str"]["replace"](m, "x" * 2000, "", "y" * 1000)),
    ("FMP609", lambda m: table.METHODS["str"]["ljust"](m, "x", HUGE)),
    ("FMP609", lambda m: table.METHODS["str"]["zfill"](m, "x", 10**30)),
    ("FMP609", lambda m: table.METHODS["str"]["center"](m, "x", HUGE, "y")),
    ("FMP609", lambda m: table.METHODS["str"]["format"](m, "{:>{}}", "x", HUGE)),
    ("FMP610", lambda m: table.METHODS["str"]["split"](m, "a " * 100_001)),
    ("FMP610", lambda m: table.METHODS["str"]["rsplit"](m, "a," * 100_001, ",")),
    ("FMP610", lambda m: table.METHODS["str"]["splitlines"](m, "\n" * 100_001)),
    ("FMP604", lambda m: table.METHODS["str"]["rfind"](m, "a" * 1_000_000, "b" + "a" * 500_000)),
    ("FMP604", lambda m: table.METHODS["str"]["strip"](m, "a" * 1_000_000, "b" * 500_000 + "a")),
    ("FMP610", lambda m: table.METHODS["list"]["append"](m, [0] * 100_000, 1)),
    ("FMP610", lambda m: table.METHODS["list"]["insert"](m, [0] * 100_000, 0, 1)),
    ("FMP610", lambda m: table.METHODS["list"]["extend"](m, [0] * 60_000, [0] * 60_000)),
    ("FMP610", lambda m: table.METHODS["list"]["extend"](m, [], iter(range(HUGE)))),
    ("FMP604", lambda m: table.METHODS["list"]["count"](m, [deep_tuple(60)], deep_tuple(60))),
    ("FMP604", lambda m: table.METHODS["list"]["sort"](m, [deep_tuple(60), deep_tuple(60)])),
    ("FMP604", lambda m: table.METHODS["list"]["sort"](m, [1, 2], key=lambda x: deep_tuple(60))),
    ("FMP604", lambda m: table.FUNCTIONS["max"](m, [1, 2], key=lambda x: deep_tuple(60))),
    ("FMP604", lambda m: table.FUNCTIONS["set"](m, [deep_tuple(60)])),
    ("FMP604", lambda m: table.METHODS["dict"]["get"](m, {}, deep_tuple(60))),
    ("FMP604", lambda m: table.METHODS["set"]["add"](m, OrderedSet(), BOX)),
    ("FMP609", lambda m: table.FUNCTIONS["str"](m, deep_tuple(60))),
    ("FMP610", lambda m: table.METHODS["dict"]["setdefault"](m, dict.fromkeys(range(100_000)), -1, 0)),
    ("FMP610", lambda m: table.METHODS["dict"]["update"](m, keys(0, 60_000), keys(-60_000, 0))),
    ("FMP610", lambda m: table.METHODS["set"]["add"](m, OrderedSet(range(100_000)), -1)),
    ("FMP610", lambda m: table.METHODS["set"]["union"](m, OrderedSet(range(60_000)), range(-60_000, 0))),
    ("FMP610", lambda m: table.METHODS["set"]["symmetric_difference"](m, OrderedSet(range(60_000)), range(-60_000, 0))),
]


@pytest.mark.parametrize("index", range(len(TOO_MUCH)))
def test_too_much_is_refused_before_it_is_done(index):
    code, work = TOO_MUCH[index]
    with pytest.raises(LimitError) as caught:
        work(Meter(Limits()))
    assert caught.value.code == code


ALLOWED = [
    lambda m: table.METHODS["list"]["append"](m, [0] * 99_999, 1),
    lambda m: table.METHODS["list"]["extend"](m, [0] * 50_000, [0] * 50_000),
    lambda m: table.METHODS["str"]["split"](m, "a " * 100_000),
    lambda m: table.METHODS["str"]["splitlines"](m, "\n" * 100_000),
    lambda m: table.METHODS["str"]["splitlines"](m, "\r\n" * 99_999 + "x"),
    lambda m: table.METHODS["str"]["ljust"](m, "x", 1024 * 1024),
    lambda m: table.METHODS["set"]["union"](m, OrderedSet(range(60_000)), range(60_000)),
    lambda m: table.METHODS["set"]["union"](m, OrderedSet(range(50_000)), range(50_000, 100_000)),
    lambda m: table.METHODS["dict"]["update"](m, keys(0, 60_000), keys(0, 60_000)),
    lambda m: table.FUNCTIONS["int"](m, "1" * 256, 2),
    lambda m: table.FUNCTIONS["sum"](m, [2**254, 2**254]),
    lambda m: table.FUNCTIONS["list"](m, range(100_000)),
    lambda m: table.FUNCTIONS["set"](m, "ab" * 500_000),
]


@pytest.mark.parametrize("index", range(len(ALLOWED)))
def test_what_just_fits_is_done(index):
    ALLOWED[index](Meter(Limits()))


@pytest.mark.parametrize("number", [7, -7, 2**200, True])
def test_rounding_far_left_of_the_point_costs_nothing(number):
    assert table.FUNCTIONS["round"](Meter(Limits()), number, -(10**12)) == 0


def test_too_many_digits_are_pythons_value_error():
    with pytest.raises(ValueError, match="4300"):
        table.FUNCTIONS["int"](Meter(Limits()), "9" * 5000)


def test_keys_with_one_hash_do_not_escape_the_clock():
    meter = Meter(Limits(own_seconds=0.2))
    meter.resume()
    colliding = [i * (2**61 - 1) for i in range(60_000)]
    with pytest.raises(LimitError) as caught:
        table.FUNCTIONS["set"](meter, colliding)
    assert caught.value.code == "FMP606"


def test_a_key_that_changes_its_list_is_pythons_value_error():
    for sort in (lambda xs, key: table.METHODS["list"]["sort"](fresh(), xs, key=key), lambda xs, key: xs.sort(key=key)):
        xs = [2, 1]
        with pytest.raises(ValueError, match="modified"):
            sort(xs, lambda x, xs=xs: xs.append(x) or x)
        assert xs == [1, 2]


def test_a_key_that_fails_leaves_the_list_as_it_was():
    xs = [2, 0, 1]
    with pytest.raises(ZeroDivisionError):
        table.METHODS["list"]["sort"](fresh(), xs, key=lambda x: 1 // x)
    assert xs == [2, 0, 1]
