"""The example application does what the README shows."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent


def test_every_order_of_the_example_ends_where_it_belongs():
    command = [sys.executable, ROOT / "examples" / "orders" / "run.py", "--once"]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "Every order is where it belongs." in ran.stdout
