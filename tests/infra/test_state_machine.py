"""The state machine itself: linted, every path through it, every error's way."""

import json
import re
import subprocess

import pytest
from statelint.linter import Linter

# Named by the functions; a moment later they may be gone.
TRANSIENT = ["Throttled", "ServiceUnavailable", "ConcurrentChange"]
# Lambda's own, before or behind the function.
LAMBDA = [
    "Lambda.ServiceException",
    "Lambda.AWSLambdaException",
    "Lambda.SdkClientException",
    "Lambda.ClientExecutionTimeoutException",
    "Lambda.TooManyRequestsException",
]
CUT_SHORT = ["Sandbox.Timedout", "Lambda.Unknown", "States.Timeout"]
RECORDING = {"RecordSuccess", "RecordFailure", "RecordDeletion"}


@pytest.fixture(scope="module")
def states(state_machine):
    return state_machine["States"]


@pytest.fixture(scope="module")
def tasks(states):
    return {name: state for name, state in states.items() if state["Type"] == "Task"}


@pytest.fixture(scope="module")
def work(tasks):
    return {name: task for name, task in tasks.items() if name not in RECORDING}


@pytest.fixture(scope="module")
def lasting(repository):
    """Errors that a person must mend: those of the domain that are not transient, and the crash of a function."""
    source = (repository / "shared/domain/src/error.rs").read_text()
    names = re.search(r"fn name\(&self\).*?\n    }\n", source, re.DOTALL)[0]
    retryable, rest = re.search(r"fn retryable\(&self\)(.*?)=> true(.*?)=> false", source, re.DOTALL).groups()
    assert set(re.findall(r"Self::(\w+)", retryable)) == set(TRANSIENT)
    lasting = set(re.findall(r'=> "(\w+)"', names)) - set(TRANSIENT)
    assert lasting == set(re.findall(r"Self::(\w+)", rest))
    return [*sorted(lasting), "Runtime.ExitError"]


def successors(state):
    yield from ([state["Next"]] if "Next" in state else [])
    yield from ([state["Default"]] if "Default" in state else [])
    yield from (rule["Next"] for rule in state.get("Choices", []))
    yield from (catcher["Next"] for catcher in state.get("Catch", []))


def matches(names, error):
    """As Step Functions matches: `States.ALL` is everything, `States.TaskFailed` everything but a timeout."""
    return "States.ALL" in names or error in names or ("States.TaskFailed" in names and error != "States.Timeout")


def first_retrier(task, error):
    return next((retrier for retrier in task["Retry"] if matches(retrier["ErrorEquals"], error)), None)


