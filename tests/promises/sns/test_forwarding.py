"""Mails go to the SMTP server that the user names, and into the mailbox."""

import asyncio
import email
from email.policy import default

import pytest

from sundog.config import Config
from sundog.testing.world import World


class MailServer:
    """As much of SMTP as a mail needs. ``refusals`` are the answers to the next senders."""

    def __init__(self):
        self.got, self.refusals, self.port = [], [], 0

    async def talk(self, reader, writer):
        def say(text):
            writer.write(f"{text}\r\n".encode())

        say("220 here")
        while line := (await reader.readline()).decode().strip():
            word = line.upper().split(" ")[0].split(":")[0]
            if word == "DATA":
                say("354 go on")
                text = (await reader.readuntil(b"\r\n.\r\n")).removesuffix(b".\r\n")
                self.got.append(email.message_from_bytes(text, policy=default))
                say("250 taken")
            elif word == "MAIL" and self.refusals:
                say(self.refusals.pop(0))
            else:
                say("221 bye" if word == "QUIT" else "250 fine")
            if word == "QUIT":
                break
        writer.close()


@pytest.fixture
async def mail_server():
    server = MailServer()
    listening = await asyncio.start_server(server.talk, "127.0.0.1", 0)
    server.port = listening.sockets[0].getsockname()[1]
    yield server
    listening.close()


@pytest.fixture
async def forwarding(mail_server, models):
    config = Config(port=0, ephemeral=True, smtp=f"smtp://127.0.0.1:{mail_server.port}")
    async with World(config, models=models) as world:
        yield world


@pytest.fixture
def subscribe(forwarding):
    """A mail asks the receiver to confirm."""

    async def make(**attributes):
        sns = forwarding.client("sns")
        arn = (await sns.create_topic(Name="news", Attributes=attributes))["TopicArn"]
        await sns.subscribe(TopicArn=arn, Protocol="email", Endpoint="a@example.com")
        await forwarding.clock.settle()

    return make


async def test_a_mail_reaches_the_server_as_it_is_in_the_mailbox(mail_server, subscribe):
    await subscribe(DisplayName="News, daily")
    (mail,) = mail_server.got
    assert mail["To"] == "a@example.com"
    assert mail["From"].addresses[0].display_name == "News, daily"
    assert mail["Subject"] == "AWS Notification - Subscription Confirmation"
    assert "Action=ConfirmSubscription" in mail.get_content()


async def test_a_mail_that_is_put_off_comes_later(mail_server, subscribe, forwarding):
    mail_server.refusals = ["451 not now"]
    await subscribe()
    assert mail_server.got == []
    await forwarding.clock.advance(60_000)
    assert len(mail_server.got) == 1


async def test_a_mail_that_is_refused_is_not_sent_again(mail_server, subscribe, forwarding):
    mail_server.refusals = ["550 never"]
    await subscribe()
    await forwarding.clock.advance(3_600_000)
    assert mail_server.got == []


async def test_the_password_of_the_server_is_shown_to_nobody(models):
    config = Config(port=0, ephemeral=True, smtp="smtp://me:secret@mail.example.com:587")
    async with World(config, models=models) as world:
        assert world.app.info()["config"]["smtp"] == "mail.example.com:587"
