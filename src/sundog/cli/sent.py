"""``sundog mail`` and ``sundog outbox``: what SNS would have sent out of this machine."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from rich.text import Text

from sundog.cli.printing import clock_date
from sundog.cli.remote import Remote

LINE_LENGTH_MAX = 100


class NoMail(Exception):
    """There is no mail of that number; the text is the server's."""


def list_mails(remote: Remote) -> Iterator[Text]:
    """A line a mail, the newest first."""
    mails = remote.get("/_sundog/mail")["mails"]
    if not mails:
        yield Text("No mail has been sent.")
    for mail in mails:
        yield _line(mail, mail["subject"])


def show_mail(remote: Remote, id: int) -> Iterator[Text]:
    """One mail as its receiver sees it. Raises `NoMail`."""
    mail = remote.get(f"/_sundog/mail/{id}")
    if "error" in mail:
        raise NoMail(mail["error"])
    for name in ("from", "to", "subject"):
        line = Text(f"{name.title()}: ", style="dim")
        line.append(mail.get(name, ""), style="default")
        yield line
    yield Text(clock_date(mail["sent_ms"]), style="dim")
    yield Text("")
    yield Text(mail["text"])


def list_sent(remote: Remote) -> Iterator[Text]:
    """A line for each mail, text message and notification of a device, the newest first."""
    sent = remote.get("/_sundog/outbox")["sent"]
    if not sent:
        yield Text("Nothing has been sent.")
    for one in sent:
        yield _line(one, one.get("subject") or one["text"])


def _line(sent: Mapping[str, Any], text: str) -> Text:
    line = Text(f"{sent['id']:>5} {clock_date(sent['sent_ms'])} ", style="dim")
    line.append(f"{sent['kind']:<4} ", style="default")
    line.append(sent["to"], style="bold")
    first = text.split("\n", 1)[0]
    line.append(f"  {first[:LINE_LENGTH_MAX]}", style="default")
    return line
