"""Parameters are refused in the words that AWS was recorded to use."""

# ruff: noqa: E501 - messages stay whole, so that one can search for them

from __future__ import annotations

import re
import warnings

import pytest
from botocore.session import Session

from sundog.errors import AwsError
from sundog.protocol.patterns import translate_pattern
from sundog.protocol.validation import compile_validator

SESSION = Session()
SERVED = ("sqs", "lambda", "logs", "cloudwatch", "iam", "sts", "apigateway")
LAYERS = (
    "Member must have length less than or equal to 2048, Member must have length greater than or equal to 1, "
    "Member must satisfy regular expression pattern: "
)


@pytest.fixture(scope="module")
def models():
    loaded = {}

    def get(service):
        if service not in loaded:
            loaded[service] = SESSION.get_service_model(service)
        return loaded[service]

    return get


def _refusal(model, operation, request) -> tuple[str, str]:
    with pytest.raises(AwsError) as refusal:
        compile_validator(model, operation)(request)
    return refusal.value.wire_code, refusal.value.message


RECORDED = [
    (
        ("apigateway", "CreateRestApi", {"name": "n", "endpointConfiguration": {"types": ["wrong"]}}),
        "ValidationException",
        "1 validation error detected: Value '[wrong]' at 'createRestApiInput.endpointConfiguration.types' failed to "
        "satisfy constraint: Member must satisfy constraint: [Member must satisfy enum value set: [PRIVATE, EDGE, "
        "REGIONAL]]",
    ),
    (
        (
            "apigateway",
            "GetIntegrationResponse",
            {"restApiId": "a", "resourceId": "b", "httpMethod": "GET", "statusCode": "wrong"},
        ),
        "ValidationException",
        "1 validation error detected: Value 'wrong' at 'statusCode' failed to satisfy constraint: Member must satisfy "
        "regular expression pattern: [1-5]\\d\\d",
    ),
    (
        ("logs", "DescribeMetricFilters", {"metricName": "X" * 256, "metricNamespace": "a"}),
        "InvalidParameterException",
        f"1 validation error detected: Value '{'X' * 256}' at 'metricName' failed to satisfy constraint: "
        "Member must have length less than or equal to 255",
    ),
    (
        ("logs", "FilterLogEvents", {"limit": 10_001}),
        "InvalidParameterException",
        "1 validation error detected: Value '10001' at 'limit' failed to satisfy constraint: Member must have "
        "value less than or equal to 10000",
    ),
    (
        ("cloudwatch", "SetAlarmState", {"AlarmName": "a", "StateValue": "INVALID", "StateReason": "r"}),
        "ValidationException",
        "1 validation error detected: Value 'INVALID' at 'stateValue' failed to satisfy constraint: Member must "
        "satisfy enum value set: [INSUFFICIENT_DATA, ALARM, OK]",
    ),
    (
        (
            "lambda",
            "CreateFunctionUrlConfig",
            {"FunctionName": "f", "AuthType": "NONE", "InvokeMode": "UNKNOWN"},
        ),
        "ValidationException",
        "1 validation error detected: Value 'UNKNOWN' at 'invokeMode' failed to satisfy constraint: Member must "
        "satisfy enum value set: [RESPONSE_STREAM, BUFFERED]",
    ),
    (
        ("lambda", "UntagResource", {"Resource": "arn:aws:lambda:us-east-1:000000000000:function:f"}),
        "ValidationException",
        "1 validation error detected: Value null at 'tagKeys' failed to satisfy constraint: Member must not be null",
    ),
    (
        ("sns", "SetSMSAttributes", {}),
        "ValidationError",
        "1 validation error detected: Value null at 'attributes' failed to satisfy constraint: Member must not be "
        "null",
    ),
    (
        (
            "iam",
            "UpdateServiceSpecificCredential",
            {"ServiceSpecificCredentialId": "!" * 22, "Status": "Active"},
        ),
        "ValidationError",
        "1 validation error detected: Value at 'serviceSpecificCredentialId' failed to satisfy constraint: Member "
        "must satisfy regular expression pattern: [\\w]+",
    ),
    (
        ("events", "PutTargets", {"Rule": "r", "Targets": [{"Id": "!@#$@!#$", "Arn": "arn"}]}),
        "ValidationException",
        "1 validation error detected: Value '!@#$@!#$' at 'targets.1.member.id' failed to satisfy constraint: "
        "Member must satisfy regular expression pattern: [\\.\\-_A-Za-z0-9]+",
    ),
    (
        ("kms", "TagResource", {"KeyId": "k", "Tags": [{"TagKey": "a" * 129, "TagValue": "v"}]}),
        "ValidationException",
        f"1 validation error detected: Value '{'a' * 129}' at 'tags.1.member.tagKey' failed to satisfy constraint: "
        "Member must have length less than or equal to 128",
    ),
    (
        ("kms", "GenerateRandom", {"NumberOfBytes": 0}),
        "ValidationException",
        "1 validation error detected: Value '0' at 'numberOfBytes' failed to satisfy constraint: Member must have "
        "value greater than or equal to 1",
    ),
    (
        ("iam", "CreateUser", {"UserName": "not a name"}),
        "ValidationError",
        "The specified value for userName is invalid. It must contain only alphanumeric characters and/or the "
        "following: +=,.@_-",
    ),
]


