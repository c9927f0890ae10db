"""The workflow of a deployment: every path through it, every error's way, what it announces."""

import pytest
from machines import CUT_SHORT, EVENTS, RECORDING, first_retrier, matches, missing_inputs, steps_of

ANNOUNCEMENTS = {
    "AnnounceStart": ("Prepare", "Pipeline Deployment Started", "$.plan.event"),
    "AnnounceSuccess": ("RecordSuccess", "Pipeline Deployment Succeeded", "$.recorded.event"),
    "AnnounceFailure": ("RecordFailure", "Pipeline Deployment Failed", "$.recorded.event"),
    "AnnounceDeletion": ("RecordDeletion", "Pipeline Deleted", "$.recorded.event"),
}


@pytest.fixture(scope="module")
def states(state_machine):
    return state_machine["States"]


@pytest.fixture(scope="module")
def steps(state_machine):
    return steps_of(state_machine)


def test_every_failure_of_a_step_is_recorded(steps):
    recorded = {"ErrorEquals": ["States.ALL"], "ResultPath": "$.failure", "Next": "RecordFailure"}
    for name, task in steps.items():
        if name not in ("RecordFailure", "CloseStages"):
            assert task["Catch"][-1] == recorded, name
            assert [catcher["Next"] for catcher in task["Catch"][:-1]] == (["CloseStages"] if name == "Prepare" else []), name


def test_what_its_owners_do_not_let_a_pipeline_use_is_closed_and_then_recorded(steps):
    first = steps["Prepare"]["Catch"][0]
    assert (first["ErrorEquals"], first["ResultPath"]) == (["EnvironmentNotAllowed"], "$.failure")
    closing = steps["CloseStages"]
    # Whether it could be closed or not: what failed first is what is recorded.
    assert closing["Catch"] == [{"ErrorEquals": ["States.ALL"], "ResultPath": "$.closed", "Next": "RecordFailure"}]
    assert (closing["ResultPath"], closing["Next"]) == ("$.closed", "RecordFailure")


def test_a_failure_ends_red_with_the_recorded_words(states):
    assert states["RecordFailure"]["ResultPath"] == "$.recorded"
    ends = states[states["RecordFailure"]["Next"]]
    assert ends["Default"] == "AnnounceFailure"
    # What was recorded before the last step failed is what is announced.
    assert {choice["Next"] for choice in ends["Choices"]} == {"AnnounceDeletion", "AnnounceSuccess"}
    assert states["AnnounceFailure"]["Next"] == "DeploymentFailed"
    failed = states["DeploymentFailed"]
    assert (failed["Type"], failed["ErrorPath"], failed["CausePath"]) == (
        "Fail",
        "$.recorded.error",
        "$.recorded.cause",
    )
    (catcher,) = states["RecordFailure"]["Catch"]
    assert catcher["ErrorEquals"] == ["States.ALL"]
    assert states[catcher["Next"]]["Type"] == "Fail"


def test_an_unknown_progress_is_recorded_as_a_failure(states):
    unknown = states[states["StackProgress"]["Default"]]
    assert unknown["ResultPath"] == "$.failure"
    assert set(unknown["Result"]) == {"Error", "Cause"}
    assert unknown["Next"] == "RecordFailure"


def test_what_the_stacks_say_decides_what_comes_next(states):
    progress = {rule["StringEquals"]: rule["Next"] for rule in states["StackProgress"]["Choices"]}
    assert progress == {
        "IN_PROGRESS": "WaitForStack",
        "WAITING_FOR_RUN": "WaitForRun",
        "NEXT": "DeployStack",
        "COMPLETE": "StartPipelines",
    }
    assert (states["WaitForRun"]["Type"], states["WaitForRun"]["Next"]) == ("Wait", "DeployStack")
    assert all(rule["Variable"] == "$.stack.progress" for rule in states["StackProgress"]["Choices"])
    for name in ("DeployStack", "CheckStack"):
        assert (states[name]["ResultPath"], states[name]["Next"]) == ("$.stack", "StackProgress")


