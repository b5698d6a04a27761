"""Every path of a program before any model is paid: runs with inputs and answers that are made up by type.

    coverage   which statements ran and how tests came out
    hints      the constants that a program compares with
    plans      values before they are values: compared, made plainer, built
    edges      edge cases and Hypothesis strategies by type
    attempt    one run
    explore    the search
    shrink     the plainest run that fails the same
    report     what is told
"""

from fmplang.dryrun.explore import RUNS
from fmplang.dryrun.report import Answer, DryRun, Finding, Missed, dry_run

__all__ = ["RUNS", "Answer", "DryRun", "Finding", "Missed", "dry_run"]
