"""Sessions of STS that many threads add at the same time."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from localaws import session_store


@pytest.fixture
def sts(monkeypatch):
    from ministack.services import sts

    monkeypatch.setattr(sts, "_sessions", {})
    for name in ("_evict_expired_sessions", "register_session"):
        monkeypatch.setattr(sts, name, getattr(sts, name))
    monkeypatch.setattr(session_store, "_evicted", 0.0)
    session_store.install()
    return sts


def test_many_at_once_are_all_kept(sts, monkeypatch):
    monkeypatch.setattr(session_store, "EVICT_SECONDS", -1)
    with ThreadPoolExecutor(16) as pool:
        for made in [pool.submit(sts.register_session, f"key-{number}", {}) for number in range(3000)]:
            made.result()
    assert len(sts._sessions) == 3000


def test_those_that_are_over_go_now_and_then(sts, monkeypatch):
    sts.register_session("first", {"Expiration": 1})
    sts.register_session("second", {"Expiration": 1})
    assert set(sts._sessions) == {"first", "second"}
    monkeypatch.setattr(session_store, "_evicted", 0.0)
    sts.register_session("third", {})
    assert set(sts._sessions) == {"third"}