@pytest.mark.parametrize(
    ("call", "code", "message"), RECORDED, ids=lambda v: str(v[:2]) if type(v) is tuple else ""
)
def test_a_wrong_parameter_is_refused_as_recorded_on_aws(models, call, code, message):
    service, operation, request = call
    assert _refusal(models(service), operation, request) == (code, message)


def test_several_errors_are_counted_and_the_pattern_comes_first(models):
    name = "This should fail with two errors 123467890123412341234123412341234"
    request = {"Name": name, "AuthorizationType": "INVALID", "AuthParameters": {}}
    assert _refusal(models("events"), "CreateConnection", request)[1] == (
        f"3 validation errors detected: Value '{name}' at 'name' failed to satisfy constraint: Member must satisfy "
        f"regular expression pattern: [\\.\\-_A-Za-z0-9]+; Value '{name}' at 'name' failed to satisfy constraint: "
        "Member must have length less than or equal to 64; Value 'INVALID' at 'authorizationType' failed to satisfy "
        "constraint: Member must satisfy enum value set: [BASIC, OAUTH_CLIENT_CREDENTIALS, API_KEY]"
    )


def test_scalars_in_a_list_are_one_problem_that_names_all_demands(models):
    request = {"FunctionName": "f", "Layers": ["arn:x", "arn:y"]}
    _, message = _refusal(models("lambda"), "UpdateFunctionConfiguration", request)
    start = "1 validation error detected: Value '[arn:x, arn:y]' at 'layers' failed to satisfy constraint: "
    assert message.startswith(f"{start}Member must satisfy constraint: [{LAYERS}")
    assert message.endswith(", Member must not be null]")


def test_nothing_in_a_list_of_structures_may_be_null(models):
    request = {"resourceArn": "arn", "tags": [{"key": "a"}, None]}
    assert _refusal(models("stepfunctions"), "TagResource", request) == (
        "ValidationException",
        "1 validation error detected: Value null at 'tags.2.member' failed to satisfy constraint: Member must not be null",
    )


def test_a_demand_is_said_as_aws_says_it_today(models):
    _, message = _refusal(models("lambda"), "GetLayerVersionByArn", {"Arn": "arn:x"})
    assert "Member must satisfy regular expression pattern: (arn:(aws[a-zA-Z-]*)?:lambda:" in message
    assert message.startswith("1 validation error detected: Value 'arn:x' at 'arn' failed to satisfy")


