"""A small S3 as a service of the world: objects in memory, with the shapes of AWS's answers."""

from sundog.context import Operation
from sundog.errors import AwsError
from sundog.service import Service

PAGE = 2


class NoSuchKey(AwsError):
    """The specified key does not exist."""

    status = 404


def s3(objects):
    """The service that reads from and writes to ``objects``: {(bucket, key): bytes}."""

    async def get_object(_ctx, request):
        place = request["Bucket"], request["Key"]
        if place not in objects:
            raise NoSuchKey
        return {"Body": objects[place], "ContentLength": len(objects[place])}

    async def put_object(_ctx, request):
        objects[request["Bucket"], request["Key"]] = request["Body"]
        return {"ETag": '"e"'}

    async def list_objects(_ctx, request):
        """Two at a time."""
        keys = sorted(key for bucket, key in objects if bucket == request["Bucket"])
        keys = [key for key in keys if key.startswith(request.get("Prefix", ""))]
        start = int(request.get("ContinuationToken", 0))
        entries = [
            {"Key": key, "Size": len(objects[request["Bucket"], key]), "ETag": '"e"', "LastModified": 5_000}
            for key in keys[start : start + PAGE]
        ]
        more = start + PAGE < len(keys)
        token = {"NextContinuationToken": str(start + PAGE)} if more else {}
        return {"Contents": entries, "IsTruncated": more, **token}

    handlers = {"GetObject": get_object, "PutObject": put_object, "ListObjectsV2": list_objects}
    return Service("s3", tuple(Operation("s3", name, handler) for name, handler in handlers.items()))
