"""The actions that the local AWS can run, one module each."""

from collections.abc import Callable

from ..work import Outcome, Work
from . import cloudformation, codebuild, codecommit, manual

Perform = Callable[[Work], Outcome]

_ACTIONS: dict[str, Perform] = {
    "CodeCommit": codecommit.perform,
    "CodeBuild": codebuild.perform,
    "CloudFormation": cloudformation.perform,
    "Manual": manual.perform,
}
# Without execution (LOCAL_AWS_PIPELINES=off): what takes no time and no disk.
_WITHOUT_EXECUTION: dict[str, Perform] = {"CodeCommit": codecommit.read_head, "Manual": manual.perform}


class Actions:
    """Who performs which action; a setting takes away all that really runs."""

    def __init__(self) -> None:
        self.execute = True

    def find(self, action: dict) -> tuple[Perform | None, str | None]:
        """What performs an action, or why nothing does."""
        kind = action["actionTypeId"]
        if kind["owner"] != "AWS" or kind["provider"] not in _ACTIONS:
            return None, f"The local AWS runs no actions of {kind['owner']}'s {kind['provider']}: this action stays in progress."
        if self.execute:
            return _ACTIONS[kind["provider"]], None
        perform = _WITHOUT_EXECUTION.get(kind["provider"])
        return perform, None if perform else "The local AWS runs with LOCAL_AWS_PIPELINES=off: this action stays in progress."


ACTIONS = Actions()
