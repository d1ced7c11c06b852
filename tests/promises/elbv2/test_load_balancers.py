"""Load balancers as a control plane: made, shown, changed, deleted."""

import pytest

FIXED = {
    "Type": "fixed-response",
    "FixedResponseConfig": {"StatusCode": "404", "MessageBody": "nothing here"},
}
SUBNETS = ["subnet-0a", "subnet-0b"]


async def test_a_new_load_balancer_is_provisioned_and_then_active(elb):
    made = (await elb.create_load_balancer(Name="front", Subnets=SUBNETS))["LoadBalancers"][0]
    assert made["State"] == {"Code": "provisioning"}
    shown = (await elb.describe_load_balancers(Names=["front"]))["LoadBalancers"][0]
    assert shown["State"] == {"Code": "active"}
    assert shown["LoadBalancerArn"].startswith(
        "arn:aws:elasticloadbalancing:us-east-1:000000000000:loadbalancer/app/front/"
    )
    assert shown["DNSName"].startswith("front-") and shown["DNSName"].endswith(".us-east-1.elb.localhost")
    assert (shown["Scheme"], shown["Type"], shown["IpAddressType"]) == (
        "internet-facing",
        "application",
        "ipv4",
    )
    assert [zone["ZoneName"] for zone in shown["AvailabilityZones"]] == ["us-east-1a", "us-east-1b"]


async def test_making_it_again_returns_it_unless_it_is_to_be_different(elb, refusal):
    made = await elb.create_load_balancer(Name="front", Subnets=SUBNETS)
    again = await elb.create_load_balancer(Name="front", Subnets=SUBNETS)
    assert made["LoadBalancers"][0]["LoadBalancerArn"] == again["LoadBalancers"][0]["LoadBalancerArn"]
    assert await refusal(elb.create_load_balancer(Name="front", Subnets=SUBNETS, Scheme="internal")) == (
        "DuplicateLoadBalancerName",
        "A load balancer with the same name 'front' exists, but with different settings",
    )


@pytest.mark.parametrize(
    ("members", "code", "message"),
    [
        ({"Name": "a" * 33}, "ValidationError", "cannot be longer than '32' characters"),
        ({"Name": "a_b"}, "ValidationError", "can only contain characters that are alphanumeric"),
        ({"Name": "-a"}, "ValidationError", "cannot begin or end with a hyphen"),
        ({"Name": "internal-a"}, "ValidationError", "cannot begin with 'internal-'"),
        (
            {"Subnets": ["subnet-1"]},
            "ValidationError",
            "At least two subnets in two different Availability Zones",
        ),
        ({"Subnets": ["subnet-1", "x"]}, "SubnetNotFound", "The subnet ID 'x' does not exist"),
        ({"SecurityGroups": ["x"]}, "InvalidSecurityGroup", "One or more security groups are invalid"),
        ({"Type": "network"}, "UnsupportedOperation", "does not support load balancers of type network"),
        ({"Type": "gateway"}, "UnsupportedOperation", "does not support load balancers of type gateway"),
        ({"Tags": [{"Key": "a"}, {"Key": "a"}]}, "DuplicateTagKeys", "more than once"),
    ],
)
async def test_bad_load_balancers_are_refused(elb, refusal, members, code, message):
    found = await refusal(elb.create_load_balancer(**{"Name": "front", "Subnets": SUBNETS} | members))
    assert found[0] == code and message in found[1]


async def test_an_internal_load_balancer_says_so_in_its_host(elb):
    made = await elb.create_load_balancer(Name="front", Subnets=SUBNETS, Scheme="internal")
    assert made["LoadBalancers"][0]["DNSName"].startswith("internal-front-")


async def test_lists_come_in_pages(elb):
    for name in ("a", "b", "c"):
        await elb.create_load_balancer(Name=name, Subnets=SUBNETS)
    first = await elb.describe_load_balancers(PageSize=2)
    second = await elb.describe_load_balancers(PageSize=2, Marker=first["NextMarker"])
    names = [[one["LoadBalancerName"] for one in page["LoadBalancers"]] for page in (first, second)]
    assert names == [["a", "b"], ["c"]] and "NextMarker" not in second


async def test_what_is_not_there_is_not_found(elb, refusal):
    arn = "arn:aws:elasticloadbalancing:us-east-1:000000000000:loadbalancer/app/x/0123456789abcdef"
    assert (await refusal(elb.describe_load_balancers(Names=["x"])))[0] == "LoadBalancerNotFound"
    assert (await refusal(elb.describe_listeners(LoadBalancerArn=arn)))[0] == "LoadBalancerNotFound"
    assert await refusal(elb.describe_load_balancer_attributes(LoadBalancerArn="x")) == (
        "ValidationError",
        "'x' is not a valid load balancer ARN",
    )
    await elb.delete_load_balancer(LoadBalancerArn=arn)


async def test_attributes_have_defaults_and_are_checked(elb, make, refusal):
    made = await make()
    shown = await elb.describe_load_balancer_attributes(LoadBalancerArn=made.arn)
    values = {one["Key"]: one.get("Value") for one in shown["Attributes"]}
    assert values["idle_timeout.timeout_seconds"] == "60" and values["routing.http2.enabled"] == "true"
    for key, value, code in (
        ("idle_timeout.timeout_seconds", "4001", "ValidationError"),
        ("nonsense", "1", "ValidationError"),
        ("load_balancing.cross_zone.enabled", "false", "InvalidConfigurationRequest"),
        ("access_logs.s3.enabled", "true", "UnsupportedOperation"),
    ):
        attribute = {"Key": key, "Value": value}
        call = elb.modify_load_balancer_attributes(LoadBalancerArn=made.arn, Attributes=[attribute])
        assert (await refusal(call))[0] == code
    attribute = {"Key": "idle_timeout.timeout_seconds", "Value": "10"}
    changed = await elb.modify_load_balancer_attributes(LoadBalancerArn=made.arn, Attributes=[attribute])
    assert attribute in changed["Attributes"]