def test_the_operation_decides_what_is_done(state_machine, states):
    assert state_machine["StartAt"] == "Operation"
    (rule,) = states["Operation"]["Choices"]
    assert rule["And"] == [
        {"Variable": "$.operation", "IsPresent": True},
        {"Variable": "$.operation", "StringEquals": "DELETE"},
    ]
    assert (rule["Next"], states["Operation"]["Default"]) == ("PrepareDeletion", "Prepare")


def test_how_far_a_deletion_is_decides_what_comes_next(states):
    def choices(name):
        assert states[name]["Default"] == "UnknownProgress"
        return {rule["StringEquals"]: rule["Next"] for rule in states[name]["Choices"]}

    assert choices("EmptyingProgress") == {"IN_PROGRESS": "EmptyBuckets", "COMPLETE": "DeleteStack"}
    assert choices("DeletionProgress") == {
        "IN_PROGRESS": "WaitForDeletion",
        "NEXT": "DeleteStack",
        "BLOCKED": "EmptyBuckets",
        "COMPLETE": "DeleteBuckets",
    }
    assert choices("BucketsProgress") == {"IN_PROGRESS": "DeleteBuckets", "COMPLETE": "RepositoryWanted"}


def test_the_repository_goes_only_if_asked_for_and_the_record_last(states):
    (rule,) = states["RepositoryWanted"]["Choices"]
    assert rule == {"Variable": "$.deletion.deleteRepository", "BooleanEquals": True, "Next": "DeleteRepository"}
    assert states["RepositoryWanted"]["Default"] == states["DeleteRepository"]["Next"] == "RecordDeletion"
    assert states["AnnounceDeletion"]["Next"] == "Deleted"


def test_recording_is_retried_whatever_happens(steps, lasting):
    for name in RECORDING:
        for error in [*lasting, *CUT_SHORT]:
            assert first_retrier(steps[name], error)["MaxAttempts"] >= 5, (name, error)


def test_the_history_stays_within_its_limit(state_machine, states):
    """25,000 events: a round of waiting and checking is nine, for as long as the machine may run."""
    rounds = state_machine["TimeoutSeconds"] / min(states[wait]["Seconds"] for wait in ("WaitForStack", "WaitForRun"))
    assert rounds * 9 < 25_000 * 0.8


def test_what_happens_is_announced_once_it_is_recorded(states):
    for name, (before, detail_type, path) in ANNOUNCEMENTS.items():
        announcement, after = states[name], states[before]["Next"]
        assert name in (after, states[after].get("Default"))
        assert announcement["Resource"] == EVENTS
        assert announcement["Parameters"]["Entries"] == [
            {
                "EventBusName": "${EventBusName}",
                "Source": "${EventSource}",
                "DetailType": detail_type,
                "Detail.$": path,
            }
        ]
        assert announcement["ResultPath"] is None, "an announcement changes nothing"
        assert path.startswith(states[before]["ResultPath"] + ".")


def test_each_announcement_has_a_schema(repository):
    for _, detail_type, _ in ANNOUNCEMENTS.values():
        schema = detail_type.lower().replace(" ", "-") + ".v1.schema.json"
        assert (repository / "docs/events" / schema).is_file(), schema


def test_an_announcement_is_tried_again_whatever_happens(states):
    for name in ANNOUNCEMENTS:
        for error in ("EventBridge.FailedEntry", "States.Timeout"):
            assert first_retrier(states[name], error)["MaxAttempts"] >= 3, (name, error)


def test_an_end_that_nobody_was_told_of_is_redriven(states):
    """Without a catcher the execution fails in the announcement, and a redrive begins with it; a start is not worth that."""
    for name in set(ANNOUNCEMENTS) - {"AnnounceStart"}:
        assert "Catch" not in states[name], name
    (catcher,) = states["AnnounceStart"]["Catch"]
    assert matches(catcher["ErrorEquals"], "EventBridge.FailedEntry")
    assert catcher["Next"] == states["AnnounceStart"]["Next"]


def test_every_step_knows_who_asked(steps):
    """For its log: the request that the whole execution goes back to."""
    for name, task in steps.items():
        assert task["Parameters"]["requestId.$"] == "$$.Execution.Input.requestId", name


def test_inputs_name_no_result_that_may_be_missing(state_machine):
    initial = {"operation", "pipelineId", "pipelineName", "revision", "deploymentId", "requestId"}
    assert missing_inputs(state_machine, initial) == []
