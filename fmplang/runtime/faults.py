"""From an exception of Python to an error of fmplang that says where the program was."""

from __future__ import annotations

from types import TracebackType
from typing import Any

from fmplang.errors import FmpError, LimitError, RunError
from fmplang.runtime.compile.context import Place
from fmplang.runtime.values import text_size, type_name

SHOWN = 200  # characters of Python's message that are kept

# The first that fits, so subclasses come before their bases.
_KINDS: tuple[tuple[type[Exception], str, str], ...] = (
    (IndexError, "FMP501", "check the length first, or loop over the elements"),
    (KeyError, "FMP502", "check with `in` first, or use `.get(key, default)`"),
    (ZeroDivisionError, "FMP503", "check that the divisor is not 0"),
    (AssertionError, "FMP505", "the program's own check failed"),
    (OverflowError, "FMP506", "the number is too large for a float, or for a position"),
    (ValueError, "FMP504", "check the value before it is used here"),
    (TypeError, "FMP507", "the value has a type that this operation does not take"),
    (RuntimeError, "FMP508", "loop over a copy: `for x in list(xs)`"),
)


def fault(error: Exception) -> FmpError:
    """The error to raise for an exception that left the program's code."""
    place = find_place(error.__traceback__)
    made = error if isinstance(error, FmpError) else _translated(error, place is not None)
    if made.span is None and place is not None:
        made.span, made.source = place.node.span, place.source
    return made


def _translated(error: Exception, placed: bool) -> FmpError:
    if isinstance(error, RecursionError):
        return LimitError("the program is nested too deeply", limit="call_depth", ceiling=0, code="FMP605",
                          hint="split deep expressions, or call functions less deeply")
    kind = type(error).__name__
    for base, code, hint in _KINDS:
        if isinstance(error, base) and placed:
            return RunError(_message(error), kind=kind, code=code, hint=hint)
    return own_failure(error)


def own_failure(error: Exception) -> RunError:
    """A mistake of fmplang, not of the program."""
    made = RunError(f"fmplang itself failed: {type(error).__name__}: {_message(error)}", kind=type(error).__name__,
                    hint="this is a mistake in fmplang; please report it with the program")
    made.__cause__ = error
    return made


def out_of_memory() -> LimitError:
    return LimitError("the machine has no more memory", limit="memory", ceiling=0, code="FMP608",
                      hint="make the program do less, or give it smaller inputs")


def _message(error: Exception) -> str:
    if isinstance(error, KeyError) and len(error.args) == 1:
        return f"there is no key {_shown(error.args[0])}"
    text = " ".join(str(argument) for argument in error.args)
    if isinstance(error, AssertionError) and not text:
        return "an assertion does not hold"
    return text[:SHOWN] or type(error).__name__


def _shown(value: Any) -> str:
    """`repr(value)` where that is short."""
    return repr(value) if text_size(value) <= SHOWN else f"(a long {type_name(value)})"


def find_place(traceback: TracebackType | None) -> Place | None:
    """The place of the innermost closure that knows its own."""
    found = None
    while traceback is not None:
        at = traceback.tb_frame.f_locals.get("at")
        if type(at) is Place:
            found = at
        traceback = traceback.tb_next
    return found
