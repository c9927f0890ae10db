"""The dashboard and the alarms: they show what is really there, and say what to do."""

import json
import re

import pytest

OWN = "${Prefix}-pipelines"
SIZE = 24


@pytest.fixture(scope="module")
def resources(platform):
    return platform["Resources"]


@pytest.fixture(scope="module")
def alarms(resources):
    return {
        resource["Properties"]["AlarmName"]["Fn::Sub"].removeprefix("${Prefix}-platform-"): resource["Properties"]
        for resource in resources.values()
        if resource["Type"] == "AWS::CloudWatch::Alarm"
    }


@pytest.fixture(scope="module")
def widgets(resources):
    return json.loads(resources["Dashboard"]["Properties"]["DashboardBody"]["Fn::Sub"])["widgets"]


@pytest.fixture(scope="module")
def guide(repository):
    return (repository / "docs/operations.md").read_text()


@pytest.fixture(scope="module")
def documented(guide):
    """The metrics of the operator's guide, each with its dimensions."""
    section = guide.partition("\n## Metrics\n")[2].partition("\n### ")[0]
    rows = re.findall(r"^\| `(\w+)` \| (.*?) \| \w+ \|", section, re.MULTILINE)
    assert rows
    return {metric: set(re.findall(r"`([A-Z][a-z]+)`", dimensions)) for metric, dimensions in rows}


def metrics_of(widget):
    """Namespace, name and dimensions of each metric that a widget names; `...` repeats what is before it."""
    last = []
    for line in widget["properties"].get("metrics", []):
        words = [word for word in line if isinstance(word, str)]
        if words:
            last = words if words[0] != "..." else [*last[: -len(words) + 1], *words[1:]]
            yield last[0], last[1], dict(zip(last[2::2], last[3::2], strict=True))


def searches_of(widget):
    """Namespace, dimensions and name of each metric that a widget searches for."""
    for line in widget["properties"].get("metrics", []):
        for options in line:
            if isinstance(options, dict) and "expression" in options:
                search = re.fullmatch(r"SEARCH\('\{\"(\S+)\",([\w,]+)\} MetricName=\"(\w+)\"', '\w+', 300\)", options["expression"])
                namespace, dimensions, metric = search.groups()
                yield namespace, metric, set(dimensions.split(","))


def anchors(markdown):
    """The places of a page that a link can name: its headings, spelled as GitHub does, and its own anchors."""
    headings = re.findall(r"^#+ (.+)$", markdown, re.MULTILINE)
    slugs = {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}
    return slugs | set(re.findall(r'<a id="([\w-]+)">', markdown))


def test_every_alarm_says_what_to_do_and_where_it_is_written(alarms, guide):
    places = anchors(guide)
    for name, alarm in alarms.items():
        link = re.search(r"docs/operations\.md#([\w-]+)$", alarm["AlarmDescription"])
        assert link and link[1] in places, name
        assert len(alarm["AlarmDescription"]) <= 1024, name


def test_the_operators_guide_lists_the_alarms(alarms, guide):
    assert set(re.findall(r"^\| `dataall-platform-([\w-]+)` \|", guide, re.MULTILINE)) == set(alarms)


def test_alarms_tell_the_topic_if_there_is_one(alarms, platform):
    assert platform["Parameters"]["AlarmTopicArn"]["Default"] == ""
    for name, alarm in alarms.items():
        for actions in ("AlarmActions", "OKActions"):
            condition, topic, nothing = alarm[actions]["Fn::If"]
            assert (condition, topic) == ("HasAlarmTopic", [{"Ref": "AlarmTopicArn"}]), name
            assert nothing == {"Ref": "AWS::NoValue"}, name


def test_silence_is_no_alarm(alarms):
    assert all(alarm["TreatMissingData"] == "notBreaching" for alarm in alarms.values())


