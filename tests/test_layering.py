"""Who may import whom, what may never be called, and what must not be loaded early.

The package is read as text: an import inside a function or under TYPE_CHECKING counts for the directions, so
that no cycle hides behind a lazy import.
"""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "fmplang"

# What a part may import, as prefixes of module names below `fmplang`. Its own modules are always allowed.
BASE = ("errors", "limits", "frozen")
VALUES = ("runtime.values",)
SEEN_BY_MODELS = (*BASE, "check.types", "check.typed", *VALUES, "runtime.requests", "runtime.trace")
MAY_IMPORT: dict[str, tuple[str, ...]] = {
    "errors": (),
    "frozen": (),
    "limits": ("errors",),
    "resources": ("errors",),
    "config": BASE,
    "syntax": (*BASE, "resources"),
    "check": (*BASE, "resources", "syntax"),
    "importing": (*BASE, "syntax", "check"),
    "runtime": (*BASE, "syntax", "check"),
    "scenes": BASE,
    "backends": SEEN_BY_MODELS,
    # Of all backends only these see scenes: simulated models answer from what a picture is known to show, and those
    # that look at drawn scenes share the words, the reading of questions and the evaluation.
    "backends.profile": (*SEEN_BY_MODELS, "backends", "scenes"),
    "backends.embedded.scenes": (*SEEN_BY_MODELS, "backends", "scenes"),
    "zoo": (*BASE, "scenes", "backends.safetensors", "backends.embedded"),
    "policy": SEEN_BY_MODELS,
    "ledger": (*BASE, "check.types", *VALUES, "runtime.trace"),
    "dryrun": (*BASE, "syntax", "check", "runtime"),
    "catalogue_run": (*BASE, "syntax", "check"),
    "host": (*BASE, "resources", "syntax", "check", "runtime", "backends", "policy", "ledger", "catalogue_run",
             "config"),
    "__init__": (*BASE, "resources", "syntax", "check", "runtime", "backends", "policy", "ledger", "host",
                 "config"),
    "pages": (*BASE, "syntax", "check", "runtime", "host.credit"),
    "cli": (*BASE, "resources", "syntax", "check", "runtime", "backends", "policy", "ledger", "host", "catalogue_run",
            "config", "pages", "bench", "zoo", "scenes", "importing", "dryrun"),
    "bench": (*BASE, "resources", "syntax", "check", "runtime", "backends", "policy", "ledger", "host", "scenes"),
    "__main__": ("cli",),
}
# Type names only: the errors carry diagnostics and spans.
TYPE_NAMES_ONLY = {("errors", "syntax.diagnostics"), ("errors", "syntax.source")}

HEAVY = {"torch", "transformers", "tokenizers", "safetensors", "cv2", "skimage", "sklearn", "scipy", "pytesseract",
         "sqlalchemy", "httpcore2", "httpx2", "anyio", "hypothesis"}
FORBIDDEN_MODULES = {"pickle", "cPickle", "_pickle", "marshal", "shelve", "dill", "cloudpickle", "joblib"}
FORBIDDEN_CALLS = {"eval", "exec", "__import__"}
FORBIDDEN_ATTRIBUTES = {"torch.load", "builtins.eval", "builtins.exec", "numpy.load", "np.load", "os.system"}


def modules() -> list[Path]:
    found = sorted(PACKAGE.rglob("*.py"))
    assert len(found) > 20
    return found


def name_of(path: Path) -> str:
    """`fmplang/check/types.py` -> `check.types`; a package's own file is the package; the top one `__init__`."""
    parts = list(path.relative_to(PACKAGE).with_suffix("").parts)
    if parts[-1] == "__init__" and len(parts) > 1:
        parts.pop()
    return ".".join(parts)


@cache
def imports(tree: ast.Module, module: str, is_package: bool) -> tuple[tuple[str, int, bool], ...]:
    """(imported module, line, whether it is loaded with the module itself), absolute names."""

    def visit(node: ast.AST, eager: bool) -> Iterator[tuple[str, int, bool]]:
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.name, node.lineno, eager
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                package = ["fmplang", *module.split(".")]
                keep = len(package) - node.level + (1 if is_package else 0)
                base = ".".join([*package[:keep], *([base] if base else [])])
            for alias in node.names:
                yield f"{base}.{alias.name}", node.lineno, eager
        inside = eager and not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda))
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            for child in node.body:
                yield from visit(child, False)
            for child in node.orelse:
                yield from visit(child, inside)
            return
        for child in ast.iter_child_nodes(node):
            yield from visit(child, inside)

    return tuple(visit(tree, True))


@cache
def parsed() -> tuple[tuple[Path, str, ast.Module], ...]:
    return tuple((path, name_of(path), ast.parse(path.read_text(encoding="utf-8"), str(path))) for path in modules())


def dotted(node: ast.Attribute) -> str:
    return f"{node.value.id}.{node.attr}" if isinstance(node.value, ast.Name) else ""


def allowed(module: str, imported: str) -> bool:
    part = module.split(".")[0]
    if not imported:  # the public face itself
        return part in ("cli", "bench", "__main__")
    if imported == part or imported.startswith(part + "."):
        return True
    if any(module == m and imported.startswith(i) for m, i in TYPE_NAMES_ONLY):
        return True
    rule = next((rule for rule in MAY_IMPORT if "." in rule and (module + ".").startswith(rule + ".")), part)
    return any(imported == p or imported.startswith(p + ".") for p in MAY_IMPORT[rule])


def wrong_directions(path: Path, module: str, tree: ast.Module) -> list[str]:
    found = []
    for imported, line, _ in imports(tree, module, path.name == "__init__.py"):
        if imported == "fmplang" or imported.startswith("fmplang."):
            inner = imported.removeprefix("fmplang").lstrip(".")
            if not allowed(module, inner):
                found.append(f"{module}:{line} imports {imported}")
    return found


