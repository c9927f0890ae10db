"""The roles that a run of an action works with: the pipeline's, and the action's own that it assumes."""

import time
from typing import Any

from botocore.exceptions import ClientError

from ..json_service import AwsError
from ..service_sessions import Session, assume_as_service
from .failures import ActionFailed, refused

# A session lasts an hour, a build may last longer.
_RENEW_AFTER_SECONDS = 50 * 60


class Roles:
    """Sessions of a pipeline's role and of an action's, made when they are needed and renewed before they expire."""

    def __init__(self, pipeline_role: str, action_role: str | None, session_name: str, region: str):
        self.pipeline_role = pipeline_role
        self.action_role = action_role
        self._name = session_name
        self._region = region
        self._sessions: dict[str, tuple[float, Session]] = {}
        self._clients: dict[tuple[str, str, str], Any] = {}

    @property
    def working_role(self) -> str:
        """The ARN of the role that the action works with."""
        return self.action_role or self.pipeline_role

    def pipeline(self) -> Session:
        return self._kept(self.pipeline_role, self._assume_pipeline_role)

    def action(self) -> Session:
        if self.action_role is None:
            return self.pipeline()
        return self._kept(self.action_role, self._assume_action_role)

    def client(self, service: str, region: str):
        """A client that works as the action, until `close`."""
        session = self.action()
        key = (service, region, session.access_key)
        if key not in self._clients:
            self._clients[key] = session.client(service, region)
        return self._clients[key]

    def close(self) -> None:
        """Closes the clients that were made here."""
        for client in self._clients.values():
            client.close()
        self._clients.clear()

    def _kept(self, role: str, assume) -> Session:
        made, session = self._sessions.get(role, (0.0, None))
        if session is None or time.monotonic() - made > _RENEW_AFTER_SECONDS:
            session = assume()
            self._sessions[role] = (time.monotonic(), session)
        return session

    def _assume_pipeline_role(self) -> Session:
        try:
            return assume_as_service(self.pipeline_role, "codepipeline.amazonaws.com", self._name)
        except AwsError as error:
            raise ActionFailed("PermissionError", f"The pipeline's role cannot be assumed: {error.message}") from error

    def _assume_action_role(self) -> Session:
        try:
            return self.pipeline().assume(self.action_role, self._name, self._region)
        except ClientError as error:
            raise refused(error, self.pipeline_role, f"assume the action's role {self.action_role}") from error
