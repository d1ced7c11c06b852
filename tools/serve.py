"""`make serve`: a server that starts again whenever a source file changes."""

import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).parent.parent


def stamp() -> float:
    return max(p.stat().st_mtime for p in (ROOT / "src").rglob("*") if p.suffix in (".py", ".sql", ".json"))


def main() -> None:
    while True:
        seen = stamp()
        process = subprocess.Popen([Path(sys.executable).parent / "sundog", "up", *sys.argv[1:]])
        try:
            while process.poll() is None and stamp() == seen:
                time.sleep(0.5)
            process.terminate()
            process.wait()
            while stamp() == seen:  # it ended by itself: wait for a change
                time.sleep(0.5)
        except KeyboardInterrupt:
            process.wait()
            return


if __name__ == "__main__":
    main()
