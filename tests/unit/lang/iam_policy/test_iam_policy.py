"""Promises of policies as pure functions."""

from __future__ import annotations

import json
from typing import Any

from sundog.lang.access_key import read_account, write_key_id
from sundog.lang.iam_policy import AccessRequest, Policies, check_identity_policy, decide, read_policy

ALICE = "arn:aws:iam::111122223333:user/alice"
QUEUE = "arn:aws:sqs:us-east-1:111122223333:orders"


def outcome(*statements: dict[str, Any], **layers: Any) -> str:
    policy = read_policy({"Version": "2012-10-17", "Statement": list(statements)})
    asked = AccessRequest(ALICE, "sqs:SendMessage", QUEUE, "111122223333")
    return decide(asked, Policies((policy,), **layers)).outcome


def test_nothing_is_allowed_by_default() -> None:
    assert outcome() == "implicitDeny"


def test_an_explicit_deny_wins_over_an_allow() -> None:
    allow = {"Effect": "Allow", "Action": "sqs:*", "Resource": "*"}
    assert outcome(allow) == "allowed"
    assert outcome(allow, {**allow, "Effect": "Deny"}) == "explicitDeny"


def test_a_variable_default_is_used_when_the_key_is_absent() -> None:
    resource = "arn:aws:sqs:us-east-1:111122223333:${aws:PrincipalTag/team, 'orders'}"
    assert outcome({"Effect": "Allow", "Action": "*", "Resource": resource}) == "allowed"


def test_a_document_with_a_principal_is_no_identity_policy() -> None:
    statement = {"Effect": "Allow", "Action": "*", "Resource": "*", "Principal": "*"}
    text = json.dumps({"Version": "2012-10-17", "Statement": statement})
    assert check_identity_policy(text) == "Policy document should not specify a principal."


def test_a_key_id_holds_its_account() -> None:
    key_id = write_key_id("AKIA", "000000000000", bytes(range(5)))
    assert len(key_id) == 20
    assert read_account(key_id) == "000000000000"
