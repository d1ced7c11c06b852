"""Writes docs/coverage: for every service, which operations sundog has and which it refuses, from the tables.

Usage: coverage.py [--check]   (--check: say what is not up to date, and fail)
"""

import sys
from pathlib import Path

from sundog.app import load_services
from sundog.protocol.models import Models
from sundog.service import Service

FOLDER = Path(__file__).parent.parent / "docs" / "coverage"


def page(service: Service, names: list[str]) -> str:
    """The page of one service as Markdown."""
    supported = {operation.name for operation in service.operations}
    lines = [
        f"# {service.name}",
        "",
        f"{len(supported)} of {len(names)} operations. What is refused answers `UnsupportedOperation`.",
        "",
        "| operation | |",
        "|---|---|",
    ]
    lines += [f"| {name} | {state(service, supported, name)} |" for name in names]
    return "\n".join(lines) + "\n"


def state(service: Service, supported: set[str], name: str) -> str:
    return "yes" if name in supported else f"refused: {service.refused[name]}"


def index(rows: list[tuple[str, int, int]]) -> str:
    lines = [
        "# Coverage",
        "",
        "Written by `make docs` from the operation tables; do not edit.",
        "",
        "| service | supported | of |",
        "|---|---|---|",
    ]
    lines += [f"| [{name}]({name}.md) | {have} | {of} |" for name, have, of in rows]
    return "\n".join(lines) + "\n"


def pages() -> dict[Path, str]:
    models = Models()
    found: dict[Path, str] = {}
    rows = []
    for service in sorted(load_services(), key=lambda s: s.name):
        names = sorted(models.get(service.name).operation_names)
        found[FOLDER / f"{service.name}.md"] = page(service, names)
        rows.append((service.name, len(service.operations), len(names)))
    return found | {FOLDER / "README.md": index(rows)}


def main(check: bool) -> int:
    stale = {path: text for path, text in pages().items() if not path.exists() or path.read_text() != text}
    for path, text in stale.items():
        print(f"{'not up to date' if check else 'wrote'}: {path.relative_to(FOLDER.parent.parent)}")
        if not check:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
    return 1 if check and stale else 0


if __name__ == "__main__":
    sys.exit(main("--check" in sys.argv[1:]))
