"""The workflow that redeploys many pipelines: its selection, its distributed Map, what each pipeline's child does."""

import re

import pytest
from machines import WORKFLOW, matches, missing_inputs
from policies import as_list, statements

# The execution's input, and that of a child.
INPUT = {"redeploymentId", "target", "cause", "requestedBy", "requestedAt"}
CHILD_INPUT = {"redeploymentId", "pipelineId", "cause", "requestedBy", "requestedAt"}


@pytest.fixture(scope="module")
def states(redeployment):
    return redeployment["States"]


@pytest.fixture(scope="module")
def fan_out(states):
    return states["DeployPipelines"]


@pytest.fixture(scope="module")
def child(fan_out):
    return fan_out["ItemProcessor"]


@pytest.fixture(scope="module")
def role(platform):
    return platform["Resources"]["RedeploymentStateMachineRole"]


def allowed_on(role, action):
    """The ARNs, as the text of their functions, that the role may do `action` on."""
    return [
        str(next(iter(resource.values())))
        for statement in statements(role)
        if action in as_list(statement["Action"])
        for resource in as_list(statement["Resource"])
    ]


def test_the_selection_goes_on_until_it_is_complete(states):
    assert states["BeginSelection"]["Result"] == {"pages": 0, "pipelines": 0, "complete": False}
    for name in ("BeginSelection", "SelectPipelines"):
        assert states[name]["ResultPath"] == "$.selection"
    again, nothing = states["Selected"]["Choices"]
    assert again == {"Variable": "$.selection.complete", "BooleanEquals": False, "Next": "SelectPipelines"}
    assert nothing == {"Variable": "$.selection.pipelines", "NumericEquals": 0, "Next": "NothingSelected"}
    assert states["Selected"]["Default"] == "DeployPipelines"


def test_each_pipeline_has_a_workflow_of_its_own(fan_out, child):
    """A child that waits for a deployment waits for longer than an express workflow may run."""
    assert child["ProcessorConfig"] == {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}
    assert fan_out["MaxConcurrencyPath"] == "$.selection.concurrentDeployments"
    assert set(fan_out["ItemSelector"]) == {f"{name}.$" for name in CHILD_INPUT}


def test_one_failure_keeps_no_other_pipeline_from_its_turn(fan_out):
    assert fan_out["ToleratedFailurePercentage"] == 100


def test_the_pages_are_read_and_the_results_are_written_apart(fan_out, role):
    """Both below what the role may read and write, and no result is taken for a page."""
    reader, writer = fan_out["ItemReader"], fan_out["ResultWriter"]
    assert reader["ReaderConfig"] == {"InputType": "JSON", "Transformation": "LOAD_AND_FLATTEN"}
    prefixes = [re.search(r"'(.+)'", c["Parameters"]["Prefix.$"])[1] for c in (reader, writer)]
    assert prefixes == ["redeployments/{}/pages/", "redeployments/{}/results"]
    for action in ("s3:GetObject", "s3:PutObject"):
        assert allowed_on(role, action) == ["${Artifacts.Arn}/redeployments/*"]
    (listing,) = [s for s in statements(role) if s["Action"] == "s3:ListBucket"]
    assert listing["Condition"] == {"StringLike": {"s3:prefix": "redeployments/*"}}


def test_what_is_read_is_the_children_of_this_map(fan_out, platform, role):
    """Their ARNs bear its label."""
    label = fan_out["Label"]
    assert allowed_on(role, "states:RedriveExecution")[0].endswith(f"-redeploy-pipelines/{label}:*")
    for reader in ("GetRedeploymentRole", "CancelRedeploymentRole"):
        (map_runs,) = allowed_on(platform["Resources"][reader], "states:DescribeMapRun")
        assert map_runs.endswith(f":mapRun:${{Prefix}}-platform-redeploy-pipelines/{label}:*")


def test_the_answer_decides_what_is_done(child):
    states = child["States"]
    decision = {rule["StringEquals"]: rule["Next"] for rule in states["Decision"]["Choices"]}
    assert decision == {
        "DEPLOY": "RunDeployment",
        "WAIT": "WaitForDeployment",
        "CHECK_DRIFT": "DetectDrift",
        "NOTHING": "NothingToDo",
    }
    drifted = {rule["StringEquals"]: rule["Next"] for rule in states["Drifted"]["Choices"]}
    assert drifted == {"DRIFTED": "RequestDeployment", "IN_SYNC": "NothingToDo"}
    assert states["DetectDrift"]["ResultPath"] == "$.cause"
    assert states["WaitForDeployment"]["Next"] == "RequestDeployment"
    for choice in ("Decision", "Drifted"):
        assert states[states[choice]["Default"]]["Type"] == "Fail", "an unknown answer is no success"