def test_what_must_not_happen_unseen_has_an_alarm(alarms):
    seen = {(alarm["Namespace"], alarm["MetricName"]) for alarm in alarms.values() if isinstance(alarm["Namespace"], str)}
    assert {
        ("AWS/SQS", "ApproximateNumberOfMessagesVisible"),
        ("AWS/States", "ExecutionsFailed"),
        ("AWS/States", "ExecutionsTimedOut"),
        ("AWS/States", "ExecutionThrottled"),
        ("AWS/Lambda", "Errors"),
        ("AWS/Lambda", "Throttles"),
        ("AWS/ApiGateway", "5XXError"),
    } <= seen
    dead = alarms["dead-letters"]
    assert dead["Dimensions"] == [{"Name": "QueueName", "Value": {"Fn::GetAtt": ["DeadLetterQueue", "QueueName"]}}]
    assert (dead["Threshold"], dead["ComparisonOperator"], dead["EvaluationPeriods"]) == (0, "GreaterThanThreshold", 1)
    faults = {d["Value"] for a in alarms.values() for d in a.get("Dimensions", []) if d["Name"] == "Error"}
    assert faults == {"Internal", "Panic"}


def test_alarms_count_metrics_that_the_platform_writes(alarms, documented, resources):
    """Its own by the operator's guide, or by a filter of the template."""
    filtered = {
        transformation["MetricName"]
        for resource in resources.values()
        if resource["Type"] == "AWS::Logs::MetricFilter"
        for transformation in resource["Properties"]["MetricTransformations"]
    }
    own = [alarm for alarm in alarms.values() if alarm["Namespace"] == {"Fn::Sub": OWN}]
    assert own
    for alarm in own:
        dimensions = {dimension["Name"] for dimension in alarm.get("Dimensions", [])}
        assert alarm["MetricName"] in filtered or documented[alarm["MetricName"]] == dimensions


def test_functions_write_into_the_namespace_that_is_watched(platform):
    assert platform["Globals"]["Function"]["Environment"]["Variables"]["METRICS_NAMESPACE"] == {"Fn::Sub": OWN}


def test_the_dashboard_shows_every_metric_of_the_platform(widgets, documented):
    searched = {metric: dimensions for w in widgets for namespace, metric, dimensions in searches_of(w) if namespace == OWN}
    assert searched == documented


def test_the_dashboard_shows_every_function(widgets, platform):
    functions = {
        resource["Properties"]["FunctionName"]["Fn::Sub"]
        for resource in platform["Resources"].values()
        if resource["Type"] == "AWS::Serverless::Function"
    }
    for metric in ("Errors", "Throttles"):
        shown = [
            dimensions["FunctionName"]
            for widget in widgets
            for namespace, name, dimensions in metrics_of(widget)
            if (namespace, name) == ("AWS/Lambda", metric)
        ]
        assert sorted(shown) == sorted(functions)


def test_the_dashboard_shows_what_the_alarms_watch(widgets, alarms):
    shown = {(namespace, metric) for widget in widgets for namespace, metric, _ in metrics_of(widget)}
    shown |= {(namespace, metric) for widget in widgets for namespace, metric, _ in searches_of(widget)}
    for name, alarm in alarms.items():
        namespace = alarm["Namespace"] if isinstance(alarm["Namespace"], str) else alarm["Namespace"]["Fn::Sub"]
        assert (namespace, alarm["MetricName"]) in shown, name


def test_what_the_dashboard_names_is_in_the_template(resources, widgets):
    for name in re.findall(r"\$\{(\w+)[.}]", json.dumps(widgets)):
        assert name in resources or name in ("Prefix", "AWS"), name


def test_no_widget_lies_on_another(widgets):
    taken = set()
    for widget in widgets:
        title = widget["properties"]["title"]
        cells = {(widget["x"] + x, widget["y"] + y) for x in range(widget["width"]) for y in range(widget["height"])}
        assert not cells & taken, title
        assert widget["x"] + widget["width"] <= SIZE, title
        taken |= cells


def test_an_end_without_a_record_is_counted(resources, state_machine):
    """By Step Functions' own log; the pattern names what the workflow itself can end with."""
    filter_ = resources["UnrecordedFailures"]["Properties"]
    assert filter_["LogGroupName"] == {"Ref": "StateMachineLog"}
    named = re.findall(r'\$\.details\.error = "([\w.*]+)"', filter_["FilterPattern"])
    assert state_machine["States"]["FailureNotRecorded"]["Error"] in named
    assert {"EventBridge.*", "States.*"} <= set(named)