def test_asl_validator_accepts_it(repository):
    command = repository / ".tools/node/node_modules/.bin/asl-validator"
    result = subprocess.run(
        [command, "--json-path", repository / "statemachine.asl.json"], capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stdout + result.stderr


def test_statelint_accepts_it_as_it_is_deployed(repository, platform):
    """With the substitutions of the template filled in: each that the file names is given, and no other."""
    text = (repository / "statemachine.asl.json").read_text()
    substitutions = platform["Resources"]["StateMachine"]["Properties"]["DefinitionSubstitutions"]
    for name in substitutions:
        assert "${" + name + "}" in text, f"{name} is given by the template and not used"
        text = text.replace("${" + name + "}", f"arn:aws:lambda:eu-west-1:111111111111:function:{name}")
    assert "${" not in text
    assert Linter.validate(json.loads(text)) == []


def test_each_task_calls_the_function_of_its_name(tasks, platform):
    substitutions = platform["Resources"]["StateMachine"]["Properties"]["DefinitionSubstitutions"]
    for name, task in tasks.items():
        assert task["Resource"] == "${" + name + "FunctionArn}"
        assert substitutions[f"{name}FunctionArn"] == {"Fn::GetAtt": [f"{name}Function", "Arn"]}


def test_the_tasks_are_those_of_the_design(tasks, design):
    assert set(tasks) == {function.state for function in design.values() if function.state}


def test_every_state_is_reachable_and_leads_to_an_end(state_machine, states):
    reached, open_ = set(), [state_machine["StartAt"]]
    while open_:
        name = open_.pop()
        if name not in reached:
            reached.add(name)
            open_.extend(successors(states[name]))
    assert reached == set(states)
    for name, state in states.items():
        assert state["Type"] in ("Succeed", "Fail") or list(successors(state)), f"{name} leads nowhere"


def test_everything_says_what_it_is_for(state_machine, states):
    assert state_machine["Comment"]
    assert all(state.get("Comment") for state in states.values())


def test_every_failure_of_a_task_is_recorded(tasks):
    for name, task in tasks.items():
        if name != "RecordFailure":
            assert task["Catch"] == [
                {"ErrorEquals": ["States.ALL"], "ResultPath": "$.failure", "Next": "RecordFailure"}
            ], name


def test_a_failure_ends_red_with_the_recorded_words(states):
    assert states["RecordFailure"]["Next"] == "DeploymentFailed"
    assert states["RecordFailure"]["ResultPath"] == "$.recorded"
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
    assert progress == {"IN_PROGRESS": "WaitForStack", "NEXT": "DeployStack", "COMPLETE": "StartPipelines"}
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
    assert states["RecordDeletion"]["Next"] == "Deleted"


def test_transient_errors_are_retried_by_their_own_retrier(tasks):
    for name, task in tasks.items():
        for error in TRANSIENT:
            assert first_retrier(task, error)["ErrorEquals"] == TRANSIENT, (name, error)
        for error in LAMBDA:
            assert first_retrier(task, error)["ErrorEquals"] == LAMBDA, (name, error)


def test_a_step_that_was_cut_short_is_tried_again(work):
    for name, task in work.items():
        for error in CUT_SHORT:
            assert first_retrier(task, error)["ErrorEquals"] == CUT_SHORT, (name, error)


def test_what_a_person_must_mend_is_not_retried(work, lasting):
    for name, task in work.items():
        for error in lasting:
            assert first_retrier(task, error) is None, (name, error)


def test_recording_is_retried_whatever_happens(tasks, lasting):
    for name in RECORDING:
        for error in [*lasting, *CUT_SHORT]:
            assert first_retrier(tasks[name], error)["MaxAttempts"] >= 5, (name, error)


def test_no_retrier_hides_another(tasks):
    for name, task in tasks.items():
        for index, retrier in enumerate(task["Retry"]):
            for error in retrier["ErrorEquals"]:
                assert not any(matches(earlier["ErrorEquals"], error) for earlier in task["Retry"][:index]), (
                    f"{name}: {error} never reaches its retrier"
                )


def test_retries_back_off_with_jitter(tasks):
    for name, task in tasks.items():
        for retrier in task["Retry"]:
            assert retrier["BackoffRate"] > 1, name
            assert retrier["JitterStrategy"] == "FULL", name
            assert retrier["IntervalSeconds"] < retrier["MaxDelaySeconds"] <= 60, name


def test_equal_steps_are_retried_equally(work):
    policies = {json.dumps(task["Retry"]) for task in work.values()}
    assert len(policies) == 1


def test_a_task_outlives_its_function(tasks, platform):
    """So that a slow function ends with its own error, and `States.Timeout` means that Lambda has lost it."""
    default = platform["Globals"]["Function"]["Timeout"]
    for name, task in tasks.items():
        timeout = platform["Resources"][f"{name}Function"]["Properties"].get("Timeout", default)
        assert timeout + 10 <= task["TimeoutSeconds"] <= 120, name


def test_the_history_stays_within_its_limit(state_machine, states):
    """25,000 events: a round of waiting and checking is nine, for as long as the machine may run."""
    rounds = state_machine["TimeoutSeconds"] / states["WaitForStack"]["Seconds"]
    assert rounds * 9 < 25_000 * 0.8


def test_inputs_name_no_result_that_may_be_missing(state_machine, states):
    """On every path, each `$.x` that a state reads has been written before, or is in the execution's input."""
    initial = {"operation", "pipelineId", "pipelineName", "revision", "deploymentId"}
    known = {}  # what is certainly there on entering a state: the intersection over all paths
    open_ = [(state_machine["StartAt"], frozenset(initial))]
    while open_:
        name, present = open_.pop()
        narrowed = present & known.get(name, present)
        if known.get(name) == narrowed:
            continue
        known[name] = narrowed
        state = states[name]
        for next_ in successors(state):
            caught = [c for c in state.get("Catch", []) if c["Next"] == next_]
            path = caught[0]["ResultPath"] if caught else state.get("ResultPath")
            added = {path.removeprefix("$.")} if path else set()
            open_.append((next_, narrowed | added))
    for name, present in known.items():
        state = states[name]
        paths = [value for key, value in state.get("Parameters", {}).items() if key.endswith(".$")]
        paths += [test["Variable"] for rule in state.get("Choices", []) for test in rule.get("And", [rule])]
        paths += [state[key] for key in ("ErrorPath", "CausePath") if key in state]
        for path in paths:
            if path.startswith("$."):
                assert path.split(".")[1] in present, f"{name} reads {path}"
