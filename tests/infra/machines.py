"""Reading state machines."""

from collections.abc import Iterator

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
CUT_SHORT = ["Sandbox.Timedout", "Runtime.ExitError", "Runtime.OutOfMemory", "Lambda.Unknown", "States.Timeout"]
RECORDING = {"RecordSuccess", "RecordFailure", "RecordDeletion"}
EVENTS = "arn:aws:states:::events:putEvents"
WORKFLOW = "arn:aws:states:::states:startExecution.sync:2"


def levels(machine: dict) -> Iterator[dict]:
    """The machine, and below it the machines that its Map states run."""
    yield machine
    for state in machine["States"].values():
        if state["Type"] == "Map":
            yield from levels(state["ItemProcessor"])


def all_states(machine: dict) -> dict[str, dict]:
    """The states of all levels: a name is used once."""
    states = [item for level in levels(machine) for item in level["States"].items()]
    assert len(states) == len(dict(states))
    return dict(states)


def tasks_of(machine: dict) -> dict[str, dict]:
    return {name: state for name, state in all_states(machine).items() if state["Type"] == "Task"}


def steps_of(machine: dict) -> dict[str, dict]:
    """The tasks that a function of the platform does."""
    services = (EVENTS, WORKFLOW)
    return {name: task for name, task in tasks_of(machine).items() if task["Resource"] not in services}


def successors(state: dict) -> Iterator[str]:
    yield from ([state["Next"]] if "Next" in state else [])
    yield from ([state["Default"]] if "Default" in state else [])
    yield from (rule["Next"] for rule in state.get("Choices", []))
    yield from (catcher["Next"] for catcher in state.get("Catch", []))


def matches(names: list[str], error: str) -> bool:
    """As Step Functions matches: `States.ALL` is everything, `States.TaskFailed` everything but a timeout."""
    return "States.ALL" in names or error in names or ("States.TaskFailed" in names and error != "States.Timeout")


def first_retrier(task: dict, error: str) -> dict | None:
    return next((retrier for retrier in task["Retry"] if matches(retrier["ErrorEquals"], error)), None)


def paths_in(value) -> Iterator[str]:
    """The paths into a state's input that a payload template reads, however deep."""
    if isinstance(value, dict):
        for key, inner in value.items():
            if key.endswith(".$"):
                # An intrinsic function reads the paths among its arguments.
                yield from (part.strip(" )") for part in inner.split(",") if part.strip().startswith("$."))
            else:
                yield from paths_in(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from paths_in(inner)


def missing_inputs(level: dict, initial: set[str]) -> list[str]:
    """What a state reads and that is not certainly there: not in the initial input, nor written on every path to it."""
    states = level["States"]
    known: dict[str, frozenset] = {}  # what is certainly there on entering a state: the intersection over all paths
    open_ = [(level["StartAt"], frozenset(initial))]
    while open_:
        name, present = open_.pop()
        narrowed = present & known.get(name, present)
        if known.get(name) == narrowed:
            continue
        known[name] = narrowed
        state = states[name]
        for next_ in successors(state):
            # By an error and without one the state may lead to the same place: what both ways have.
            caught = [c["ResultPath"] for c in state.get("Catch", []) if c["Next"] == next_]
            ways = [*caught, *([] if caught and state.get("Next") != next_ else [state.get("ResultPath")])]
            for path in ways:
                open_.append((next_, narrowed | ({path.removeprefix("$.")} if path else set())))
    missing = []
    for name, present in known.items():
        state = states[name]
        templates = ("Parameters", "ItemSelector", "ItemReader", "ResultWriter")
        paths = [path for key in templates for path in paths_in(state.get(key, {}))]
        paths += [test["Variable"] for rule in state.get("Choices", []) for test in rule.get("And", [rule]) if "IsPresent" not in test]
        paths += [state[key] for key in ("ErrorPath", "CausePath", "MaxConcurrencyPath") if key in state]
        missing += [f"{name} reads {path}" for path in paths if path.startswith("$.") and path.split(".")[1] not in present]
    return missing
