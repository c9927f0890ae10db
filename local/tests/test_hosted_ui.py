"""Signing in with Cognito's pages: the code flow of a public client with PKCE (RFC 7636), sessions, refreshed and revoked tokens."""

import base64
import hashlib
import json
import re
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from conftest import unique

# Requests without a signature belong to the default account.
ACCOUNT = "000000000000"
CALLBACK, SIGNED_OUT = "http://localhost:4666/signed-in", "http://localhost:4666/signed-out"
PASSWORD = "Somebody-of-a-team-1"
# RFC 7636, appendix B.
VERIFIER, CHALLENGE = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"


def claims(token: str) -> dict:
    part = token.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))


class Browser:
    """What a person's browser does; it keeps cookies as browsers do."""

    def __init__(self, aws, client_id: str):
        self.aws, self.client_id, self.session = aws, client_id, requests.Session()

    def authorize(self, **changes) -> requests.Response:
        pkce = {"code_challenge": CHALLENGE, "code_challenge_method": "S256"}
        asked = {
            "response_type": "code",
            "client_id": self.client_id,
            "redirect_uri": CALLBACK,
            "scope": "openid email",
            "state": "s",
            "nonce": "n",
        }
        return self.get("/oauth2/authorize", asked | pkce | changes)

    def get(self, path: str, query: dict) -> requests.Response:
        return self.session.get(f"{self.aws.endpoint_url}{path}", params=query, allow_redirects=False, timeout=10)

    def sign_in(self, username: str, password: str = PASSWORD) -> requests.Response:
        page = self.authorize().text
        hidden = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', page))
        form = hidden | {"username": username, "password": password}
        return self.session.post(f"{self.aws.endpoint_url}/login", data=form, allow_redirects=False, timeout=10)

    def token(self, **form: str) -> requests.Response:
        return self.session.post(f"{self.aws.endpoint_url}/oauth2/token", data={"client_id": self.client_id} | form, timeout=10)

    def exchange(self, code: str, **changes: str) -> requests.Response:
        return self.token(
            **{"grant_type": "authorization_code", "code": code, "redirect_uri": CALLBACK, "code_verifier": VERIFIER} | changes
        )


def code_of(answer: requests.Response) -> str:
    assert answer.status_code == 302, answer.text
    location = urlsplit(answer.headers["Location"])
    assert f"{location.scheme}://{location.netloc}{location.path}" == CALLBACK
    query = parse_qs(location.query)
    assert query["state"] == ["s"]
    return query["code"][0]


@pytest.fixture(scope="module")
def cognito(aws):
    return aws.client("cognito-idp", ACCOUNT)


@pytest.fixture(scope="module")
def pool(cognito) -> str:
    pool = cognito.create_user_pool(PoolName=unique("pool"))["UserPool"]["Id"]
    cognito.create_group(UserPoolId=pool, GroupName="research")
    for name in ("alice", "bob"):
        cognito.admin_create_user(UserPoolId=pool, Username=name, MessageAction="SUPPRESS")
        cognito.admin_set_user_password(UserPoolId=pool, Username=name, Password=PASSWORD, Permanent=True)
    cognito.admin_add_user_to_group(UserPoolId=pool, Username="alice", GroupName="research")
    return pool


@pytest.fixture
def browser(aws, cognito, pool) -> Browser:
    """Somebody before a public client's sign-in page."""
    client = cognito.create_user_pool_client(
        UserPoolId=pool,
        ClientName=unique("client"),
        GenerateSecret=False,
        AllowedOAuthFlowsUserPoolClient=True,
        AllowedOAuthFlows=["code"],
        AllowedOAuthScopes=["openid", "email"],
        SupportedIdentityProviders=["COGNITO"],
        CallbackURLs=[CALLBACK],
        LogoutURLs=[SIGNED_OUT],
        ExplicitAuthFlows=["ALLOW_REFRESH_TOKEN_AUTH"],
    )["UserPoolClient"]
    assert "ClientSecret" not in client
    return Browser(aws, client["ClientId"])


def test_a_code_is_exchanged_for_tokens_with_the_groups(browser):
    assert base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode() == CHALLENGE
    answer = browser.exchange(code_of(browser.sign_in("alice")))
    assert answer.status_code == 200, answer.text
    # A page of another origin reads it.
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    told = claims(answer.json()["id_token"])
    assert (told["cognito:username"], told["cognito:groups"], told["aud"], told["nonce"]) == ("alice", ["research"], browser.client_id, "n")


