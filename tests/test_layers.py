"""Imports point down only, and services never import one another (contracts in pyproject.toml)."""

from importlinter.cli import lint_imports


def test_the_import_contracts_are_kept(capsys):
    assert lint_imports(no_cache=True) == 0, capsys.readouterr().out