def test_a_deployment_is_followed_to_its_end(child, state_machine):
    run = child["States"]["RunDeployment"]
    assert run["Resource"] == WORKFLOW
    assert run["Parameters"] == {
        "StateMachineArn": "${DeploymentStateMachineArn}",
        "Name.$": "$.request.executionName",
        "Input.$": "$.request.input",
    }
    assert run["TimeoutSeconds"] > state_machine["TimeoutSeconds"], "the deployment's own end comes first"


def test_a_deployment_that_has_ended_meanwhile_is_asked_for_again(child):
    """The record decides then; every other error is the deployment's own and fails the child with its words."""
    states = child["States"]
    ended, failed = states["RunDeployment"]["Catch"]
    assert matches(ended["ErrorEquals"], "StepFunctions.ExecutionAlreadyExistsException")
    assert not matches(ended["ErrorEquals"], "States.TaskFailed")
    assert ended["Next"] == "WaitForDeployment"
    assert (failed["ErrorEquals"], failed["Next"]) == (["States.ALL"], "DeploymentFailed")
    assert (states["DeploymentFailed"]["ErrorPath"], states["DeploymentFailed"]["CausePath"]) == (
        f"{failed['ResultPath']}.Error",
        f"{failed['ResultPath']}.Cause",
    )


def test_a_failed_deployment_is_not_run_again(child):
    for retrier in child["States"]["RunDeployment"]["Retry"]:
        assert not matches(retrier["ErrorEquals"], "States.TaskFailed")


def test_a_failed_step_ends_where_a_redrive_goes_on(states, child):
    """No catcher: the execution fails in the step itself, with the step's own words."""
    for name in ("SelectPipelines", "DeployPipelines"):
        assert "Catch" not in states[name], name
    for name in ("RequestDeployment", "DetectDrift"):
        assert "Catch" not in child["States"][name], name


def test_it_may_run_for_as_long_as_ten_thousand_pipelines_can_take(redeployment, platform, state_machine):
    """As many at a time as the setting says by default, and each for as long as a deployment may take."""
    at_a_time = platform["Parameters"]["ConcurrentDeployments"]["Default"]
    assert redeployment["TimeoutSeconds"] > 10_000 / at_a_time * state_machine["TimeoutSeconds"]


def test_the_history_of_a_child_stays_within_its_limit(child, state_machine):
    """25,000 events: a round of waiting and asking is 14 at most, and two whole deployments may be in the way."""
    rounds = 2 * state_machine["TimeoutSeconds"] / child["States"]["WaitForDeployment"]["Seconds"]
    assert rounds * 14 < 25_000 * 0.8


def test_inputs_name_no_result_that_may_be_missing(redeployment, child):
    assert missing_inputs(redeployment, INPUT) == []
    assert missing_inputs(child, CHILD_INPUT) == []


def test_it_stops_nothing(role):
    """A redeployment that is cancelled leaves the deployments that run to their own end."""
    assert allowed_on(role, "states:StopExecution") == []


def test_it_starts_deployments_and_its_own_children_only(role, platform):
    redeploy = platform["Resources"]["RedeploymentStateMachine"]["Properties"]["Name"]["Fn::Sub"]
    deployments, children = allowed_on(role, "states:StartExecution")
    assert deployments == "StateMachine"
    assert children.endswith(f":stateMachine:{redeploy}")
    deploy = platform["Resources"]["StateMachine"]["Properties"]["Name"]["Fn::Sub"]
    described = [arn.partition(":execution:")[2] for arn in allowed_on(role, "states:DescribeExecution")]
    assert described == [f"{deploy}:*", f"{redeploy}:*"]


def test_it_may_make_the_rule_by_which_it_learns_of_an_end(role):
    """https://docs.aws.amazon.com/step-functions/latest/dg/connect-stepfunctions.html"""
    for action in ("events:PutTargets", "events:PutRule", "events:DescribeRule"):
        (rule,) = allowed_on(role, action)
        assert rule.endswith(":rule/StepFunctionsGetEventsForStepFunctionsExecutionRule")
