"""Promises about domain names, mappings, VPC links, client certificates, the account and tags."""

import pytest
from cryptography import x509

DOMAIN = "api.example.com"
ACM = "arn:aws:acm"
BALANCER = "arn:aws:elasticloadbalancing:us-east-1:000000000000:loadbalancer/net/nlb/1"


@pytest.fixture
async def mapped(gateway, api, domain):
    """The domain with its mapping ``v1`` to stage ``dev`` of the API."""
    await api.mock()
    await api.deploy(stageName="dev")
    await domain()
    await gateway.create_base_path_mapping(domainName=DOMAIN, basePath="v1", restApiId=api.id, stage="dev")
    return api


@pytest.mark.parametrize(
    ("kind", "address"),
    [("EDGE", "distributionDomainName"), ("REGIONAL", "regionalDomainName"), ("PRIVATE", "domainNameId")],
)
async def test_a_domain_has_an_address_of_its_kind(gateway, domain, kind, address):
    created = await domain(kind)
    assert created["domainNameStatus"] == "AVAILABLE"
    again = await gateway.get_domain_name(domainName=DOMAIN)
    assert again[address] == created[address]


async def test_a_domain_is_created_once(domain, refused):
    await domain()
    with refused("BadRequestException", "The domain name you provided already exists."):
        await domain(name=DOMAIN.upper())


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({}, "A certificate was not provided for the endpoint type EDGE."),
        (
            {"endpointConfiguration": {"types": ["REGIONAL"]}},
            "A certificate was not provided for the endpoint type REGIONAL.",
        ),
        (
            {
                "endpointConfiguration": {"types": ["REGIONAL"]},
                "certificateArn": f"{ACM}:us-east-1:1:certificate/c",
            },
            "Cannot import certificates for EDGE while REGIONAL is active.",
        ),
        (
            {"certificateArn": f"{ACM}:eu-west-1:1:certificate/c"},
            f"Invalid certificate ARN: {ACM}:eu-west-1:1:certificate/c. Certificate must be in 'us-east-1'.",
        ),
        ({"certificateArn": "c"}, "Invalid certificate ARN: c."),
    ],
)
async def test_a_domain_has_a_certificate_of_its_kind(gateway, refused, asked, message):
    with refused("BadRequestException", message):
        await gateway.create_domain_name(domainName=DOMAIN, **asked)


async def test_a_domain_that_becomes_regional_gets_a_regional_address(gateway, domain, patch):
    certificate = (await domain())["certificateArn"]
    changed = await gateway.update_domain_name(
        domainName=DOMAIN,
        patchOperations=patch("replace", "/endpointConfiguration/types/EDGE", "REGIONAL")
        + patch("replace", "/regionalCertificateArn", certificate),
    )
    assert changed["regionalDomainName"].endswith(".execute-api.us-east-1.amazonaws.com")


async def test_a_mapping_is_moved_and_deleted(gateway, mapped, patch, refused):
    moved = await gateway.update_base_path_mapping(
        domainName=DOMAIN, basePath="v1", patchOperations=patch("replace", "/basePath", "v2")
    )
    assert moved["basePath"] == "v2"
    with refused("NotFoundException", "Invalid base path mapping identifier specified"):
        await gateway.get_base_path_mapping(domainName=DOMAIN, basePath="v1")
    await gateway.delete_base_path_mapping(domainName=DOMAIN, basePath="v2")
    assert (await gateway.get_base_path_mappings(domainName=DOMAIN))["items"] == []


async def test_a_mapping_without_a_path_is_called_none(gateway, mapped):
    created = await gateway.create_base_path_mapping(domainName=DOMAIN, restApiId=mapped.id)
    assert created["basePath"] == "(none)"
    found = await gateway.get_base_path_mapping(domainName=DOMAIN, basePath="(none)")
    assert found["restApiId"] == mapped.id


@pytest.mark.parametrize(
    ("asked", "code", "message"),
    [
        ({"basePath": "v1"}, "ConflictException", "Base path already exists for this domain name"),
        ({"restApiId": "no"}, "BadRequestException", "Invalid REST API identifier specified"),
        ({"stage": "no"}, "BadRequestException", "Invalid stage identifier specified"),
        (
            {"basePath": "a/b"},
            "BadRequestException",
            "API Gateway V1 doesn't support the slash character (/) in base path mappings. To create a"
            " multi-level base path mapping, use API Gateway V2.",
        ),
        ({"domainName": "no.example.com"}, "NotFoundException", "Invalid domain name identifier specified"),
    ],
)
async def test_a_mapping_that_cannot_be_is_refused(gateway, mapped, refused, asked, code, message):
    right = {"domainName": DOMAIN, "basePath": "new", "restApiId": mapped.id, "stage": "dev"}
    with refused(code, message):
        await gateway.create_base_path_mapping(**{**right, **asked})


