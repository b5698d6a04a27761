"""What a run may ask and cost, from the text alone: for `fmplang cost` and `fmplang check --budget`.

The typed tree is walked once for each path of calls (there is no recursion). The walk keeps, for each point, how often
each site was asked on the way there and what is known of the locals: ranges of ints, lengths of collections. A loop
takes its body as often as what it walks through is long; a list that a backend gives, or an input, is as long as the
limit `items` allows, and all calls together are at most `neural_calls`.

    amounts      how often and for how much; sums and alternatives
    facts        what is known of values; values, builtins: what operators and builtins give
    private      which objects a program changes, and by what names
    narrowing    what a test says of the locals in it
    streams      what runs over elements
    expressions, iteration, statements, loops    the walk
    report       the bounds, and the diagnostic of a budget that does not hold
"""

from fmplang.check.bounds.amounts import FREE, Price
from fmplang.check.bounds.frame import Turn
from fmplang.check.bounds.report import USUAL, Bounds, PathBounds, Range, SiteBounds, bounds, over_budget

__all__ = ["FREE", "USUAL", "Bounds", "PathBounds", "Price", "Range", "SiteBounds", "Turn", "bounds", "over_budget"]
