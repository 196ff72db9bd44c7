"""Imports point one way, and what is heavy is imported only where it is used."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

# ui -> assistant -> {safety, index} -> corpus; safety and index never meet.
MAY_IMPORT = {
    "corpus": {"corpus"},
    "index": {"index", "corpus"},
    "safety": {"safety", "corpus"},
    "assistant": {"assistant", "safety", "index", "corpus"},
    "ui": {"ui", "assistant", "safety", "index", "corpus"},
}
HEAVY = {
    "faiss",
    "gradio",
    "onnxruntime",
    "ray",
    "scipy",
    "sentence_transformers",
    "sklearn",
    "Stemmer",
    "tokenizers",
    "torch",
    "transformers",
}
# Modules that build graphs import onnx, but nothing imports those before they are needed.
HEAVY_TO_LOAD = HEAVY | {"onnx"}
REFERRED_BY_RULES = "my left calf is swollen and hot since the flight, can I massage it?"


def modules(package: str) -> list[Path]:
    """Return the package's modules; what only trains the net is no part of the product."""
    return sorted(p for p in (ROOT / package).rglob("*.py") if "training" not in p.parts)


def imported(nodes: list[ast.stmt]) -> set[str]:
    """Return the top-level names of the packages that these statements import."""
    names: set[str] = set()
    for node in nodes:
        if isinstance(node, ast.Import):
            names |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names.add(node.module.partition(".")[0])
    return names


def on_import(tree: ast.AST) -> list[ast.stmt]:
    """Return the statements that run when the module is imported, type-checking blocks left out."""
    found: list[ast.stmt] = []
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            continue
        if isinstance(node, ast.stmt):
            found.append(node)
        found += on_import(node)
    return found


def loaded_after(code: str, cwd: Path) -> set[str]:
    """Return the top-level modules that a fresh interpreter holds after running the code."""
    report = (
        "import json, sys; print(json.dumps(sorted({n.partition('.')[0] for n in sys.modules})))"
    )
    done = subprocess.run(
        [sys.executable, "-c", f"{code}\n{report}"],
        capture_output=True,
        text=True,
        check=False,
        cwd=cwd,
    )
    assert done.returncode == 0, done.stderr
    return set(json.loads(done.stdout.splitlines()[-1]))


@pytest.mark.parametrize("package", sorted(MAY_IMPORT))
def test_imports_point_one_way(package: str) -> None:
    ours = set(MAY_IMPORT) | {"tests", "benchmarks"}
    wrong = {
        str(path.relative_to(ROOT)): sorted(names)
        for path in modules(package)
        if (
            names := imported([n for n in ast.walk(ast.parse(path.read_text())) if _is_import(n)])
            & ours - MAY_IMPORT[package]
        )
    }
    assert wrong == {}


@pytest.mark.parametrize("package", sorted(MAY_IMPORT))
def test_heavy_packages_are_imported_where_they_are_used(package: str) -> None:
    wrong = {
        str(path.relative_to(ROOT)): sorted(names)
        for path in modules(package)
        if (names := imported(on_import(ast.parse(path.read_text()))) & HEAVY)
    }
    assert wrong == {}


@pytest.mark.parametrize("package", ["corpus", "safety", "index", "assistant", "ui", "ui.cli"])
def test_importing_a_package_loads_nothing_heavy(package: str, tmp_path: Path) -> None:
    assert loaded_after(f"import {package}", tmp_path) & HEAVY_TO_LOAD == set()


def test_a_referral_by_rules_loads_no_model(tmp_path: Path) -> None:
    code = (
        "from assistant import answer\n"
        f"reply = answer({REFERRED_BY_RULES!r})\n"
        "assert reply.outcome == 'referral', reply.outcome\n"
        "assert reply.referrals[0].contraindication == 'deep_vein_thrombosis'"
    )
    assert loaded_after(code, tmp_path) & HEAVY_TO_LOAD == set()


def test_the_command_line_refers_without_a_model(tmp_path: Path) -> None:
    code = (
        "import contextlib, io, sys\n"
        "from ui.cli import main\n"
        f"sys.argv = ['leg-massage', 'ask', {REFERRED_BY_RULES!r}]\n"
        "with contextlib.redirect_stdout(io.StringIO()) as shown:\n"
        "    try:\n"
        "        status = main()\n"
        "    except SystemExit as end:\n"
        "        status = end.code\n"
        "assert not status, status\n"
        "assert 'clot' in shown.getvalue().lower()"
    )
    assert loaded_after(code, tmp_path) & HEAVY_TO_LOAD == set()


def test_ray_is_an_extra_that_only_the_cluster_imports() -> None:
    using = {
        path.parent.relative_to(ROOT).as_posix()
        for package in MAY_IMPORT
        for path in modules(package)
        if "ray" in imported([n for n in ast.walk(ast.parse(path.read_text())) if _is_import(n)])
    }
    assert using == {"index/cluster", "ui/cluster"}


def test_no_module_reads_pickles() -> None:
    picklers = {"pickle", "dill", "shelve", "marshal", "cloudpickle", "joblib"}
    wrong = {
        str(path.relative_to(ROOT)): sorted(names)
        for package in MAY_IMPORT
        for path in modules(package)
        if (
            names := imported([n for n in ast.walk(ast.parse(path.read_text())) if _is_import(n)])
            & picklers
        )
    }
    assert wrong == {}


def _is_import(node: ast.AST) -> bool:
    return isinstance(node, ast.Import | ast.ImportFrom)