def test_every_part_has_a_rule() -> None:
    parts = {name_of(path).split(".")[0] for path in modules()}
    assert parts <= set(MAY_IMPORT), f"say in MAY_IMPORT what {sorted(parts - set(MAY_IMPORT))} may import"


def test_imports_follow_the_directions() -> None:
    assert [wrong for found in parsed() for wrong in wrong_directions(*found)] == []


@pytest.mark.parametrize(("module", "text"), [
    ("syntax.parser", "from fmplang.check import types"),
    ("syntax.parser", "import fmplang.check.types"),
    ("check.checker", "def f():\n    from fmplang.runtime import values"),
    ("backends.pool", "from fmplang.policy.base import Arm"),
    ("backends.embedded.lbp", "from fmplang.scenes.graph import Scene"),
    ("policy.fixed", "from fmplang.backends import base"),
    ("policy.fixed", "from ..backends import base"),
    ("runtime.trace", "from fmplang import host"),
    ("ledger.store", "from fmplang.host.runtime import Runtime"),
    ("host.runtime", "from fmplang.cli import main"),
    ("errors", "from fmplang.limits import Limits"),
    ("pages.trace", "from fmplang.host.runtime import Runtime"),
    ("host.runtime", "from fmplang.pages.trace import trace_page"),
    ("importing.viper", "from fmplang.runtime.program import Program"),
])
def test_the_test_sees_a_wrong_direction(module: str, text: str) -> None:
    assert wrong_directions(PACKAGE / (module.replace(".", "/") + ".py"), module, ast.parse(text))


def test_heavy_libraries_are_imported_inside_functions() -> None:
    wrong = [
        f"{module}:{line} imports {imported}"
        for path, module, tree in parsed()
        for imported, line, eager in imports(tree, module, path.name == "__init__.py")
        if eager and imported.split(".")[0] in HEAVY
    ]
    assert wrong == []


def test_only_backends_policies_and_the_zoo_touch_model_libraries() -> None:
    models = HEAVY - {"sqlalchemy", "hypothesis"}
    wrong = [
        f"{module}:{line} imports {imported}"
        for path, module, tree in parsed()
        for imported, line, _ in imports(tree, module, path.name == "__init__.py")
        if imported.split(".")[0] in models and module.split(".")[0] not in ("backends", "policy", "zoo")
    ]
    assert wrong == []


def test_nothing_unpickles_and_nothing_evaluates_text() -> None:
    wrong = []
    for path, module, tree in parsed():
        for imported, line, _ in imports(tree, module, path.name == "__init__.py"):
            if imported.split(".")[0] in FORBIDDEN_MODULES:
                wrong.append(f"{module}:{line} imports {imported}")
        for node in ast.walk(tree):
            if isinstance(node, ast.Name) and node.id in FORBIDDEN_CALLS:
                wrong.append(f"{module}:{node.lineno} uses {node.id}")
            elif isinstance(node, ast.Attribute) and dotted(node) in FORBIDDEN_ATTRIBUTES:
                wrong.append(f"{module}:{node.lineno} uses {dotted(node)}")
            elif isinstance(node, ast.keyword) and node.arg in ("trust_remote_code", "allow_pickle"):
                if not (isinstance(node.value, ast.Constant) and node.value.value is False):
                    wrong.append(f"{module}:{node.value.lineno} passes {node.arg}")
            elif isinstance(node, ast.keyword) and node.arg == "shell":
                wrong.append(f"{module}:{node.value.lineno} asks for a shell")
    assert wrong == []


def test_print_is_called_only_in_cli() -> None:
    wrong = [
        f"{module}:{node.lineno}"
        for _, module, tree in parsed()
        if module.split(".")[0] not in ("cli", "__main__")
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print"
    ]
    assert wrong == []


def loaded_after(code: str) -> set[str]:
    """Top-level modules that a fresh interpreter holds after running `code`."""
    run = subprocess.run(
        [sys.executable, "-c", f"import sys\n{code}\nprint(*sorted({{m.split('.')[0] for m in sys.modules}}))"],
        capture_output=True, text=True, check=True, timeout=120,
    )
    return set(run.stdout.splitlines()[-1].split())


def test_importing_fmplang_loads_nothing_else() -> None:
    assert loaded_after("import fmplang") & (HEAVY | {"numpy", "PIL", "lark", "click", "rich"}) == set()


def test_checking_loads_neither_models_nor_arrays_nor_a_parser_generator() -> None:
    code = "import fmplang\nassert fmplang.check('def main(a: int) -> int:\\n    return a + 1\\n').ok"
    assert loaded_after(code) & (HEAVY | {"numpy", "PIL", "lark", "rich"}) == set()


def test_the_command_check_loads_neither_models_nor_arrays(tmp_path: Path) -> None:
    file = tmp_path / "p.fmp"
    file.write_text("def main(image: Image) -> bool:\n    return image.exists('dog')\n", encoding="utf-8")
    code = (
        "from fmplang.cli import main\n"
        f"sys.argv = ['fmplang', 'check', {str(file)!r}]\n"
        "try:\n    main()\nexcept SystemExit as end:\n    assert not end.code, end.code"
    )
    assert loaded_after(code) & (HEAVY | {"numpy", "PIL", "lark", "rich"}) == set()


def test_the_cli_is_one_way() -> None:
    wrong = [
        f"{module}:{line}"
        for path, module, tree in parsed()
        for imported, line, _ in imports(tree, module, path.name == "__init__.py")
        if imported.startswith("fmplang.cli") and module.split(".")[0] not in ("cli", "__main__")
    ]
    assert wrong == []