def test_a_code_works_once(browser):
    code = code_of(browser.sign_in("alice"))
    assert browser.exchange(code).status_code == 200
    again = browser.exchange(code)
    assert (again.status_code, again.json()["error"]) == (400, "invalid_grant")


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"code_verifier": VERIFIER[::-1]}, id="another verifier"),
        pytest.param({"code_verifier": ""}, id="no verifier"),
        pytest.param({"redirect_uri": f"{CALLBACK}/"}, id="another address"),
        pytest.param({"client_id": "another"}, id="another client"),
    ],
)
def test_only_who_began_gets_the_tokens(browser, changes):
    answer = browser.exchange(code_of(browser.sign_in("alice")), **changes)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_grant")


@pytest.mark.parametrize(
    "address", [f"{CALLBACK}/", f"{CALLBACK}?a=b", "http://localhost:4666/", "https://elsewhere.example.com/signed-in"]
)
def test_no_code_goes_to_an_address_that_is_not_exactly_the_clients(browser, address):
    answer = browser.authorize(redirect_uri=address)
    assert answer.status_code == 400
    assert "Location" not in answer.headers


def test_a_plain_challenge_is_refused(browser):
    answer = browser.authorize(code_challenge=VERIFIER, code_challenge_method="plain")
    assert parse_qs(urlsplit(answer.headers["Location"]).query)["error"] == ["invalid_request"]


def test_a_wrong_password_gives_no_code(browser):
    answer = browser.sign_in("alice", "wrong")
    assert answer.status_code == 200
    assert "Incorrect username or password" in answer.text


class TestSessions:
    def test_who_has_signed_in_is_not_asked_again(self, browser):
        browser.sign_in("alice")
        told = claims(browser.exchange(code_of(browser.authorize())).json()["id_token"])
        assert told["cognito:username"] == "alice"
        assert browser.authorize(prompt="login").status_code == 200

    def test_what_is_not_allowed_is_not_allowed_in_a_session_either(self, browser):
        browser.sign_in("alice")
        assert browser.authorize(redirect_uri="https://elsewhere.example.com").status_code == 400

    def test_after_signing_out_somebody_else_may_sign_in(self, browser):
        browser.sign_in("alice")
        out = browser.get("/logout", {"client_id": browser.client_id, "logout_uri": SIGNED_OUT})
        assert (out.status_code, out.headers["Location"]) == (302, SIGNED_OUT)
        assert browser.authorize().status_code == 200
        told = claims(browser.exchange(code_of(browser.sign_in("bob"))).json()["id_token"])
        assert told["cognito:username"] == "bob"
        assert "cognito:groups" not in told

    def test_nobody_is_sent_elsewhere_by_signing_out(self, browser):
        out = browser.get("/logout", {"client_id": browser.client_id, "logout_uri": "https://elsewhere.example.com"})
        assert out.status_code == 400

    def test_a_user_who_was_disabled_is_out(self, browser, cognito, pool):
        browser.sign_in("bob")
        cognito.admin_disable_user(UserPoolId=pool, Username="bob")
        try:
            assert browser.authorize().status_code == 200
        finally:
            cognito.admin_enable_user(UserPoolId=pool, Username="bob")


class TestRefreshing:
    def test_a_refreshed_token_has_the_groups_of_now(self, browser, cognito, pool):
        given = browser.exchange(code_of(browser.sign_in("alice"))).json()
        refreshed = browser.token(grant_type="refresh_token", refresh_token=given["refresh_token"]).json()
        assert claims(refreshed["id_token"])["cognito:groups"] == ["research"]
        cognito.admin_remove_user_from_group(UserPoolId=pool, Username="alice", GroupName="research")
        try:
            later = browser.token(grant_type="refresh_token", refresh_token=given["refresh_token"]).json()
            assert "cognito:groups" not in claims(later["id_token"])
        finally:
            cognito.admin_add_user_to_group(UserPoolId=pool, Username="alice", GroupName="research")

    def test_a_revoked_token_refreshes_nothing(self, browser):
        given = browser.exchange(code_of(browser.sign_in("alice"))).json()
        revoke = f"{browser.aws.endpoint_url}/oauth2/revoke"
        form = {"token": given["refresh_token"], "client_id": browser.client_id}
        assert requests.post(revoke, data=form | {"client_id": "another"}, timeout=10).status_code == 400
        assert browser.token(grant_type="refresh_token", refresh_token=given["refresh_token"]).status_code == 200
        revoked = requests.post(revoke, data=form, timeout=10)
        assert (revoked.status_code, revoked.content) == (200, b"")
        assert browser.token(grant_type="refresh_token", refresh_token=given["refresh_token"]).json()["error"] == "invalid_grant"
