"""Format specs, f-strings and str.format against CPython; lengths are charged before the text is made."""

from __future__ import annotations

import math

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from fmplang.errors import LimitError
from fmplang.limits import Limits, Meter
from fmplang.runtime.formatting import format_template, format_value, repr_of, text_of
from fmplang.runtime.values import OrderedSet, RecordShape, RecordValue


class Counting(Meter):
    """A meter that also remembers the longest text it was told of."""

    __slots__ = ("longest",)

    def __init__(self, limits: Limits | None = None) -> None:
        super().__init__(limits or Limits())
        self.longest = 0

    def text(self, length: int) -> None:
        self.longest = max(self.longest, length)
        super().text(length)


def outcome(work):
    try:
        return work()
    except Exception as error:
        return type(error).__name__


scalars = st.one_of(
    st.integers(-(2**255), 2**255), st.integers(-1000, 1000), st.floats(), st.text(max_size=12), st.booleans()
)
specs = st.one_of(
    st.from_regex(r"\A(.?[<>=^])?[-+ ]?z?#?0?[0-9]{0,2}[,_]?(\.[0-9]{0,2})?[bcdeEfFgGnosxX%]?\Z"),
    st.text("<>=^+- z#0123456789,_.bcdeEfFgGnosxX%{}!", max_size=8),
)


@given(scalars, specs)
@example(1e308, ",.3f")
@example(-(2**255), "_b")
@example(float("nan"), "010.2f")
@example(12345, "n")
@example("abc", "\u0663")
@example("abc", "n")
@example(True, "5")
@example(3, "c")
@example(0.0001234, ".20g")
def test_a_spec_formats_as_in_python_and_its_length_was_charged(value, spec):
    meter = Counting()
    ours = outcome(lambda: format_value(meter, value, spec))
    assert ours == outcome(lambda: format(value, spec))
    if type(value) is not str or spec:
        assert meter.longest >= len(ours) or ours.endswith("Error")


@given(st.recursive(scalars | st.none(), lambda inner: st.lists(inner, max_size=4) | st.dictionaries(
    st.text(max_size=3), inner, max_size=3) | st.tuples(inner) | st.tuples(inner, inner), max_leaves=12))
def test_str_and_repr_are_pythons_and_their_length_was_charged(value):
    meter = Counting()
    assert repr_of(meter, value) == repr(value)
    assert meter.longest == len(repr(value))
    assert text_of(Counting(), value) == str(value)
    assert format_value(Counting(), value, "", "r") == repr(value)
    assert format_value(Counting(), value, "", "a") == ascii(value)


templates = st.lists(
    st.sampled_from(
        ["{", "}", "{{", "}}", "{}", "{0}", "{1}", "{2}", "{a}", "{b}", "{c!r}", "{0!s:>5}", "{:>{}}", "{a:{b}}",
         "!", ":", "{a!x}", "{!r}", "{0:{1:{0}}}", "x", " ", "{ 0}", "{-1}", "{:{{}}}", "{a!r:}", "{a!}", "{9}"]
    ), max_size=6,
).map("".join)


@given(templates, st.lists(scalars, max_size=3), st.dictionaries(st.sampled_from("abc"), scalars))
def test_format_fills_templates_as_python_does(template, args, named):
    meter = Counting()
    ours = outcome(lambda: format_template(meter, template, args, named))
    assert ours == outcome(lambda: template.format(*args, **named))


@pytest.mark.parametrize("template", ["{0.__class__}", "{0[0]}", "{a.real}", "{0.a.b}", "{a[x]!r:>3}", "{.x}", "{[0]}"])
def test_format_never_looks_inside_a_value(template):
    with pytest.raises(ValueError, match="cannot look inside"):
        format_template(Counting(), template, [1, 2], {"a": [3]})


@pytest.mark.parametrize(
    ("value", "spec"),
    [("x", ">1000000000"), (1, "1000000000d"), (1.5, ".1000000000f"), (1.5, "1000000000"), (2.0, ".999999999e"),
     ("", "1048577"), (3, "99999999999999999999999999"), (0.1, ".1048576f")],
)
def test_a_wide_text_is_refused_before_it_is_made(value, spec):
    with pytest.raises(LimitError) as caught:
        format_value(Counting(), value, spec)
    assert caught.value.code == "FMP609"


def test_the_widest_text_allowed_is_made():
    assert len(format_value(Counting(), "", "1048576")) == 1048576


def test_a_template_that_multiplies_text_is_refused_before_it_is_made():
    with pytest.raises(LimitError) as caught:
        format_template(Counting(), "{0}" * 300_000, ["x" * 1_000_000], {})
    assert caught.value.code == "FMP609"


def test_values_without_specs_of_their_own_refuse_them():
    box = RecordValue(RecordShape("Box", "", ("a",)), (1,))
    for value in ([1], (1,), {}, None, OrderedSet([1]), box):
        with pytest.raises(TypeError, match="unsupported format string"):
            format_value(Counting(), value, ">5")
    assert format_value(Counting(), box) == "Box(a=1)"
    assert format_value(Counting(), OrderedSet([2, 1])) == "{2, 1}"
    assert math.isnan(float(format_value(Counting(), float("nan"), ".1f")))