async def test_a_link_is_pending_and_then_ready(gateway, patch):
    link = await gateway.create_vpc_link(name="l", targetArns=[BALANCER])
    assert link["status"] == "PENDING"
    assert (await gateway.get_vpc_link(vpcLinkId=link["id"]))["status"] == "AVAILABLE"
    changed = await gateway.update_vpc_link(
        vpcLinkId=link["id"], patchOperations=patch("replace", "/name", "n")
    )
    assert changed["name"] == "n"
    await gateway.delete_vpc_link(vpcLinkId=link["id"])
    assert (await gateway.get_vpc_links())["items"] == []


async def test_a_client_certificate_is_one_for_a_year(gateway, patch):
    made = await gateway.generate_client_certificate(description="d")
    certificate = x509.load_pem_x509_certificate(made["pemEncodedCertificate"].encode())
    valid = certificate.not_valid_after_utc - certificate.not_valid_before_utc
    assert valid.days == (made["expirationDate"] - made["createdDate"]).days == 365
    changed = await gateway.update_client_certificate(
        clientCertificateId=made["clientCertificateId"],
        patchOperations=patch("replace", "/description", "e"),
    )
    assert changed["description"] == "e"
    assert "privateKey" not in changed
    assert len((await gateway.get_client_certificates())["items"]) == 1


async def test_the_account_has_the_usual_throttle(gateway, patch, refused):
    account = await gateway.get_account()
    assert account["throttleSettings"] == {"burstLimit": 5_000, "rateLimit": 10_000.0}
    with refused("BadRequestException", "Invalid ARN specified in the request"):
        await gateway.update_account(patchOperations=patch("replace", "/cloudwatchRoleArn", "role"))


# Tags


@pytest.fixture
async def tagged(gateway, mapped):
    """ARNs of one thing of each kind that can be tagged."""
    key = await gateway.create_api_key(name="k")
    plan = await gateway.create_usage_plan(name="p")
    link = await gateway.create_vpc_link(name="l", targetArns=[BALANCER])
    certificate = await gateway.generate_client_certificate()
    paths = [
        f"restapis/{mapped.id}",
        f"restapis/{mapped.id}/stages/dev",
        f"apikeys/{key['id']}",
        f"usageplans/{plan['id']}",
        f"domainnames/{DOMAIN}",
        f"vpclinks/{link['id']}",
        f"clientcertificates/{certificate['clientCertificateId']}",
    ]
    return [f"arn:aws:apigateway:us-east-1::/{path}" for path in paths]


async def test_everything_that_can_be_tagged_is(gateway, tagged):
    for arn in tagged:
        await gateway.tag_resource(resourceArn=arn, tags={"a": "1", "b": "2"})
        await gateway.untag_resource(resourceArn=arn, tagKeys=["a"])
        assert (await gateway.get_tags(resourceArn=arn))["tags"] == {"b": "2"}


async def test_tags_of_aws_are_refused(gateway, api, refused):
    arn = f"arn:aws:apigateway:us-east-1::/restapis/{api.id}"
    with refused("BadRequestException", "Tag keys must not begin with aws:"):
        await gateway.tag_resource(resourceArn=arn, tags={"aws:x": "1"})


@pytest.mark.parametrize(
    "arn", ["no-arn", "arn:aws:apigateway:us-east-1::/restapis", "arn:aws:sqs:us-east-1::/a"]
)
async def test_what_has_no_tags_is_refused(gateway, refused, arn):
    with refused("BadRequestException", "Invalid ARN specified in the request"):
        await gateway.get_tags(resourceArn=arn)


@pytest.mark.parametrize("operation", ["get_sdk_types", "get_domain_name_access_associations"])
async def test_what_is_left_out_is_refused_by_name(gateway, operation):
    with pytest.raises(Exception, match="sundog does not support apigateway:"):
        await getattr(gateway, operation)()
