"""Cli: the sundog command."""
