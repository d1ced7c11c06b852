"""Functions that scenarios call."""

from __future__ import annotations

import io
import zipfile

HANDLER = "def handler(event, context):\n    return event\n"


def create_function(functions, name: str, handler: str = HANDLER) -> None:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        archive.writestr("handler.py", handler)
    functions.create_function(
        FunctionName=name,
        Runtime="python3.12",
        Handler="handler.handler",
        Role="arn:aws:iam::000000000000:role/bench",
        Code={"ZipFile": data.getvalue()},
    )