def test_lists_of_runtimes_have_words_of_their_own(models):
    request = {
        "LayerName": "l",
        "Content": {},
        "CompatibleRuntimes": ["bad"],
        "CompatibleArchitectures": ["bad"],
    }
    _, message = _refusal(models("lambda"), "PublishLayerVersion", request)
    assert message.startswith(
        "2 validation errors detected: Value '[bad]' at 'compatibleRuntimes' failed to satisfy constraint: Member "
        "must satisfy enum value set: [nodejs20.x, "
    )
    assert message.endswith(
        "; Value '[bad]' at 'compatibleArchitectures' failed to satisfy constraint: Member must satisfy constraint: "
        "[Member must satisfy enum value set: [x86_64, arm64], Member must not be null]"
    )


def test_a_secret_is_not_printed(models):
    request = {"FunctionName": "f", "Environment": {"Variables": {"1-secret": "s"}}}
    _, message = _refusal(models("lambda"), "UpdateFunctionConfiguration", request)
    assert "Value at 'environment.variables' failed to satisfy constraint: Map keys must satisfy" in message
    assert "secret" not in message


def test_a_structure_is_printed_as_java_prints_it(models):
    transformation = {"metricName": "m", "metricNamespace": "n", "metricValue": "1"}
    request = {
        "logGroupName": "g",
        "filterName": "f",
        "filterPattern": "",
        "metricTransformations": [transformation, transformation],
    }
    _, message = _refusal(models("logs"), "PutMetricFilter", request)
    assert "MetricTransformation(metricName=m, metricNamespace=n, metricValue=1, defaultValue=null" in message
    assert "Member must have length less than or equal to 1" in message


@pytest.mark.parametrize(
    ("service", "operation", "request_"),
    [
        ("sqs", "CreateQueue", {}),  # it words everything itself
        (
            "lambda",
            "CreateFunction",
            {"FunctionName": "f", "Role": "arn:aws:iam::0:role/r", "Code": {}, "Runtime": "x"},
        ),
        ("iam", "TagUser", {"UserName": "u", "Tags": [{"Key": "ключ ü", "Value": ""}]}),
        ("sts", "GetCallerIdentity", {}),
        (
            "logs",
            "PutLogEvents",
            {"logGroupName": "g", "logStreamName": "s", "logEvents": [{"timestamp": 0, "message": "m"}]},
        ),
    ],
)
def test_what_the_service_checks_itself_or_is_right_passes(models, service, operation, request_):
    if operation == "CreateFunction":
        request_ = request_ | {"Role": "arn:aws:iam::000000000000:role/r"}
    compile_validator(models(service), operation)(request_)


def test_a_shape_that_contains_itself_is_checked_at_every_depth(models):
    tree = {"S": "x"}
    for _ in range(5):
        tree = {"L": [tree]}
    compile_validator(models("dynamodb"), "PutItem")({"TableName": "table", "Item": {"a": tree}})


@pytest.mark.parametrize("service", SERVED)
def test_every_pattern_of_a_service_can_be_checked(models, service):
    model = models(service)
    patterns = {model.shape_for(name).metadata.get("pattern") for name in model.shape_names} - {None}
    assert [p for p in patterns if translate_pattern(p) is None] == []


@pytest.mark.parametrize(
    ("pattern", "fits", "fits_not"),
    [
        (r"[\w]+", "az_09", "é"),
        (r"[\p{L}\p{Z}\p{N}_.:/=+\-@]*", "été 1 ж_=", "a\tb"),
        (r"[\p{L}\p{M}\p{N}\p{P}\p{S}\p{Zs}]+", "e\u0301 €!", "\n"),
        (r"[\w-_]*", "a-_b", "a b"),
        (r"$|a+", "", "b"),
    ],
)
def test_patterns_mean_what_they_mean_in_java(pattern, fits, fits_not):
    compiled = translate_pattern(pattern)
    assert compiled is not None
    assert compiled.fullmatch(fits)
    assert not compiled.fullmatch(fits_not)


def test_a_pattern_that_python_would_misread_is_left_out():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        re.compile("[[a-z]&&[^x]]")
    assert translate_pattern("[[a-z]&&[^x]]") is None
    assert translate_pattern(r"\p{Lower}+") is None
