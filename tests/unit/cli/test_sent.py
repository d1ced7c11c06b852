"""What people read about mails and text messages that stayed on this machine."""

import pytest

from sundog.cli.sent import NoMail, list_mails, list_sent, show_mail

MAIL = {
    "id": 7,
    "kind": "mail",
    "sent_ms": 1_000,
    "from": "AWS Notifications <no-reply@sns.amazonaws.com>",
    "to": "a@b.c",
    "subject": "Hello",
    "text": "first\nsecond",
}
TEXT = {"id": 8, "kind": "sms", "sent_ms": 2_000, "to": "+4917", "text": "first\nsecond"}


class Answers:
    """A server that answers these values."""

    def __init__(self, **answers):
        self._answers = {f"/_sundog/{path}": answer for path, answer in answers.items()}

    def get(self, path):
        return self._answers.get(path, {"error": "there is no mail 9"})


def plain(lines):
    return [line.plain for line in lines]


def test_a_mail_is_a_line_of_the_list():
    (line,) = plain(list_mails(Answers(mail={"mails": [MAIL]})))
    assert line.startswith("    7 ") and line.endswith("mail a@b.c  Hello")


def test_an_empty_mailbox_and_an_empty_outbox_say_so():
    assert plain(list_mails(Answers(mail={"mails": []}))) == ["No mail has been sent."]
    assert plain(list_sent(Answers(outbox={"sent": []}))) == ["Nothing has been sent."]


def test_a_mail_is_shown_with_its_head_and_whole_text():
    shown = plain(show_mail(Answers(**{"mail/7": MAIL}), 7))
    assert shown[1:3] == ["To: a@b.c", "Subject: Hello"]
    assert shown[-1] == "first\nsecond"


def test_a_mail_that_is_not_there_is_told():
    with pytest.raises(NoMail, match="there is no mail 9"):
        list(show_mail(Answers(), 9))


def test_the_outbox_shows_the_first_line_of_each_text():
    (line,) = plain(list_sent(Answers(outbox={"sent": [TEXT]})))
    assert line.endswith("sms  +4917  first")
