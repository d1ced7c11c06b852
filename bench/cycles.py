"""Send, receive, delete on raw connections. Usage: python -m bench.cycles HOST:PORT URL CLIENTS SECONDS"""

from __future__ import annotations

import asyncio
import json
import sys
import time

import uvloop

from bench import requests


async def ask(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, request: bytes) -> dict:
    writer.write(request)
    head = (await reader.readuntil(b"\r\n\r\n")).lower()
    assert head[9:12] == b"200", head
    length = int(head.partition(b"content-length:")[2].partition(b"\r\n")[0])
    body = await reader.readexactly(length)
    return json.loads(body) if body else {}


async def client(address: str, url: str, end: float) -> int:
    host, _, port = address.partition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    send = requests.sqs("SendMessage", QueueUrl=url, MessageBody="hello world")
    receive = requests.sqs("ReceiveMessage", QueueUrl=url)
    count = 0
    while time.perf_counter() < end:
        await ask(reader, writer, send)
        for message in (await ask(reader, writer, receive)).get("Messages", []):
            handle = message["ReceiptHandle"]
            await ask(reader, writer, requests.sqs("DeleteMessage", QueueUrl=url, ReceiptHandle=handle))
            count += 1
    writer.close()
    return count


async def main(address: str, url: str, clients: int, seconds: float) -> None:
    end = time.perf_counter() + seconds
    counts = await asyncio.gather(*(client(address, url, end) for _ in range(clients)))
    print(json.dumps({"rate": sum(counts) / seconds}))


if __name__ == "__main__":
    uvloop.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3]), float(sys.argv[4])))
