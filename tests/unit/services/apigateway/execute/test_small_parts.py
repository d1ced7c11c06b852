"""Statuses of mocks, stages, authorizers, identifiers of issuers: small rules, each by itself."""

import pytest

from sundog.services.apigateway.execute.authorizer_answers import decide_verdict, read_verdict
from sundog.services.apigateway.execute.authorizing import issuer_of
from sundog.services.apigateway.execute.compiling import compile_pattern
from sundog.services.apigateway.execute.lazy import lazy
from sundog.services.apigateway.execute.mock_status import read_status
from sundog.services.apigateway.execute.narrating import java_map
from sundog.services.apigateway.execute.stage import Settings, read_stage


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b'{"statusCode": 200}', 200),
        (b'{"statusCode": "404", "more": [1]}', 404),
        (b"{statusCode: 200}", 200),
        (b"{\n  statusCode : 201\n}", 201),
        (b"{'statusCode': '202', x: 1}", 202),
        (b"", None),
        (b"200", None),
        (b"[200]", None),
        (b'{"statusCode": true}', None),
        (b'{"statusCode": 20}', None),
        (b'{"status": 200}', None),
    ],
)
def test_the_status_of_a_mock(body, status):
    assert read_status(body) == status


def test_the_settings_of_a_method_go_before_those_of_all():
    stage = read_stage(
        {
            "stageName": "dev",
            "methodSettings": {
                "*/*": {"throttlingRateLimit": 5.0, "throttlingBurstLimit": 2, "cachingEnabled": True},
                "~1pets~1{id}/GET": {
                    "throttlingRateLimit": -1,
                    "loggingLevel": "INFO",
                    "cacheTtlInSeconds": 0,
                },
                "pets/POST": {"metricsEnabled": True},
            },
        }
    )
    assert stage.settings_of("/cats", "GET").rate == 5.0
    own = stage.settings_of("/pets/{id}", "GET")
    assert (own.rate, own.logging, own.ttl_ms) == (None, "INFO", 0)
    assert stage.settings_of("/pets", "POST").has_metrics
    assert read_stage({"stageName": "dev"}).settings_of("/", "GET") == Settings()


def test_a_canary_has_the_stages_variables_and_its_own():
    canary = {"deploymentId": "d", "percentTraffic": 10.5, "stageVariableOverrides": {"b": "3"}}
    stage = read_stage({"stageName": "s", "variables": {"a": "1", "b": "2"}, "canarySettings": canary})
    assert (stage.variables, stage.canary_variables) == ({"a": "1", "b": "2"}, {"a": "1", "b": "3"})
    assert (stage.canary.deployment_id, stage.canary.percent) == ("d", 10.5)


def test_a_pattern_that_cannot_be_read_matches_nothing():
    assert not compile_pattern("(").fullmatch("(")
    assert compile_pattern("4\\d{2}").fullmatch("404")


ARN = "arn:aws:execute-api:us-east-1:000000000000:api/dev/GET/a"


@pytest.mark.parametrize(
    ("statements", "outcome"),
    [
        ([("Allow", "arn:aws:execute-api:*:*:api/dev/*/a")], "allowed"),
        ([("Allow", "*")], "allowed"),
        ([("Allow", "*"), ("Deny", ARN)], "explicitDeny"),
        ([("Allow", "arn:aws:execute-api:*:*:api/dev/POST/*")], "implicitDeny"),
        ([], "implicitDeny"),
    ],
)
def test_the_policy_of_an_authorizer_decides(statements, outcome):
    named = ("Effect", "Resource")
    made = [{**dict(zip(named, one, strict=True)), "Action": "execute-api:Invoke"} for one in statements]
    document = {"principalId": "me", "policyDocument": {"Version": "2012-10-17", "Statement": made}}
    verdict = read_verdict(str(document).replace("'", '"').encode())
    assert decide_verdict(verdict, ARN, "000000000000", {}) == outcome


def test_issuers_of_user_pools():
    arn = "arn:aws:cognito-idp:eu-west-1:123456789012:userpool/eu-west-1_abc"
    assert issuer_of(arn) == "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_abc"
    assert issuer_of("https://idp.example.com/realm") == "https://idp.example.com/realm"
    assert issuer_of("nonsense") == ""


def test_maps_are_written_as_java_prints_them():
    assert java_map({"a": "1", "b": "2"}) == "{a=1, b=2}"
    assert java_map([]) == "{}"


def test_a_lazy_property_is_worked_out_once():
    made = []

    class Thing:
        @lazy
        def value(self) -> int:
            made.append(1)
            return len(made)

    thing = Thing()
    assert (thing.value, thing.value, Thing().value) == (1, 1, 2)
    assert isinstance(Thing.value, lazy)
