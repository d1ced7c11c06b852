"""Cli: the sundog command."""

from sundog.cli.commands import main

__all__ = ["main"]
