"""Cognito's sign-in pages: they remember who signed in until that person signs out; refreshed tokens keep the groups; revocation."""

import secrets
import time
from dataclasses import dataclass
from http.cookies import CookieError, SimpleCookie
from urllib.parse import parse_qs, urlsplit

from ministack import app
from ministack.services import cognito

COOKIE = "cognito"
# https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pools-managed-login.html: an hour, and not longer when used.
SESSION_SECONDS = 3600


@dataclass(frozen=True)
class _Session:
    pool_id: str
    username: str
    ends: float


_sessions: dict[str, _Session] = {}


def install() -> None:
    cognito.handle_oauth2_authorize = _remembering(cognito.handle_oauth2_authorize)
    cognito.handle_login_submit = _beginning_session(cognito.handle_login_submit)
    cognito.handle_logout = _ending_session(cognito.handle_logout)
    cognito._fake_token = _keeping_groups(cognito._fake_token)
    app._handle_cognito_body_request = _revoking(app._handle_cognito_body_request)


def _beginning_session(handle_login_submit):
    def submit(method, path, headers, body, query_params):
        status, answered, content = handle_login_submit(method, path, headers, body, query_params)
        code = parse_qs(urlsplit(answered.get("Location", "")).query).get("code", [""])[0]
        issued = cognito._authorization_codes.get(code)
        if issued:
            token = secrets.token_urlsafe(24)
            _sessions[token] = _Session(issued["pool_id"], issued["username"], time.time() + SESSION_SECONDS)
            answered = answered | {"Set-Cookie": f"{COOKIE}={token}; Path=/; HttpOnly; SameSite=Lax"}
        return status, answered, content

    return submit


def _remembering(handle_oauth2_authorize):
    """Whoever is signed in gets a code at once, if the request is one that is answered with the page to sign in."""

    def authorize(method, path, headers, query_params):
        answer = handle_oauth2_authorize(method, path, headers, query_params)
        session = _session(headers)
        asked = {name: cognito._qp(query_params, name) for name in ("client_id", "redirect_uri", "scope", "nonce", "state", "prompt")}
        pool_id, pool, client = cognito._find_pool_by_client_id(asked["client_id"])
        if answer[0] != 200 or session is None or session.pool_id != pool_id or asked["prompt"] == "login":
            return answer
        user = pool["_users"].get(session.username)
        if user is None or not user.get("Enabled", True):
            return answer
        return cognito._issue_auth_code_redirect(
            asked["client_id"],
            pool_id,
            asked["redirect_uri"] or client.get("DefaultRedirectURI", ""),
            asked["scope"],
            session.username,
            asked["nonce"],
            cognito._qp(query_params, "code_challenge"),
            cognito._qp(query_params, "code_challenge_method"),
            asked["state"],
        )

    return authorize


def _ending_session(handle_logout):
    def logout(method, path, headers, query_params):
        client = cognito._find_pool_by_client_id(cognito._qp(query_params, "client_id"))[2]
        if client and not client.get("LogoutURLs"):
            return cognito._oauth2_error("invalid_request", "The client has no logout URLs.")
        status, answered, content = handle_logout(method, path, headers, query_params)
        if status == 302:
            _sessions.pop(_token(headers), None)
            answered = answered | {"Set-Cookie": f"{COOKIE}=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0"}
        return status, answered, content

    return logout


def _session(headers: dict) -> _Session | None:
    found = _sessions.get(_token(headers))
    return found if found and found.ends > time.time() else None


def _token(headers: dict) -> str:
    try:
        cookie = SimpleCookie(headers.get("cookie", "")).get(COOKIE)
    except CookieError:
        return ""
    return cookie.value if cookie else ""


def _keeping_groups(fake_token):
    """Cognito looks the groups up again when it refreshes a token."""

    def token(sub, pool_id, client_id, *rest, **named):
        if named.get("trigger_source") == "TokenGeneration_RefreshTokens" and named.get("groups") is None:
            pool = cognito._get_pool_unscoped(pool_id) or {"_users": {}}
            named["groups"] = (pool["_users"].get(named.get("username")) or {}).get("_groups", [])
        return fake_token(sub, pool_id, client_id, *rest, **named)

    return token


def _revoking(handle_body_request):
    """The endpoint /oauth2/revoke: a client ends its own refresh token and what came from it.

    https://docs.aws.amazon.com/cognito/latest/developerguide/revocation-endpoint.html
    """

    async def handle(method, path, headers, body, query_params):
        if (method, path) != ("POST", "/oauth2/revoke"):
            return await handle_body_request(method, path, headers, body, query_params)
        form = {name: values[0] for name, values in parse_qs(body.decode("utf-8", "replace")).items()}
        client_id, secret = cognito._authenticate_client(headers, form)
        client = cognito._find_pool_by_client_id(client_id)[2]
        if not client or secret != (client.get("ClientSecret") or ""):
            return cognito._oauth2_error("invalid_client", "There is no such client, or it has another secret.")
        if not form.get("token"):
            return cognito._oauth2_error("invalid_request", "The token is missing.")
        issued = cognito._refresh_tokens.get(form["token"])
        if issued and issued["client_id"] != client_id:
            return cognito._oauth2_error("unsupported_token_type", "The token is another client's.")
        cognito._revoke_token({"Token": form["token"]})
        return 200, {"Content-Type": "application/json"}, b""

    return handle
