"""Where the code of a function or a layer comes from: the request itself, or a folder of the user's.

``S3Bucket="hot-reload"`` with a folder as ``S3Key`` is a convention that users of local AWS tools know: the
function runs what stands in the folder at the moment of each invocation.
"""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path

from sundog.context import Context, Request
from sundog.errors import UnsupportedOperation
from sundog.services.lambda_ import limits
from sundog.services.lambda_.bundles import Bundles, watched_key
from sundog.services.lambda_.errors import InvalidParameterValueException, RequestEntityTooLargeException
from sundog.services.lambda_.images import Images, reads_files
from sundog.services.lambda_.model import Bundle

HOT_RELOAD = "hot-reload"


async def take_image(ctx: Context, source: Request, architecture: str) -> Bundle:
    """The container image that ``source`` (a FunctionCode) names."""
    uri: str = source["ImageUri"]
    if reads_files(uri):
        check_may_read_here(ctx, "an image from a file")
    return await ctx.part(Images).take(uri, architecture)


async def take_code(ctx: Context, source: Request, operation: str, what: str = "function") -> Bundle:
    """The code that ``source`` (a FunctionCode or LayerVersionContentInput) holds or names."""
    if source.get("S3Bucket") == HOT_RELOAD:
        return _watch(ctx, source)
    if source.get("S3Bucket") or source.get("S3Key"):
        raise UnsupportedOperation(
            what=f"code from S3 in {operation}",
            remedy=f"Send the bundle itself as ZipFile, or name a folder: S3Bucket={HOT_RELOAD}.",
        )
    if source.get("ZipFile") is None:
        raise InvalidParameterValueException(reason=f"Please provide a source for {what} code.")
    if len(source["ZipFile"]) * 4 // 3 > limits.UPLOAD_BYTES_MAX:
        raise RequestEntityTooLargeException(limit=limits.UPLOAD_BYTES_MAX, operation=operation)
    return await ctx.part(Bundles).take(source["ZipFile"])


def _watch(ctx: Context, source: Request) -> Bundle:
    """A bundle without bytes. Its hash is that of the path: the content is nobody's to know in advance."""
    check_may_read_here(ctx, f"S3Bucket={HOT_RELOAD}")
    folder = Path(source.get("S3Key") or "")
    if not folder.is_absolute() or not folder.is_dir():
        raise InvalidParameterValueException(
            reason=f"S3Bucket={HOT_RELOAD} takes the absolute path of a folder on the machine of sundog as "
            f"S3Key; {str(folder)!r} is none."
        )
    key = watched_key(folder)
    digest = hashlib.sha256(key.encode()).digest()
    return Bundle(key, base64.b64encode(digest).decode(), 0, 0)


def check_may_read_here(ctx: Context, what: str) -> None:
    """A path of this machine in a request shows its caller what the user of sundog can read."""
    if not ctx.config.is_on_loopback:
        raise UnsupportedOperation(
            what=f"{what} on a server that listens on {ctx.config.host}",
            remedy="It would open this machine's files to every caller: use it with a server on loopback.",
        )
