"""A client of the platform's REST API: signs a user in and sends the id token."""

import threading
import time

import boto3
import requests
from botocore import UNSIGNED
from botocore.config import Config

# An id token lives an hour.
TOKEN_SECONDS = 50 * 60


class Problem(Exception):
    """An answer that is no success: the problem document's words."""

    def __init__(self, call: str, answer: requests.Response) -> None:
        try:
            document = answer.json()
        except ValueError:
            document = {"detail": answer.text}
        errors = [f"  {error['pointer']}: {error['detail']}" for error in document.get("errors", [])]
        super().__init__("\n".join([f"{call} answered {answer.status_code}: {document.get('detail', document)}", *errors]))


class Api:
    """The API as one user sees it."""

    def __init__(self, stack: dict, user: dict) -> None:
        self.url = stack["apiUrl"]
        self._cognito = boto3.client(
            "cognito-idp",
            region_name=stack["region"],
            endpoint_url=stack["endpointUrl"],
            config=Config(signature_version=UNSIGNED),
        )
        self._client_id = stack["userPoolClientId"]
        self._user = user
        self._token = ("", 0.0)
        self._lock = threading.Lock()
        self._session = requests.Session()

    def token(self) -> str:
        """An id token that is still good for a while."""
        with self._lock:
            token, good_until = self._token
            if time.monotonic() > good_until:
                signed_in = self._cognito.initiate_auth(
                    AuthFlow="USER_PASSWORD_AUTH",
                    ClientId=self._client_id,
                    AuthParameters={"USERNAME": self._user["username"], "PASSWORD": self._user["password"]},
                )
                token = signed_in["AuthenticationResult"]["IdToken"]
                self._token = (token, time.monotonic() + TOKEN_SECONDS)
            return token

    def request(self, method: str, path: str, body: object = None, **options) -> requests.Response:
        """The answer to a call, whatever it is. A path is below the API's URL, unless it is a URL itself, as in `Location`."""
        headers = {"Authorization": self.token()} | options.pop("headers", {})
        return self._session.request(
            method, path if path.startswith(self.url) else self.url + path, json=body, headers=headers, timeout=60, **options
        )

    def call(self, method: str, path: str, body: object = None, **options) -> dict:
        """The body of a successful answer; `Problem` otherwise."""
        answer = self.request(method, path, body, **options)
        if not answer.ok:
            raise Problem(f"{method} {path}", answer)
        return answer.json() if answer.content else {}

    def all(self, path: str, limit: int = 100) -> list[dict]:
        """All items of a list, page by page, so many on a page."""
        items, query = [], {"limit": str(limit)}
        while True:
            page = self.call("GET", path, params=query)
            items += page["items"]
            if "nextToken" not in page:
                return items
            query["nextToken"] = page["nextToken"]
