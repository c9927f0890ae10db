"""Sessions of STS: MiniStack looks through all of them for expired ones whenever one is added, while other threads add some.

Then a function that starts fails with "dictionary changed size during iteration". And there are thousands of sessions after a while.
"""

import threading
import time

from ministack.services import sts

# Who uses an expired session is told so, whether it is still there or not.
EVICT_SECONDS = 60

_lock = threading.Lock()
_evicted = 0.0


def install() -> None:
    sts._evict_expired_sessions = _now_and_then(sts._evict_expired_sessions)
    sts.register_session = _one_at_a_time(sts.register_session)


def _one_at_a_time(register_session):
    def register(access_key: str, session: dict) -> None:
        with _lock:
            register_session(access_key, session)

    return register


def _now_and_then(evict_expired_sessions):
    def evict() -> None:
        global _evicted
        if time.monotonic() - _evicted > EVICT_SECONDS:
            _evicted = time.monotonic()
            evict_expired_sessions()

    return evict
