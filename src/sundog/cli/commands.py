"""The commands of ``sundog``. Each does one thing and says what went wrong in one line."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Annotated, Any

import typer

from sundog.cli import debugging, execution, log_tail, printing, replay, sent, serving, why
from sundog.cli.remote import NotRunning, Remote
from sundog.compute.doctor import diagnose
from sundog.config import Config, ConfigError

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="The serverless half of AWS as one program on your own machine.",
)
DEFAULT_ENDPOINT = "http://127.0.0.1:4566"

Host = Annotated[str | None, typer.Option(help="Address to listen on; any but loopback needs --iam enforce.")]
Port = Annotated[int | None, typer.Option(help="Port of the AWS endpoint; 0 takes a free one.")]
Data = Annotated[Path | None, typer.Option(help="Folder of the database, code bundles and blobs.")]
Account = Annotated[str | None, typer.Option(help="Account of callers whose access key names none.")]
Region = Annotated[str | None, typer.Option(help="Region of requests that name none.")]
StoreUrl = Annotated[str | None, typer.Option("--store", help="postgresql://... to share one database.")]
Ephemeral = Annotated[bool | None, typer.Option("--ephemeral", help="Keep everything in memory.")]
Durable = Annotated[str | None, typer.Option(help="full (on disk before the answer) or process.")]
Iam = Annotated[
    str | None,
    typer.Option(
        help="off or audit: all get in; enforce: signed requests only. Policies are not evaluated yet."
    ),
]
Quotas = Annotated[str | None, typer.Option("--limits", help="aws, classic or relaxed.")]
Tls = Annotated[bool | None, typer.Option("--tls", help="Answer HTTPS on the same port, self-signed.")]
TlsCert = Annotated[str | None, typer.Option(help="Answer HTTPS with this certificate (PEM).")]
TlsKey = Annotated[str | None, typer.Option(help="The private key of --tls-cert (PEM).")]
Kafka = Annotated[str | None, typer.Option(help="host:port of a Kafka cluster that stands for MSK's.")]
VpcAllow = Annotated[
    str | None,
    typer.Option(help="What functions with a VpcConfig reach: 5432,db.internal:6379, or *."),
]
Smtp = Annotated[str | None, typer.Option(help="smtp://host:port that mails of SNS are forwarded to.")]
REFUSALS = (
    debugging.CannotDebug,
    log_tail.NoSuchGroup,
    sent.NoMail,
    why.NoTrace,
    execution.NoExecution,
    replay.CannotReplay,
)
"""What the server does not have; the text says it."""

At = Annotated[str, typer.Option("--endpoint", envvar="AWS_ENDPOINT_URL", help="The server to talk to.")]


def main() -> None:
    """Entry point of the command."""
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    with said_plainly():
        app()


@contextmanager
def said_plainly() -> Iterator[None]:
    """What went wrong is one line on stderr and the exit status, not a traceback."""
    try:
        yield
    except serving.CannotRun as error:
        printing.print_failure(error)
        sys.exit(error.status)
    except (ConfigError, NotRunning, *REFUSALS) as error:
        printing.print_failure(error)
        sys.exit(1)


@app.command()
def up(
    host: Host = None,
    port: Port = None,
    data: Data = None,
    account: Account = None,
    region: Region = None,
    store: StoreUrl = None,
    ephemeral: Ephemeral = None,
    durability: Durable = None,
    iam: Iam = None,
    limits: Quotas = None,
    tls: Tls = None,
    tls_cert: TlsCert = None,
    tls_key: TlsKey = None,
    smtp: Smtp = None,
    kafka: Kafka = None,
    vpc_allow: VpcAllow = None,
    detach: Annotated[bool, typer.Option("--detach", "-d", help="Go on in the background.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Do not print requests.")] = False,
) -> None:
    """Start the server; requests are shown as they happen."""
    options = {
        "host": host,
        "port": port,
        "data": data,
        "account": account,
        "region": region,
        "store": store,
        "ephemeral": ephemeral,
        "durability": durability,
        "iam": iam,
        "limits": limits,
        "tls": tls,
        "tls_cert": tls_cert,
        "tls_key": tls_key,
        "smtp": smtp,
        "kafka": kafka,
        "vpc_allow": vpc_allow,
    }
    config = Config.load(os.environ, Path("sundog.toml"), **options)
    if not detach:
        serving.serve(config, quiet=quiet)
        return
    pid = serving.detach(config, _as_arguments(options), os.environ)
    printing.out.print(f"sundog runs in the background (process {pid}); stop it with: sundog down")
    if config.iam == "enforce":
        printing.out.print(f"The key of the account's root is in {config.data / serving.DETACHED_LOG}")
    print("Ready.")


def _as_arguments(options: dict[str, Any]) -> list[str]:
    arguments = ["--quiet"]
    for name, value in options.items():
        if value is True:
            arguments.append(f"--{name.replace('_', '-')}")
        elif value is not None:
            arguments += [f"--{name.replace('_', '-')}", str(value)]
    return arguments


@app.command(context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False})
def run(
    command: Annotated[list[str], typer.Argument(help="The command and its arguments, after --.")],
    region: Region = None,
    account: Account = None,
    iam: Iam = None,
    limits: Quotas = None,
) -> None:
    """Run a command against a fresh ephemeral server; ends with the command's exit status.

    The command's environment names the server: AWS_ENDPOINT_URL, a key and a region. AWS CLI v1 has an
    endpoint of its own for SQS: sundog run -- sh -c 'aws sqs list-queues --endpoint-url $AWS_ENDPOINT_URL'
    """
    options = {"region": region, "account": account, "iam": iam, "limits": limits}
    config = Config.load(os.environ, Path("sundog.toml"), port=0, ephemeral=True, **options)
    raise typer.Exit(serving.run_command(config, command, os.environ))


@app.command()
def status(endpoint: At = DEFAULT_ENDPOINT) -> None:
    """Say what runs, where, and what time it is there."""
    remote = Remote(endpoint)
    printing.print_status(remote.get("/_sundog/info"), remote.get("/_sundog/health"))


@app.command()
def logs(
    group: Annotated[
        str | None, typer.Argument(help="A log group or a function's name; all if none.")
    ] = None,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Go on as new lines come.")] = False,
    endpoint: At = DEFAULT_ENDPOINT,
) -> None:
    """Print the log lines of functions and of everything else that writes to CloudWatch Logs."""
    remote = Remote(endpoint)
    info = remote.get("/_sundog/info")
    client = remote.client("logs", info["config"]["account"], info["config"]["region"])
    with suppress(KeyboardInterrupt):
        log_tail.print_logs(client, group, follow)


@app.command()
def debug(
    function: Annotated[str, typer.Argument(help="Name or ARN of a Python or Node.js function.")],
    port: Annotated[int | None, typer.Option(help="Of loopback; 5678 for Python, 9229 for Node.js.")] = None,
    wait: Annotated[bool, typer.Option("--wait", help="INIT waits until a debugger has attached.")] = False,
    freeze: Annotated[
        bool, typer.Option("--freeze", help="The server's clock stands still while the function runs.")
    ] = False,
    endpoint: At = DEFAULT_ENDPOINT,
) -> None:
    """Run a function under debugpy or Node's inspector until Ctrl-C; its time and memory limits are off."""
    remote = Remote(endpoint)
    for line in debugging.begin(remote, function, port, wait=wait, freeze=freeze):
        printing.out.print(line, markup=False, highlight=False)
    with suppress(KeyboardInterrupt):
        debugging.hold()
    debugging.end(remote, function)


