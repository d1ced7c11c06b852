"""Compute: where function code runs."""
