"""Events in: who may put them, what the rules take, where they wait, and that none is lost."""

import json
import re

import pytest
from policies import as_list, statements

# The rules, each with its queue, that of its dead letters and the function that reads it.
EVENTS = ("EventQueue", "DeadLetterQueue", "AcceptEvent")
DELIVERIES = ("DeliveryQueue", "DeliveryDeadLetterQueue", "RecordDelivery")
ENDS = ("EndedExecutionsQueue", "EndedExecutionsDeadLetterQueue", "CloseDeployment")
RULES = {
    "RedeployRequestedRule": EVENTS,
    "StackDeletedRule": EVENTS,
    "RedeployScheduleRule": EVENTS,
    "RunChangedRule": DELIVERIES,
    "ExecutionEndedRule": ENDS,
}
KINDS = pytest.mark.parametrize(("queue", "dead_letters", "function"), [EVENTS, DELIVERIES, ENDS])


@pytest.fixture(scope="module")
def resources(platform):
    return platform["Resources"]


@pytest.fixture(scope="module")
def rules(resources):
    return {name: resource for name, resource in resources.items() if resource["Type"] == "AWS::Events::Rule"}


def mappings_of(expanded):
    return [r["Properties"] for r in expanded["Resources"].values() if r["Type"] == "AWS::Lambda::EventSourceMapping"]


def arn_of(rule):
    """The ARN of a rule, as a policy names it."""
    bus = "${Prefix}-pipelines/" if "EventBusName" in rule["Properties"] else ""
    name = rule["Properties"]["Name"]["Fn::Sub"]
    return "arn:${AWS::Partition}:events:${AWS::Region}:${AWS::AccountId}:rule/" + bus + name


def test_every_rule_puts_the_whole_event_into_the_queue_and_loses_none(rules):
    assert set(rules) == set(RULES)
    for name, rule in rules.items():
        queue, dead_letters, _ = RULES[name]
        (target,) = rule["Properties"]["Targets"]
        assert target["Arn"] == {"Fn::GetAtt": [queue, "Arn"]}, name
        assert target["DeadLetterConfig"] == {"Arn": {"Fn::GetAtt": [dead_letters, "Arn"]}}, name
        assert set(target) == {"Id", "Arn", "DeadLetterConfig"}, "the function reads the event as it is"
        assert set(rule["DependsOn"]) == {f"{queue}Policy", f"{dead_letters}Policy"}, name


def test_only_our_rules_put_anything_into_the_queues(resources, rules):
    for queue in {name for kind in RULES.values() for name in kind[:2]}:
        policy = resources[f"{queue}Policy"]
        assert policy["Properties"]["Queues"] == [{"Ref": queue}]
        (statement,) = statements(policy)
        assert statement["Principal"] == {"Service": "events.amazonaws.com"}
        assert (statement["Action"], statement["Resource"]) == ("sqs:SendMessage", {"Fn::GetAtt": [queue, "Arn"]})
        sources = statement["Condition"]["ArnEquals"]["aws:SourceArn"]
        assert {source["Fn::Sub"] for source in sources} == {arn_of(rule) for name, rule in rules.items() if queue in RULES[name]}


def test_requests_come_from_the_platforms_own_account(rules):
    """Anybody that the bus lets in could else have everything redeployed."""
    rule = rules["RedeployRequestedRule"]["Properties"]
    assert rule["EventBusName"] == {"Ref": "EventBus"}
    assert rule["EventPattern"] == {
        "account": [{"Ref": "AWS::AccountId"}],
        "source": [{"Fn::Sub": "${Prefix}.pipelines"}],
        "detail-type": ["Pipeline Redeploy Requested"],
    }


def test_requests_and_announcements_have_one_source(platform, rules):
    machine = platform["Resources"]["StateMachine"]["Properties"]
    assert [machine["DefinitionSubstitutions"]["EventSource"]] == rules["RedeployRequestedRule"]["Properties"]["EventPattern"]["source"]


def test_a_pipelines_deleted_stack_is_heard_of(rules, environment):
    """What the linked accounts forward, no matter which of them."""
    rule = rules["StackDeletedRule"]["Properties"]
    pattern, forwarded = (
        rule["EventPattern"],
        environment["Resources"]["StackDeletedRule"]["Properties"]["EventPattern"],
    )
    assert rule["EventBusName"] == {"Ref": "EventBus"}
    assert (pattern["source"], pattern["detail-type"]) == (forwarded["source"], forwarded["detail-type"])
    assert pattern["detail"]["status-details"] == forwarded["detail"]["status-details"]
    (wildcard,) = pattern["detail"]["stack-id"]
    (prefix,) = forwarded["detail"]["stack-id"]
    taken = re.compile(".*".join(re.escape(part) for part in wildcard["wildcard"]["Fn::Sub"].split("*")))
    assert taken.fullmatch(prefix["prefix"]["Fn::Sub"] + "sales-k3j9x0ab/1f2e")


