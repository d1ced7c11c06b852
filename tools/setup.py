"""Make the virtual environment, also where Python came without pip or venv's ensurepip (bare Debian).

Usage: python3 tools/setup.py .venv
"""

import hashlib
import json
import subprocess
import sys
import tempfile
import urllib.parse
import urllib.request
import venv
from pathlib import Path

PYTHON_MIN = (3, 11)
INDEX = "https://pypi.org/pypi/pip/json"


def main(folder: Path) -> None:
    if sys.version_info < PYTHON_MIN:
        sys.exit(
            f"sundog needs Python {PYTHON_MIN[0]}.{PYTHON_MIN[1]} or newer; this is {sys.version.split()[0]}"
        )
    python = folder / "bin" / "python"
    if not python.exists():
        venv.EnvBuilder(with_pip=False, symlinks=True).create(folder)
    if not has_pip(python):
        install_pip(python)
    run(python, "-m", "pip", "install", "--quiet", "--editable", ".[dev]")


def has_pip(python: Path) -> bool:
    return subprocess.run([python, "-c", "import pip"], capture_output=True, check=False).returncode == 0


def install_pip(python: Path) -> None:
    """From ensurepip where there is one, else the wheel from PyPI, which can run itself."""
    if subprocess.run([python, "-m", "ensurepip"], capture_output=True, check=False).returncode == 0:
        return
    with urllib.request.urlopen(INDEX) as answer:
        files = json.load(answer)["urls"]
    wheel = next(f for f in files if f["packagetype"] == "bdist_wheel")
    # Mirrors answer with addresses relative to their own.
    with urllib.request.urlopen(urllib.parse.urljoin(INDEX, wheel["url"])) as answer:
        data = answer.read()
    if hashlib.sha256(data).hexdigest() != wheel["digests"]["sha256"]:
        sys.exit("the pip wheel from PyPI is damaged; try again")
    with tempfile.TemporaryDirectory() as temporary:
        path = Path(temporary) / wheel["filename"]
        path.write_bytes(data)
        run(python, path / "pip", "install", "--quiet", "pip")


def run(*command: object) -> None:
    result = subprocess.run([str(part) for part in command], check=False)
    if result.returncode != 0:
        sys.exit(result.returncode)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
