"""`python -m fmplang` is the `fmplang` command."""

from fmplang.cli import main

if __name__ == "__main__":
    main()
