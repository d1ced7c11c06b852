"""Measurements. `make bench` prints each figure beside a bare aiohttp server measured in the same run."""