def test_what_is_told_of_runs_is_heard(rules, environment):
    """What the linked accounts forward; they leave actions out that nobody waits for."""
    rule = rules["RunChangedRule"]["Properties"]
    pattern, forwarded = rule["EventPattern"], environment["Resources"]["RunChangedRule"]["Properties"]["EventPattern"]
    assert rule["EventBusName"] == {"Ref": "EventBus"}
    assert (pattern["source"], pattern["detail"]) == (forwarded["source"], forwarded["detail"])
    assert pattern["detail-type"] == [kind for choice in forwarded["$or"] for kind in choice["detail-type"]]


def test_there_is_no_schedule_unless_somebody_sets_one(platform, rules):
    rule = rules["RedeployScheduleRule"]
    assert platform["Parameters"]["RedeploySchedule"]["Default"] == ""
    assert platform["Conditions"][rule["Condition"]] == {"Fn::Not": [{"Fn::Equals": [{"Ref": "RedeploySchedule"}, ""]}]}
    assert rule["Properties"]["ScheduleExpression"] == {"Ref": "RedeploySchedule"}
    assert "EventBusName" not in rule["Properties"], "schedules are of the default bus"
    pattern = re.compile(platform["Parameters"]["RedeploySchedule"]["AllowedPattern"])
    assert all(pattern.fullmatch(text) for text in ("", "rate(1 day)", "cron(0 4 * * ? *)"))
    assert not any(pattern.fullmatch(text) for text in ("daily", "rate()", "1 day"))


def test_other_accounts_may_tell_of_stacks_and_code_pipelines_and_of_nothing_else(platform, resources):
    """And only those that the operator names: by default nobody may."""
    policies = {name: r for name, r in resources.items() if r["Type"] == "AWS::Events::EventBusPolicy"}
    assert {policy["Condition"] for policy in policies.values()} == {"TrustsOrganization", "TrustsAccounts"}
    for name, policy in policies.items():
        statement = policy["Properties"]["Statement"]
        assert statement["Action"] == "events:PutEvents", name
        assert statement["Resource"] == {"Fn::GetAtt": ["EventBus", "Arn"]}, name
        assert statement["Condition"]["ForAllValues:StringEquals"] == {"events:source": ["aws.cloudformation", "aws.codepipeline"]}, name
    organization = resources["EventBusOrganizationPolicy"]["Properties"]["Statement"]
    assert organization["Condition"]["StringEquals"] == {"aws:PrincipalOrgID": {"Ref": "TrustedOrganizationId"}}
    accounts = resources["EventBusAccountsPolicy"]["Properties"]["Statement"]
    assert accounts["Principal"] == {"AWS": {"Ref": "TrustedAccountIds"}}
    for parameter in ("TrustedOrganizationId", "TrustedAccountIds"):
        assert platform["Parameters"][parameter]["Default"] == ""


@KINDS
def test_what_waits_is_encrypted_and_kept_for_two_weeks(resources, queue, dead_letters, function):
    for name in (queue, dead_letters):
        assert resources[name]["Properties"]["SqsManagedSseEnabled"] is True
        assert resources[name]["Properties"]["MessageRetentionPeriod"] == 14 * 24 * 60 * 60


@KINDS
def test_what_is_not_accepted_in_some_tries_is_a_dead_letter(resources, queue, dead_letters, function):
    """The end of an execution is tried for an hour: nobody sends that again."""
    assert resources[queue]["Properties"]["RedrivePolicy"] == {
        "deadLetterTargetArn": {"Fn::GetAtt": [dead_letters, "Arn"]},
        "maxReceiveCount": 120 if queue == "EndedExecutionsQueue" else 5,
    }
    names = [resources[name]["Properties"]["QueueName"]["Fn::Sub"] for name in (queue, dead_letters)]
    assert names[1] == f"{names[0]}-dead-letters"


