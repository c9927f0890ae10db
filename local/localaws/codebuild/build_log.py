"""The log of a build: in CloudWatch Logs as it comes, if the project's role may write there."""

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import quote

from ministack.core.responses import request_scope
from ministack.services import cloudwatch_logs

from ..identity import role_allows

logger = logging.getLogger("localaws")

_BATCH_SECONDS = 0.2
# https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/cloudwatch_limits_cwl.html
_MAX_EVENT_BYTES = 256 * 1024 - 26


@dataclass(frozen=True)
class LogPlace:
    """Where a log lies."""

    account: str
    region: str
    group: str
    stream: str

    @property
    def arn(self) -> str:
        return f"arn:aws:logs:{self.region}:{self.account}:log-group:{self.group}:log-stream:{self.stream}"

    @property
    def link(self) -> str:
        group, stream = (quote(quote(part, safe=""), safe="").replace("%", "$") for part in (self.group, self.stream))
        console = f"https://{self.region}.console.aws.amazon.com/cloudwatch/home?region={self.region}"
        return f"{console}#logsV2:log-groups/log-group/{group}/log-events/{stream}"


class BuildLog:
    """Takes lines from a build and writes them in batches. `place` is none for a project without logs; `mask` hides secrets."""

    def __init__(self, place: LogPlace | None, role: str, mask: Callable[[str], str]):
        self._place, self._role, self._mask = place, role, mask
        self._lines: list[dict] = []
        self._lock = threading.Lock()
        self._writing = threading.Lock()
        self._timer: threading.Timer | None = None
        self._opened = False

    def write(self, line: str) -> None:
        """A line of a command's output."""
        if self._place is None:
            return
        message = self._mask(line).encode()[:_MAX_EVENT_BYTES].decode(errors="ignore")
        with self._lock:
            self._lines.append({"timestamp": int(time.time() * 1000), "message": f"{message}\n"})
            if self._timer is None:
                self._timer = threading.Timer(_BATCH_SECONDS, self.flush)
                self._timer.daemon = True
                self._timer.start()

    def say(self, text: str) -> None:
        """What CodeBuild itself says; a command of several lines follows as it is."""
        first, *rest = text.splitlines() or [""]
        self.write(f"[Container] {datetime.now(UTC):%Y/%m/%d %H:%M:%S.%f} {first}")
        for line in rest:
            self.write(line)

    def flush(self) -> None:
        """Writes what has come until now."""
        with self._writing:
            with self._lock:
                lines, self._lines, self._timer = self._lines, [], None
            if lines:
                try:
                    self._put(lines)
                except Exception:
                    logger.exception("A build's log in %s is lost", self._place)

    def _put(self, lines: list[dict]) -> None:
        place = self._place
        if not self._opened and not self._open(place):
            self._place = None
            return
        if not self._may("PutLogEvents", place.arn):
            self._place = None
            return
        with request_scope(place.account, place.region):
            stream = (cloudwatch_logs._log_groups.get(place.group) or {"streams": {}})["streams"].get(place.stream)
            if stream is None:
                return  # deleted while the build runs
            now = int(time.time() * 1000)
            events = [line | {"ingestionTime": now} for line in lines]
            cloudwatch_logs._append_log_events(stream, events)
            cloudwatch_logs._fanout_to_subscription_filters(place.group, place.stream, events)

    def _open(self, place: LogPlace) -> bool:
        """Makes the group, if there is none, and the stream; whether the role may."""
        group = f"arn:aws:logs:{place.region}:{place.account}:log-group:{place.group}"
        with request_scope(place.account, place.region):
            if place.group not in cloudwatch_logs._log_groups:
                if not self._may("CreateLogGroup", group):
                    return False
                cloudwatch_logs._create_log_group({"logGroupName": place.group})
            if place.stream not in cloudwatch_logs._log_groups[place.group]["streams"]:
                if not self._may("CreateLogStream", place.arn):
                    return False
                cloudwatch_logs._create_log_stream({"logGroupName": place.group, "logStreamName": place.stream})
        self._opened = True
        return True

    def _may(self, action: str, resource: str) -> bool:
        if role_allows(self._role, f"logs:{action}", resource, self._place.region):
            return True
        logger.warning("The log of a build is lost: its role %s may not logs:%s on %s", self._role, action, resource)
        return False