sfn = typer.Typer(help="Look at executions of state machines.", no_args_is_help=True)
app.add_typer(sfn, name="sfn")


@sfn.command("show")
def show_execution(
    arn: Annotated[str, typer.Argument(help="ARN of the execution.")],
    svg: Annotated[Path | None, typer.Option(help="Write the drawing to this file instead.")] = None,
    endpoint: At = DEFAULT_ENDPOINT,
) -> None:
    """Draw the execution's way through its states: outcomes, durations, errors."""
    if svg is not None:
        execution.save_drawing(Remote(endpoint), arn, svg)
        return
    for line in execution.describe(Remote(endpoint), arn):
        printing.out.print(line)


@sfn.command("replay")
def replay_execution(
    arn: Annotated[str, typer.Argument(help="ARN of the execution.")],
    event: Annotated[
        int, typer.Option("--from", help="Id of an event: its state is the first to be done again.")
    ] = 1,
    definition: Annotated[Path | None, typer.Option(help="File with another definition.")] = None,
    input: Annotated[Path | None, typer.Option(help="File with another input for that state.")] = None,
    wait: Annotated[float, typer.Option(help="Seconds to wait for the end of the new execution.")] = 60,
    endpoint: At = DEFAULT_ENDPOINT,
) -> None:
    """Fork an execution: do it again from an event on, as a new one, and say what is other in it.

    What came before is kept, and not done again; what comes after it is real: tasks are called.
    """
    for line in replay.replay(Remote(endpoint), arn, event, definition, input, wait):
        printing.out.print(line)


