"""Container images built by hand for tests: layers as tar files, an OCI layout, a registry that serves it."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import subprocess
import tarfile
from pathlib import Path

from aiohttp import web

RUNTIME = r"""
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static char in[1 << 16], out[1 << 16], body[1 << 14], cwd[512];

static int ask(const char *request) {
    char host[64]; strcpy(host, getenv("AWS_LAMBDA_RUNTIME_API"));
    char *colon = strchr(host, ':'); *colon = 0;
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(atoi(colon + 1))};
    inet_pton(AF_INET, host, &to.sin_addr);
    int s = socket(AF_INET, SOCK_STREAM, 0), n, got = 0;
    if (connect(s, (struct sockaddr *)&to, sizeof to)) return 1;
    write(s, request, strlen(request));
    while ((n = read(s, in + got, sizeof in - 1 - got)) > 0) {
        got += n; in[got] = 0;
        char *end = strstr(in, "\r\n\r\n"), *length = strcasestr(in, "content-length:");
        if (end && length && end + 4 + atoi(length + 15) <= in + got) break;
    }
    close(s);
    return 0;
}

int main(int argc, char **argv) {
    if (getenv("EXIT_WITH")) return atoi(getenv("EXIT_WITH"));
    for (;;) {
        if (ask("GET /2018-06-01/runtime/invocation/next HTTP/1.1\r\nHost: x\r\n\r\n")) return 9;
        char id[64] = {0}, *at = strcasestr(in, "lambda-runtime-aws-request-id:") + 30;
        sscanf(at, " %63[^\r]", id);
        char *event = strstr(in, "\r\n\r\n") + 4;
        int can_write = !access("/", W_OK), size = 0;
        FILE *file = fopen("/hello", "r");
        char hello[64] = ""; if (file) { fgets(hello, 63, file); fclose(file); }
        FILE *scratch = fopen("/tmp/x", "w"); int has_tmp = scratch != 0; if (scratch) fclose(scratch);
        size += sprintf(body, "{\"event\":%s,\"cwd\":\"%s\",\"argv\":[", event, getcwd(cwd, sizeof cwd));
        for (int i = 0; i < argc; i++) size += sprintf(body + size, "%s\"%s\"", i ? "," : "", argv[i]);
        size += sprintf(body + size, "],\"greeting\":\"%s\",\"task_root\":\"%s\",\"execution_env\":\"%s\",",
            getenv("GREETING") ?: "", getenv("LAMBDA_TASK_ROOT") ?: "", getenv("AWS_EXECUTION_ENV") ?: "");
        size += sprintf(body + size, "\"handler\":\"%s\",", getenv("_HANDLER") ?: "");
        size += sprintf(body + size, "\"root_is_writable\":%d,\"has_tmp\":%d,\"host\":%d,\"hello\":\"%s\"}",
            can_write, has_tmp, !access("/usr/bin/env", F_OK) || !access("/.host", F_OK), hello);
        sprintf(out, "POST /2018-06-01/runtime/invocation/%s/response HTTP/1.1\r\nHost: x\r\n"
            "Content-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", id, size, body);
        if (ask(out)) return 9;
    }
}
"""


def compile_runtime(folder: Path) -> bytes | None:
    """A static program that speaks the Runtime API, None where nothing compiles C."""
    source, program = folder / "runtime.c", folder / "runtime"
    source.write_text(RUNTIME)
    command = ["cc", "-static", "-O1", "-w", "-D_GNU_SOURCE", "-o", str(program), str(source)]
    try:
        subprocess.run(command, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        return None
    return program.read_bytes()


def entry(
    name: str, content: bytes | str = b"", mode: int = 0o755, **more: object
) -> tuple[tarfile.TarInfo, bytes]:
    """A member of a layer; ``type`` and ``linkname`` as of TarInfo."""
    data = content.encode() if isinstance(content, str) else content
    info = tarfile.TarInfo(name)
    info.mode, info.size = mode, len(data)
    for attribute, value in more.items():
        setattr(info, attribute, value)
    return info, data


def folder(name: str, mode: int = 0o755) -> tuple[tarfile.TarInfo, bytes]:
    return entry(name, mode=mode, type=tarfile.DIRTYPE)


def symlink(name: str, target: str) -> tuple[tarfile.TarInfo, bytes]:
    return entry(name, type=tarfile.SYMTYPE, linkname=target)


def hard_link(name: str, target: str) -> tuple[tarfile.TarInfo, bytes]:
    return entry(name, type=tarfile.LNKTYPE, linkname=target)


def layer(*entries: tuple[tarfile.TarInfo, bytes]) -> bytes:
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode="w") as tar:
        for info, content in entries:
            tar.addfile(info, io.BytesIO(content))
    return data.getvalue()


def digest(data: bytes) -> str:
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


class Image:
    """Blobs by digest; ``manifest`` is the digest of the top one."""

    def __init__(
        self, *layers: bytes, compress: bool = True, architecture: str = "amd64", **config: object
    ) -> None:
        self.layers, self.blobs = layers, dict[str, bytes]()
        packed = [gzip.compress(data, mtime=0) if compress else data for data in layers]
        self.config = {
            "architecture": architecture,
            "os": "linux",
            "config": config,
            "rootfs": {"type": "layers", "diff_ids": [digest(data) for data in layers]},
        }
        document = {
            "schemaVersion": 2,
            "mediaType": "application/vnd.oci.image.manifest.v1+json",
            "config": self.descriptor(json.dumps(self.config).encode()),
            "layers": [self.descriptor(data) for data in packed],
        }
        self.body = json.dumps(document).encode()
        self.manifest = self.descriptor(self.body)["digest"]
        self.media_type = document["mediaType"]

    def descriptor(self, data: bytes) -> dict[str, object]:
        self.blobs[digest(data)] = data
        return {"digest": digest(data), "size": len(data)}

    def write_layout(self, place: Path, tag: str = "latest") -> None:
        for name, data in self.blobs.items():
            path = place / "blobs" / name.replace(":", "/")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
        named = {"org.opencontainers.image.ref.name": tag}
        entry = {"digest": self.manifest, "size": len(self.body), "annotations": named}
        (place / "index.json").write_text(json.dumps({"schemaVersion": 2, "manifests": [entry]}))

    def write_docker_archive(self, file: Path, tag: str = "app:1") -> None:
        config = json.dumps(self.config).encode()
        paths = [f"layer{n}/layer.tar" for n in range(len(self.layers))]
        listed = [{"Config": "config.json", "RepoTags": [tag], "Layers": paths}]
        members = [entry("manifest.json", json.dumps(listed)), entry("config.json", config)]
        members += [entry(path, data) for path, data in zip(paths, self.layers, strict=True)]
        file.write_bytes(layer(*members))


def index_of(*images: Image) -> Image:
    """A list of manifests by architecture, with everything in it."""
    whole = Image()
    whole.blobs = {name: data for image in images for name, data in image.blobs.items()}
    manifests = [
        {
            "digest": image.manifest,
            "size": len(image.body),
            "platform": {"os": "linux", "architecture": image.config["architecture"]},
        }
        for image in images
    ]
    whole.media_type = "application/vnd.oci.image.index.v1+json"
    whole.body = json.dumps(
        {"schemaVersion": 2, "mediaType": whole.media_type, "manifests": manifests}
    ).encode()
    whole.manifest = digest(whole.body)
    whole.blobs[whole.manifest] = whole.body
    return whole


class TestRegistry:
    """``place`` is host:port; with a ``login`` (user:password in base64) it wants a token for everything."""

    __test__ = False

    def __init__(self, login: str = "") -> None:
        self.tags: dict[tuple[str, str], Image] = {}
        self.login, self.place = login, ""
        self.requests: list[str] = []

    async def __aenter__(self) -> TestRegistry:
        self._runner = web.ServerRunner(web.Server(self._answer))
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.place = f"127.0.0.1:{self._runner.addresses[0][1]}"
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._runner.cleanup()

    async def _answer(self, request: web.BaseRequest) -> web.StreamResponse:
        self.requests.append(request.path)
        if request.path == "/token":
            if request.headers.get("Authorization") != f"Basic {self.login}":
                return web.Response(status=401)
            return web.json_response({"token": f"for {request.query['scope']}"})
        _, _, rest = request.path.partition("/v2/")
        repository, kind, reference = rest.rsplit("/", 2)
        wanted = f"Bearer for repository:{repository}:pull"
        if self.login and request.headers.get("Authorization") != wanted:
            challenge = f'Bearer realm="http://{self.place}/token",service="test",scope="{wanted[11:]}"'
            return web.Response(status=401, headers={"WWW-Authenticate": challenge})
        return self._serve(repository, kind, reference)

    def _serve(self, repository: str, kind: str, reference: str) -> web.Response:
        image = self.tags.get((repository, reference))
        if image is not None and kind == "manifests":
            return web.Response(body=image.body, headers={"Content-Type": image.media_type})
        for (name, _), image in self.tags.items():
            if name == repository and reference in image.blobs:
                kinds = {"manifests": "application/vnd.oci.image.manifest.v1+json"}
                media_type = kinds.get(kind, "application/octet-stream")
                return web.Response(body=image.blobs[reference], headers={"Content-Type": media_type})
        return web.json_response({"errors": [{"code": "MANIFEST_UNKNOWN"}]}, status=404)
