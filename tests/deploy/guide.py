"""docs/deploy.md: its commands, and the answers that it gives to questions."""

import re
import subprocess
import textwrap
from dataclasses import dataclass, field
from pathlib import Path

import terminal
from localplatform.commands import ROOT, environment

GUIDE = ROOT / "docs/deploy.md"
# Before each block of commands stands what is to be done with it.
BLOCK = re.compile(
    r"(?:^[ ]*<!-- (?P<run>run|not run): (?P<what>.*?) -->\n)?^(?P<indent>[ ]*)```sh\n(?P<commands>.*?)^[ ]*```", re.DOTALL | re.MULTILINE
)
ANSWER = re.compile(r"^\| `(?P<question>[^`]+)` \| `(?P<answer>[^`]+)` \|", re.MULTILINE)
IN_A_TERMINAL = " in a terminal"

# What differs here. The pinned AWS CLI is of version 1, which does not ask SQS at the address that it is told; and APIs are at another
# address than on AWS.
HERE = r"""
aws() { command aws --endpoint-url "$AWS_ENDPOINT_URL" "$@"; }
curl() {
  local words=() word
  for word in "$@"; do
    if [[ $word =~ ^https://([a-z0-9]+)\.execute-api\.[^/]*/v1(.*)$ ]]; then
      word="$AWS_ENDPOINT_URL/restapis/${BASH_REMATCH[1]}/v1/_user_request_${BASH_REMATCH[2]}"
    fi
    words+=("$word")
  done
  command curl "${words[@]}"
}
"""

# Who deploys wants that; by itself, SAM does not.
YES = {"Deploy this changeset?": "y"}


@dataclass(frozen=True)
class Block:
    name: str
    commands: str
    in_a_terminal: bool
    # Those of the table that follows, by the question.
    answers: dict[str, str]


def blocks() -> dict[str, Block]:
    """The blocks that are to be run, in their order, by their names."""
    text, found = GUIDE.read_text(), {}
    matches = list(BLOCK.finditer(text))
    for match, following in zip(matches, [*matches[1:], None], strict=True):
        assert match["run"], f"nothing says whether this is run:\n{match['commands']}"
        if match["run"] == "not run":
            assert match["what"], match["commands"]
            continue
        name = match["what"].removesuffix(IN_A_TERMINAL)
        assert name not in found, f"two blocks are named {name}"
        after = text[match.end() : following.start() if following else None]
        answers = {answer["question"]: answer["answer"] for answer in ANSWER.finditer(after)}
        found[name] = Block(name, textwrap.dedent(match["commands"]), match["what"].endswith(IN_A_TERMINAL), answers)
    return found


@dataclass
class Reader:
    """Somebody who follows the guide in one shell, in a checkout."""

    directory: Path
    credentials: dict[str, str]
    done: list[str] = field(default_factory=list)

    def run(
        self,
        name: str,
        *,
        fails: bool = False,
        answers: dict[str, str] | None = None,
        credentials: dict[str, str] | None = None,
        **values: str,
    ) -> terminal.Session:
        """Runs a block as it stands there, with these words replaced by `values`; `answers` instead of the guide's own, if given."""
        block = blocks()[name]
        self.done.append(name)
        commands = block.commands
        for word, value in values.items():
            assert word in commands, f"{name} has no {word}"
            commands = commands.replace(word, value)
        # As in one shell: the next block has the variables and functions of this one.
        state = self.directory.parent / "shell"
        kept = "declare -f; export -p | grep -v ' AWS_[A-Z]*_KEY'"
        script = f"{HERE}\n[ ! -e {state} ] || source {state}\nset -a\n{commands}\n{{ {kept}; }} > {state}\n"
        command = ["bash", "-euo", "pipefail", "-c", script]
        variables = environment(**(credentials or self.credentials))
        variables["PATH"] = f"{ROOT / '.tools/sam/bin'}:{variables['PATH']}"
        if block.in_a_terminal:
            session = terminal.run(command, variables, self.directory, YES | (block.answers if answers is None else answers))
        else:
            ended = subprocess.run(command, env=variables, cwd=self.directory, capture_output=True, text=True, check=False)
            session = terminal.Session(ended.returncode, ended.stdout + (ended.stderr if ended.returncode else ""), {})
        assert (session.code != 0) == fails, f"{name} ended with {session.code}:\n{commands}\n{session.screen[-6000:]}"
        return session
