"""Tells who asks that the shop is open."""


def handler(event, context):
    caller = event["requestContext"]["http"]
    return {"open": True, "asked": f"{caller['method']} {caller['path']}"}
