"""``python -m sundog.cli`` is the command ``sundog``."""

from sundog.cli import main

main()
