"""The floor: a bare aiohttp server on uvloop that reads a body and answers 200. Prints its port."""

import asyncio

import uvloop
from aiohttp import web

BODY = b'{"MessageId":"00000000-0000-4000-8000-000000000000","MD5OfMessageBody":"5d41402abc4b2a76b9"}'


async def answer(request: web.BaseRequest) -> web.Response:
    await request.read()
    return web.Response(body=BODY, content_type="application/x-amz-json-1.0")


async def main() -> None:
    runner = web.ServerRunner(web.Server(answer, access_log=None))
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    print(runner.addresses[0][1], flush=True)
    await asyncio.Event().wait()


uvloop.run(main())