async def test_a_protected_load_balancer_is_not_deleted(elb, make, refusal):
    made = await make()
    attribute = {"Key": "deletion_protection.enabled", "Value": "true"}
    await elb.modify_load_balancer_attributes(LoadBalancerArn=made.arn, Attributes=[attribute])
    assert (await refusal(elb.delete_load_balancer(LoadBalancerArn=made.arn)))[0] == "OperationNotPermitted"
    attribute["Value"] = "false"
    await elb.modify_load_balancer_attributes(LoadBalancerArn=made.arn, Attributes=[attribute])
    await elb.delete_load_balancer(LoadBalancerArn=made.arn)
    assert (await elb.describe_load_balancers())["LoadBalancers"] == []
    assert (await refusal(elb.describe_rules(ListenerArn=made.listener)))[0] == "ListenerNotFound"


async def test_every_resource_can_be_tagged(elb, make):
    made = await make()
    arns = [made.arn, made.listener]
    await elb.add_tags(ResourceArns=arns, Tags=[{"Key": "team", "Value": "sun"}, {"Key": "x"}])
    await elb.remove_tags(ResourceArns=arns, TagKeys=["x"])
    shown = (await elb.describe_tags(ResourceArns=arns))["TagDescriptions"]
    assert [one["ResourceArn"] for one in shown] == arns
    assert all(one["Tags"] == [{"Key": "team", "Value": "sun"}] for one in shown)


async def test_configuration_of_the_network_is_kept(elb, make):
    made = await make()
    await elb.set_security_groups(LoadBalancerArn=made.arn, SecurityGroups=["sg-1"])
    await elb.set_ip_address_type(LoadBalancerArn=made.arn, IpAddressType="dualstack")
    await elb.set_subnets(LoadBalancerArn=made.arn, Subnets=["subnet-1", "subnet-2", "subnet-3"])
    shown = (await elb.describe_load_balancers(LoadBalancerArns=[made.arn]))["LoadBalancers"][0]
    assert shown["SecurityGroups"] == ["sg-1"] and shown["IpAddressType"] == "dualstack"
    assert len(shown["AvailabilityZones"]) == 3


async def test_quotas_are_told(elb):
    limits = {one["Name"]: one["Max"] for one in (await elb.describe_account_limits())["Limits"]}
    assert limits["rules-per-application-load-balancer"] == "100"


async def test_no_capacity_is_reserved_and_none_can_be(elb, make, refusal):
    made = await make()
    found = await elb.describe_capacity_reservation(LoadBalancerArn=made.arn)
    assert "MinimumLoadBalancerCapacity" not in found and found["CapacityReservationState"] == []
    capacity = {"CapacityUnits": 100}
    call = elb.modify_capacity_reservation(LoadBalancerArn=made.arn, MinimumLoadBalancerCapacity=capacity)
    assert (await refusal(call))[0] == "UnsupportedOperation"


async def test_listeners_have_a_port_each(elb, make, refusal):
    made = await make()
    listener = {"LoadBalancerArn": made.arn, "Protocol": "HTTP", "DefaultActions": [FIXED]}
    assert (await refusal(elb.create_listener(Port=80, **listener)))[0] == "DuplicateListener"
    await elb.create_listener(Port=81, **listener)
    shown = (await elb.describe_listeners(LoadBalancerArn=made.arn))["Listeners"]
    assert [one["Port"] for one in shown] == [80, 81]
    assert (await refusal(elb.modify_listener(ListenerArn=made.listener, Port=81)))[0] == "DuplicateListener"
    await elb.delete_listener(ListenerArn=made.listener)
    assert len((await elb.describe_listeners(LoadBalancerArn=made.arn))["Listeners"]) == 1


async def test_an_https_listener_needs_a_certificate(elb, make, refusal):
    made = await make()
    listener = {"LoadBalancerArn": made.arn, "Protocol": "HTTPS", "Port": 443, "DefaultActions": [FIXED]}
    assert await refusal(elb.create_listener(**listener)) == (
        "ValidationError",
        "A certificate must be specified for HTTPS listeners",
    )
    first, second = (f"arn:aws:acm:us-east-1:000000000000:certificate/{n}" for n in "ab")
    made = await elb.create_listener(**listener, Certificates=[{"CertificateArn": first}])
    arn = made["Listeners"][0]["ListenerArn"]
    assert made["Listeners"][0]["SslPolicy"] == "ELBSecurityPolicy-2016-08"
    await elb.add_listener_certificates(ListenerArn=arn, Certificates=[{"CertificateArn": second}])
    shown = (await elb.describe_listener_certificates(ListenerArn=arn))["Certificates"]
    assert shown == [
        {"CertificateArn": first, "IsDefault": True},
        {"CertificateArn": second, "IsDefault": False},
    ]
    await elb.remove_listener_certificates(ListenerArn=arn, Certificates=[{"CertificateArn": second}])
    assert len((await elb.describe_listener_certificates(ListenerArn=arn))["Certificates"]) == 1
    call = elb.remove_listener_certificates(ListenerArn=arn, Certificates=[{"CertificateArn": first}])
    assert (await refusal(call))[0] == "OperationNotPermitted"


async def test_what_needs_what_is_not_here_is_refused_by_name(elb, refusal):
    assert (await refusal(elb.describe_trust_stores()))[0] == "UnsupportedOperation"
    assert (await refusal(elb.describe_ssl_policies()))[0] == "UnsupportedOperation"