@app.command("why")
def explain(
    id: Annotated[
        str | None, typer.Argument(help="Event id of PutEvents or message id of Publish; the newest if none.")
    ] = None,
    endpoint: At = DEFAULT_ENDPOINT,
) -> None:
    """Say what became of an event or a message: who was considered, what did not match, deliveries."""
    for line in why.describe(Remote(endpoint), id):
        printing.out.print(line)


@app.command()
def mail(
    id: Annotated[int | None, typer.Argument(help="Number of one mail; a list of all if none.")] = None,
    endpoint: At = DEFAULT_ENDPOINT,
) -> None:
    """Read the mails that SNS would have sent, confirmations of subscriptions too."""
    remote = Remote(endpoint)
    for line in sent.list_mails(remote) if id is None else sent.show_mail(remote, id):
        printing.out.print(line)


@app.command()
def outbox(endpoint: At = DEFAULT_ENDPOINT) -> None:
    """List the mails, text messages and push notifications that SNS would have sent."""
    for line in sent.list_sent(Remote(endpoint)):
        printing.out.print(line)


@app.command()
def clock(
    order: Annotated[str, typer.Argument(help="show, advance, freeze, resume or until-idle.")] = "show",
    seconds: Annotated[float | None, typer.Argument(help="For advance: by how much.")] = None,
    endpoint: At = DEFAULT_ENDPOINT,
) -> None:
    """Show the server's clock, or move it; everything that waits in sundog follows it."""
    orders: dict[str, Any] = {"freeze": True, "resume": True, "until-idle": True, "advance": seconds}
    if order != "show" and order not in orders:
        raise typer.BadParameter(f"{order} is not one of show, {', '.join(orders)}")
    remote = Remote(endpoint)
    if order == "show":
        answer = remote.get("/_sundog/clock")
    else:
        answer = remote.post("/_sundog/clock", {order.replace("-", "_"): orders[order]})
    if "error" in answer:
        raise typer.BadParameter(answer["error"])
    state = "frozen" if answer["frozen"] else "running"
    printing.out.print(f"{printing.clock_date(answer['now_ms'])} ({state})")


@app.command()
def reset(endpoint: At = DEFAULT_ENDPOINT) -> None:
    """Forget everything the server holds."""
    Remote(endpoint).post("/_sundog/reset")
    printing.out.print("Everything is forgotten.")


@app.command()
def doctor() -> None:
    """Say what this machine offers to functions, and how to get what is missing."""
    printing.print_findings(diagnose(os.environ))


@app.command()
def down(endpoint: At = DEFAULT_ENDPOINT) -> None:
    """Stop the server at the endpoint; what it has answered stays on disk."""
    pid = Remote(endpoint).get("/_sundog/info")["pid"]
    if not serving.stop_process(pid):
        raise serving.CannotRun(f"process {pid} was asked to stop and still runs")
    printing.out.print(f"sundog (process {pid}) has stopped.")
