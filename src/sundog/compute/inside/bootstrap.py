"""A Python function in a process of its own: for what must be known before an interpreter starts.

``python bootstrap.py PACKAGE_FOLDERS OPT DEBUGGER`` with the function's whole environment.
"""

from __future__ import annotations

import json
import os
import sys


def main() -> int:
    here = os.path.dirname(os.path.abspath(__file__))  # noqa: PTH100, PTH120
    folders, opt, debugger = sys.argv[1].split(os.pathsep), sys.argv[2], json.loads(sys.argv[3])
    sys.path[:] = [path for path in sys.path if path != here]
    sys.path.insert(0, os.path.dirname(here))  # noqa: PTH120
    name = os.path.basename(here)  # noqa: PTH119
    python = __import__(f"{name}.python").python
    del sys.path[0]
    python.prepare(folders, ())
    return int(python.run(dict(os.environ), os.environ["_HANDLER"], opt, debugger))


if __name__ == "__main__":
    os._exit(main())
