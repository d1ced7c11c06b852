"""What people see in the terminal."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from sundog.compute.doctor import Finding
from sundog.config import Config
from sundog.gateway.journal import RequestRecord

out = Console(highlight=False, soft_wrap=True)
err = Console(highlight=False, soft_wrap=True, stderr=True)


def print_banner(url: str, config: Config) -> None:
    where = place(config.store.rpartition("@")[2], config.ephemeral, str(config.data))
    out.print(f"[bold]sundog[/] {url}  account {config.account}  region {config.region}  data: {where}")
    if config.tls or config.tls_cert:
        certificate = config.tls_cert or _own_certificate(config)
        out.print(f"[dim]HTTPS on the same port; its certificate: {certificate}[/]")
    out.print(f"[dim]export AWS_ENDPOINT_URL={url} AWS_DISABLE_HOST_PREFIX_INJECTION=true[/]")
    out.print("[dim]# for all SDKs; SQS of AWS CLI v1 also needs --endpoint-url[/]")


def _own_certificate(config: Config) -> str:
    return "made anew for this run" if config.ephemeral else str(config.data / "tls" / "certificate.pem")


def print_root_key(key_id: str, secret: str) -> None:
    """The only way into a server that enforces IAM and has no user yet."""
    out.print("Only signed requests get in. Policies are not evaluated yet: every key may do everything.")
    out.print("The key of the account's root:")
    out.print(f"[dim]export AWS_ACCESS_KEY_ID={key_id} AWS_SECRET_ACCESS_KEY={secret}[/]")


def print_request(record: RequestRecord) -> None:
    """One line a request, as it happens."""
    line = Text()
    line.append(clock_time(record.time_ms), style="dim")
    style = "green" if record.status < 400 else ("red" if record.status >= 500 else "yellow")
    line.append(f" {record.status}", style=style)
    line.append(f" {record.service or '-'}.{record.operation or '-'}")
    line.append(f" {record.duration_ms:.1f} ms", style="dim")
    if record.error:
        line.append(f"  {record.error}: {record.message}", style=style)
    out.print(line)


def print_failure(error: Exception) -> None:
    line = Text("sundog: ", style="red")
    line.append(str(error), style="default")
    err.print(line)


def print_status(info: dict[str, Any], health: dict[str, Any]) -> None:
    table = Table(show_header=False, box=None)
    clock = info["clock"]
    state = "frozen" if clock["frozen"] else "running"
    shift = f", {clock['offset_ms'] / 1000:+.0f} s" if abs(clock["offset_ms"]) >= 1000 else ""
    rows = {
        "endpoint": info["endpoint"],
        "version": info["version"],
        "up for": f"{info['uptime_ms'] / 1000:.0f} s",
        "requests": str(info["requests"]),
        "clock": f"{clock_date(clock['now_ms'])} ({state}{shift})",
        "data": place(info["config"]["store"], info["config"]["ephemeral"] == "True", info["config"]["data"]),
        "services": ", ".join(health["services"]),
    }
    for name, value in rows.items():
        table.add_row(f"[dim]{name}[/]", value)
    out.print(table)


_STATES = {"good": "green", "weak": "yellow", "missing": "red"}


def print_findings(findings: list[Finding]) -> None:
    """One line each, and under it what to do where something is to be done."""
    width = max(len(finding.subject) for finding in findings)
    for finding in findings:
        line = Text(f"{finding.state:8}", style=_STATES[finding.state])
        line.append(f"{finding.subject:{width}}  {finding.text}", style="default")
        out.print(line)
        if finding.remedy:
            out.print(Text(f"{'':8}{'':{width}}  {finding.remedy}", style="dim"))


def place(store: str, is_ephemeral: bool, data: str) -> str:
    """Where a server keeps what it holds."""
    return store or ("memory only" if is_ephemeral else data)


def clock_date(ms: int) -> str:
    return datetime.fromtimestamp(ms / 1000, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def clock_time(ms: int) -> str:
    return datetime.fromtimestamp(ms / 1000, UTC).strftime("%H:%M:%S.%f")[:-3]
