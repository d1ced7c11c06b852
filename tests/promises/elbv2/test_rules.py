"""Rules of listeners: how they are made and ordered."""

import pytest

FIXED = {
    "Type": "fixed-response",
    "FixedResponseConfig": {"StatusCode": "404", "MessageBody": "nothing here"},
}

PATH = [{"Field": "path-pattern", "Values": ["/img/*"]}]


async def rules_of(elb, made):
    shown = (await elb.describe_rules(ListenerArn=made.listener))["Rules"]
    return [rule["Priority"] for rule in shown]


async def test_a_rule_is_shown_as_it_was_made(elb, make):
    made = await make()
    created = await elb.create_rule(ListenerArn=made.listener, Priority=5, Conditions=PATH, Actions=[FIXED])
    rule = created["Rules"][0]
    assert rule["Priority"] == "5" and rule["IsDefault"] is False
    assert rule["Conditions"] == [{**PATH[0], "PathPatternConfig": {"Values": ["/img/*"]}}]
    assert rule["RuleArn"].startswith(made.listener.replace(":listener/", ":listener-rule/") + "/")
    assert await rules_of(elb, made) == ["5", "default"]


async def test_priorities_are_taken_once_and_may_be_swapped(elb, make, refusal):
    made = await make()
    arns = {}
    for priority in (1, 2):
        created = await elb.create_rule(
            ListenerArn=made.listener, Priority=priority, Conditions=PATH, Actions=[FIXED]
        )
        arns[priority] = created["Rules"][0]["RuleArn"]
    again = elb.create_rule(ListenerArn=made.listener, Priority=1, Conditions=PATH, Actions=[FIXED])
    assert await refusal(again) == ("PriorityInUse", "Priority '1' is currently in use")
    pairs = [{"RuleArn": arns[1], "Priority": 2}, {"RuleArn": arns[2], "Priority": 1}]
    await elb.set_rule_priorities(RulePriorities=pairs)
    shown = (await elb.describe_rules(ListenerArn=made.listener))["Rules"]
    assert [rule["RuleArn"] for rule in shown[:2]] == [arns[2], arns[1]]
    taken = elb.set_rule_priorities(RulePriorities=[{"RuleArn": arns[1], "Priority": 1}])
    assert (await refusal(taken))[0] == "PriorityInUse"


async def test_the_default_rule_goes_with_its_listener_only(elb, make, refusal):
    made = await make()
    default = (await elb.describe_rules(ListenerArn=made.listener))["Rules"][0]["RuleArn"]
    assert await refusal(elb.delete_rule(RuleArn=default)) == (
        "OperationNotPermitted",
        f"Default rule '{default}' cannot be deleted",
    )


@pytest.mark.parametrize(
    ("conditions", "message"),
    [
        ([{"Values": ["/a"]}], "A condition field must be specified"),
        ([{"Field": "nonsense", "Values": ["/a"]}], "Condition field 'nonsense' must be one of"),
        ([{"Field": "path-pattern"}], "A condition value must be specified"),
        (
            [{"Field": "path-pattern", "Values": [f"/{n}" for n in range(6)]}],
            "can only have '5' condition values",
        ),
        ([{"Field": "path-pattern", "Values": ["/*a*b*c*d*e*f*"]}], "can only have '6' condition wildcards"),
        ([{"Field": "path-pattern", "Values": ["/\u00e9"]}], "contains a character that is not valid"),
        ([{"Field": "path-pattern", "Values": ["a" * 129]}], "cannot be longer than '128' characters"),
        ([*PATH, *PATH], "can only have '1' 'path-pattern' condition"),
        ([{"Field": "source-ip", "SourceIpConfig": {"Values": ["10.0.0.1"]}}], "is not a valid CIDR block"),
        (
            [{"Field": "http-header", "HttpHeaderConfig": {"HttpHeaderName": "host", "Values": ["a"]}}],
            "not valid",
        ),
        ([{"Field": "path-pattern", "RegexValues": ["(?=a)"]}], "uses a feature that is not supported"),
        ([{"Field": "path-pattern", "RegexValues": ["("]}], "is not valid"),
    ],
)
async def test_bad_conditions_are_refused(elb, make, refusal, conditions, message):
    made = await make()
    call = elb.create_rule(ListenerArn=made.listener, Priority=1, Conditions=conditions, Actions=[FIXED])
    code, found = await refusal(call)
    assert code == "ValidationError" and message in found


@pytest.mark.parametrize(
    ("action", "code"),
    [
        ({"Type": "forward"}, "ValidationError"),
        ({"Type": "redirect", "RedirectConfig": {"StatusCode": "HTTP_301"}}, "InvalidLoadBalancerAction"),
        ({"Type": "redirect", "RedirectConfig": {"StatusCode": "HTTP_301", "Port": "0"}}, "ValidationError"),
        (
            {"Type": "redirect", "RedirectConfig": {"StatusCode": "HTTP_301", "Host": "#{nonsense}"}},
            "ValidationError",
        ),
        (
            {
                "Type": "fixed-response",
                "FixedResponseConfig": {"StatusCode": "200", "ContentType": "image/png"},
            },
            "ValidationError",
        ),
        (
            {
                "Type": "authenticate-cognito",
                "AuthenticateCognitoConfig": dict.fromkeys(
                    ("UserPoolArn", "UserPoolClientId", "UserPoolDomain"), "x"
                ),
            },
            "UnsupportedOperation",
        ),
        (
            {
                "Type": "forward",
                "TargetGroupArn": "arn:aws:elasticloadbalancing:us-east-1:000000000000:targetgroup/x/1",
            },
            "TargetGroupNotFound",
        ),
    ],
)
async def test_bad_actions_are_refused(elb, make, refusal, action, code):
    made = await make()
    call = elb.create_rule(ListenerArn=made.listener, Priority=1, Conditions=PATH, Actions=[action])
    assert (await refusal(call))[0] == code


async def test_a_rule_can_be_changed(elb, make, ask):
    made = await make()
    created = await elb.create_rule(ListenerArn=made.listener, Priority=1, Conditions=PATH, Actions=[FIXED])
    arn = created["Rules"][0]["RuleArn"]
    action = {"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "200", "MessageBody": "new"}}
    conditions = [{"Field": "path-pattern", "Values": ["/new"]}]
    await elb.modify_rule(RuleArn=arn, Conditions=conditions, Actions=[action])
    assert (await ask(made.dns_name, "/new")).body == b"new"


async def test_a_target_group_serves_one_load_balancer_and_cannot_go_while_it_does(elb, make, refusal):
    group = (await elb.create_target_group(Name="g", TargetType="lambda"))["TargetGroups"][0][
        "TargetGroupArn"
    ]
    action = {"Type": "forward", "TargetGroupArn": group}
    made = await make(action)
    assert (await refusal(make(action, name="other")))[0] == "TargetGroupAssociationLimit"
    assert await refusal(elb.delete_target_group(TargetGroupArn=group)) == (
        "ResourceInUse",
        f"Target group '{group}' is currently in use by a listener or a rule",
    )
    shown = (await elb.describe_target_groups(LoadBalancerArn=made.arn))["TargetGroups"]
    assert [(one["TargetGroupArn"], one["LoadBalancerArns"]) for one in shown] == [(group, [made.arn])]
    await elb.delete_load_balancer(LoadBalancerArn=made.arn)
    await elb.delete_target_group(TargetGroupArn=group)
