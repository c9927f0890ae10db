"""What CodePipeline hands to a build beside the request: where its artifacts lie.

On AWS that goes between the services, outside of StartBuild's public request. Here CodePipeline leaves it under the token of its request
(`idempotencyToken`), and the build takes it.
"""

import threading
from dataclasses import dataclass


@dataclass(frozen=True)
class Artifact:
    """A zip file in an artifact store."""

    name: str
    bucket: str
    key: str


@dataclass(frozen=True)
class PipelineBuild:
    """A build as an action of a pipeline.

    `inputs` are read and `outputs` written with the project's service role; `primary` is the input whose files the build starts in, the
    others lie in CODEBUILD_SRC_DIR_{name}. `encryption_key` is the artifact store's KMS key, none for the account's own.
    """

    pipeline: str
    execution_id: str
    inputs: tuple[Artifact, ...]
    primary: str
    outputs: tuple[Artifact, ...]
    encryption_key: str | None


class HandedOver:
    """Builds that were announced and have not been started yet, by the token of the request to come."""

    def __init__(self) -> None:
        self._by_token: dict[str, PipelineBuild] = {}
        self._lock = threading.Lock()

    def leave(self, token: str, build: PipelineBuild) -> None:
        with self._lock:
            self._by_token[token] = build

    def take(self, token: str) -> PipelineBuild | None:
        with self._lock:
            return self._by_token.pop(token, None)


HANDED_OVER = HandedOver()
