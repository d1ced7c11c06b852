"""Signatures verify as AWS's documentation says they are to be verified."""

import base64
import json

import pytest
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding

# https://docs.aws.amazon.com/sns/latest/dg/sns-verify-signature-of-message-verify-message-signature.html
SIGNED = ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type")


@pytest.fixture
def verify(page):
    async def check(envelope):
        answer = await page("/" + envelope["SigningCertURL"].rpartition("/")[2])
        key = x509.load_pem_x509_certificate(answer.body).public_key()
        text = "".join(f"{name}\n{envelope[name]}\n" for name in SIGNED if name in envelope)
        digest = hashes.SHA1() if envelope["SignatureVersion"] == "1" else hashes.SHA256()
        key.verify(base64.b64decode(envelope["Signature"]), text.encode(), padding.PKCS1v15(), digest)

    return check


@pytest.mark.parametrize("version", ["1", "2"])
@pytest.mark.parametrize("subject", [{}, {"Subject": "About"}])
async def test_a_notification_verifies_in_both_versions(
    sns, topic, subscribed, bodies, verify, version, subject
):
    arn = await topic(SignatureVersion=version)
    url, _ = await subscribed(arn)
    await sns.publish(TopicArn=arn, Message="hello\nworld", **subject)
    envelope = json.loads((await bodies(url))[0])
    assert envelope["SignatureVersion"] == version
    await verify(envelope)


async def test_a_changed_notification_does_not(sns, topic, subscribed, bodies, verify):
    arn = await topic()
    url, _ = await subscribed(arn)
    await sns.publish(TopicArn=arn, Message="hello")
    envelope = json.loads((await bodies(url))[0])
    with pytest.raises(InvalidSignature):
        await verify(envelope | {"Message": "other"})
