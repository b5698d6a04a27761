"""Published visual programs become typed FMP: those written for ViperGPT, and those of VisProg.

A program that is imported is text, never run: the project's own parser reads it, which has ceilings for size and
nesting, knows no recursion and does not raise. What comes out is text too, formatted and checked like any other.
"""

from fmplang.importing.imported import STYLES, Imported, import_program

__all__ = ["STYLES", "Imported", "import_program"]
