"""Quotas are those of the limits the server was started with."""

import pytest
from botocore.exceptions import ClientError

from sundog.config import Config


@pytest.fixture(params=["classic"])
def config(request):
    return Config(port=0, ephemeral=True, limits=request.param)


async def test_classic_messages_have_at_most_256_kibibytes(sqs, queue, bodies):
    url = await queue()
    answer = await sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["MaximumMessageSize"])
    assert answer["Attributes"] == {"MaximumMessageSize": "262144"}
    await sqs.send_message(QueueUrl=url, MessageBody="x" * 262_144)
    with pytest.raises(ClientError, match="Message must be shorter than 262144 bytes"):
        await sqs.send_message(QueueUrl=url, MessageBody="x" * 262_145)


@pytest.mark.parametrize("config", ["relaxed"], indirect=True)
async def test_relaxed_names_can_be_used_again_at_once(sqs, queue):
    await sqs.delete_queue(QueueUrl=await queue())
    await queue()