@KINDS
def test_events_are_accepted_at_a_pace_and_each_fails_alone(expanded, resources, queue, dead_letters, function):
    """As CloudFormation makes the mapping: https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html"""
    mappings = [mapping for mapping in mappings_of(expanded) if "DestinationConfig" not in mapping]
    assert len(mappings) == len({*RULES.values()})
    (mapping,) = [m for m in mappings if m["FunctionName"] == {"Ref": f"{function}Function"}]
    assert mapping["EventSourceArn"] == {"Fn::GetAtt": [queue, "Arn"]}
    assert mapping["BatchSize"] == 10
    assert mapping["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    assert mapping["ScalingConfig"] == {"MaximumConcurrency": 5}
    timeout = expanded["Resources"][f"{function}Function"]["Properties"]["Timeout"]
    times = 2 if queue == "EndedExecutionsQueue" else 6
    assert resources[queue]["Properties"]["VisibilityTimeout"] >= times * timeout


@pytest.mark.parametrize(
    ("function", "queue", "rows"),
    [
        ("StartExecutions", "UnstartedExecutionsQueue", {"DEPLOYMENT#", "REDEPLOYMENT"}),
        ("AnnounceAudit", "UnannouncedAuditQueue", {"AUDIT#"}),
    ],
)
def test_what_is_recorded_is_worked_on_without_end_and_nothing_else_is_looked_at(expanded, resources, function, queue, rows):
    """https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-params.html"""
    streams = [mapping for mapping in mappings_of(expanded) if "DestinationConfig" in mapping]
    # More than two readers of a shard are throttled.
    assert len(streams) == 2
    (mapping,) = [mapping for mapping in streams if mapping["FunctionName"] == {"Ref": f"{function}Function"}]
    assert mapping["EventSourceArn"] == {"Fn::GetAtt": ["Table", "StreamArn"]}
    assert resources["Table"]["Properties"]["StreamSpecification"] == {"StreamViewType": "KEYS_ONLY"}
    assert mapping["StartingPosition"] == "TRIM_HORIZON", "what was recorded before the mapping was made is worked on, too"
    assert mapping["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    assert "MaximumRetryAttempts" not in mapping, "its age alone ends it"
    assert mapping["MaximumRecordAgeInSeconds"] < 24 * 60 * 60, "so long the stream keeps it"
    assert mapping["DestinationConfig"] == {"OnFailure": {"Destination": {"Fn::GetAtt": [queue, "Arn"]}}}
    patterns = [json.loads(pattern["Pattern"]) for pattern in mapping["FilterCriteria"]["Filters"]]
    assert all(pattern["eventName"] == ["INSERT"] for pattern in patterns)
    (kinds,) = zip(*(pattern["dynamodb"]["Keys"]["sk"]["S"] for pattern in patterns), strict=True)
    assert {kind if isinstance(kind, str) else kind["prefix"] for kind in kinds} == rows


def test_only_executions_that_ended_badly_are_heard_of(rules):
    rule = rules["ExecutionEndedRule"]["Properties"]
    assert "EventBusName" not in rule, "Step Functions tells the default bus"
    assert rule["EventPattern"]["detail"] == {"stateMachineArn": [{"Ref": "StateMachine"}], "status": ["FAILED", "TIMED_OUT", "ABORTED"]}


@KINDS
def test_the_function_reads_its_own_queue_only(resources, queue, dead_letters, function):
    (reading,) = [s for s in statements(resources[f"{function}Role"]) if "sqs:ReceiveMessage" in as_list(s["Action"])]
    assert reading["Resource"] == {"Fn::GetAtt": [queue, "Arn"]}


@pytest.mark.parametrize("role", ["RecordDeliveryRole", "CloseDeploymentRole"])
def test_what_is_told_on_goes_to_the_platforms_bus_only(resources, role):
    (telling,) = [s for s in statements(resources[role]) if s["Action"] == "events:PutEvents"]
    assert telling["Resource"] == {"Fn::GetAtt": ["EventBus", "Arn"]}


def test_foreign_events_are_counted_by_the_words_that_the_function_says(resources, repository):
    metric = resources["ForeignEvents"]["Properties"]
    assert metric["LogGroupName"] == {"Ref": "FunctionsLog"}
    assert metric["FilterPattern"] == '{ ($.message = "event handled") && ($.outcome = "foreign:*") }'
    assert '"event handled"' in (repository / "shared/lambda-edge/src/batch.rs").read_text()
    assert '"foreign: ' in (repository / "shared/application/src/deliveries/record.rs").read_text()


def test_the_design_lists_the_rules(repository, rules, environment):
    text = (repository / "docs/architecture.md").read_text().partition("\n## Events in\n")[2].partition("\n## ")[0]
    listed = set(re.findall(r"^\| `\{prefix\}(-[a-z-]+)` \|", text, re.MULTILINE))
    named = [*rules.values(), *(environment["Resources"][name] for name in ("StackDeletedRule", "RunChangedRule"))]
    assert listed == {rule["Properties"]["Name"]["Fn::Sub"].removeprefix("${Prefix}") for rule in named}
