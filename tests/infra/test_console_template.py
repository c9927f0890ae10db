"""The console's template: who reads its files, what each path is answered with, what browsers are told; and its client of the user pool."""

import json
import re
import shutil
import subprocess

import pytest
from cfnlint.api import lint
from policies import as_list
from resolving import Deployed
from templates import load_template

ACCOUNT = "000000000000"
# https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/using-managed-cache-policies.html and …-origin-request-policies.html
CACHED = "658327ea-f89d-4fab-a63d-7e88639e58f6"
NOT_CACHED = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"
ALL_BUT_HOST = "b689b0a8-53d0-40ab-baf2-68738e2966ac"
PARAMETERS = {
    "ApiUrl": "https://abcdef1234.execute-api.eu-west-1.amazonaws.com/v1",
    "HostedUiUrl": "https://dataall-000000000000.auth.eu-west-1.amazoncognito.com",
}


@pytest.fixture(scope="module")
def template(repository) -> dict:
    return load_template(repository / "infra/console.yaml")


@pytest.fixture(scope="module")
def console(template) -> dict[str, dict]:
    """The resources of a console without a domain of its own."""
    return Deployed(template, ACCOUNT, "console", PARAMETERS).resources


@pytest.fixture(scope="module")
def distribution(console) -> dict:
    return console["Distribution"]["Properties"]["DistributionConfig"]


def behaviors(distribution: dict) -> dict[str, dict]:
    return {"default": distribution["DefaultCacheBehavior"]} | {each["PathPattern"]: each for each in distribution["CacheBehaviors"]}


def answered(console: dict, name: str, uri: str) -> str:
    """What a function of CloudFront makes of a path, as Node.js runs it."""
    code = console[name]["Properties"]["FunctionCode"]
    script = f"{code}\nconsole.log(handler({{request: {{uri: {json.dumps(uri)}}}}}).uri)"
    return subprocess.run([shutil.which("node"), "-e", script], check=True, capture_output=True, text=True).stdout.strip()


def test_it_has_no_faults_in_any_region_that_it_may_be_deployed_to(repository):
    faults = lint((repository / "infra/console.yaml").read_text(), regions=["eu-west-1", "us-east-1", "ap-southeast-2"])
    assert [str(fault) for fault in faults] == []


def test_only_this_distribution_reads_the_files(console):
    properties = console["Files"]["Properties"]
    assert set(properties["PublicAccessBlockConfiguration"].values()) == {True}
    assert properties["VersioningConfiguration"] == {"Status": "Enabled"}
    statements = console["FilesPolicy"]["Properties"]["PolicyDocument"]["Statement"]
    [allowed] = [statement for statement in statements if statement["Effect"] == "Allow"]
    assert as_list(allowed["Action"]) == ["s3:GetObject"]
    assert allowed["Principal"] == {"Service": "cloudfront.amazonaws.com"}
    assert allowed["Condition"] == {"StringEquals": {"aws:SourceArn": f"arn:aws:cloudfront::{ACCOUNT}:distribution/console-Distribution"}}
    [denied] = [statement for statement in statements if statement["Effect"] == "Deny"]
    assert denied["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


def test_the_api_is_below_api_of_the_same_origin(console, distribution):
    [origin] = [origin for origin in distribution["Origins"] if origin["Id"] == "api"]
    assert (origin["DomainName"], origin["OriginPath"]) == ("abcdef1234.execute-api.eu-west-1.amazonaws.com", "/v1")
    assert origin["CustomOriginConfig"]["OriginProtocolPolicy"] == "https-only"
    api = behaviors(distribution)["/api/*"]
    assert (api["TargetOriginId"], api["CachePolicyId"], api["OriginRequestPolicyId"]) == ("api", NOT_CACHED, ALL_BUT_HOST)
    assert {"GET", "POST", "PATCH", "DELETE"} <= set(api["AllowedMethods"])
    assert answered(console, "ApiPaths", "/api/pipelines/k3j9x0ab/stages") == "/pipelines/k3j9x0ab/stages"


def test_what_the_api_answers_with_403_or_404_is_passed_on(distribution):
    """Custom error responses count for the whole distribution."""
    assert "CustomErrorResponses" not in distribution
    with_function = {path for path, each in behaviors(distribution).items() if "Pages" in str(each.get("FunctionAssociations"))}
    assert with_function == {"default"}


@pytest.mark.parametrize(
    ("uri", "file"),
    [
        ("/", "/index.html"),
        ("/pipelines", "/index.html"),
        ("/pipelines/k3j9x0ab/files/app.py", "/index.html"),
        ("/signed-in", "/index.html"),
        ("/index.html", "/index.html"),
        ("/favicon.svg", "/favicon.svg"),
    ],
)
def test_every_page_is_the_application(console, uri, file):
    assert answered(console, "Pages", uri) == file


def test_settings_are_not_cached_and_hashed_files_are(distribution):
    found = behaviors(distribution)
    assert found["/config.json"]["CachePolicyId"] == NOT_CACHED
    assert found["/assets/*"]["CachePolicyId"] == found["default"]["CachePolicyId"] == CACHED


def test_no_path_is_answered_without_tls_or_without_the_headers(distribution):
    for path, each in behaviors(distribution).items():
        assert each["ViewerProtocolPolicy"] in ("redirect-to-https", "https-only"), path
        assert each["ResponseHeadersPolicyId"] == "console-Headers", path


def test_browsers_run_the_consoles_own_scripts_and_nothing_else(console):
    config = console["Headers"]["Properties"]["ResponseHeadersPolicyConfig"]["SecurityHeadersConfig"]
    policy = dict(part.split(maxsplit=1) for part in config["ContentSecurityPolicy"]["ContentSecurityPolicy"].split("; "))
    assert policy["script-src"] == "'self'"
    assert policy["connect-src"] == f"'self' {PARAMETERS['HostedUiUrl']}"
    assert [policy[name] for name in ("default-src", "frame-ancestors", "base-uri", "form-action")] == ["'none'"] * 4
    assert config["StrictTransportSecurity"]["AccessControlMaxAgeSec"] >= 31536000
    assert config["ReferrerPolicy"]["ReferrerPolicy"] == "no-referrer"
    assert "ContentTypeOptions" in config


def test_a_domain_of_ones_own_has_its_certificate(template):
    parameters = PARAMETERS | {"DomainName": "console.example.com", "CertificateArn": f"arn:aws:acm:us-east-1:{ACCOUNT}:certificate/a-b"}
    config = Deployed(template, ACCOUNT, "console", parameters).resources["Distribution"]["Properties"]["DistributionConfig"]
    assert config["Aliases"] == ["console.example.com"]
    assert config["ViewerCertificate"]["MinimumProtocolVersion"] == "TLSv1.2_2021"


class TestSigningIn:
    """The client and the domain of the user pool, in the platform's template."""

    @staticmethod
    def deployed(platform: dict, **parameters) -> Deployed:
        # Without the API, whose role and bodies have nothing to do with it.
        return Deployed(platform, ACCOUNT, "platform", parameters)

    def test_without_a_console_there_is_neither(self, platform):
        deployed = self.deployed(platform, ConsoleUrls=[""], AdditionalUserPoolClientIds=[""])
        assert not any(map(deployed.holds, ("HasConsole", "MakesUserPoolDomain")))
        accepted = deployed.resolve(platform["Globals"]["Function"]["Environment"]["Variables"]["USER_POOL_CLIENT_IDS"])
        assert [each for each in accepted.split(",") if each] == ["platform-UserPoolClient"]

    def test_it_is_a_public_client_of_the_code_flow_and_the_api_accepts_its_tokens(self, platform):
        urls = ["https://console.example.com", "https://d111111abcdef8.cloudfront.net"]
        deployed = self.deployed(platform, ConsoleUrls=urls, ConsoleIdentityProviders=["COGNITO"], AdditionalUserPoolClientIds=["other"])
        client = deployed.resolve(platform["Resources"]["ConsoleClient"]["Properties"])
        assert client["GenerateSecret"] is False
        assert client["AllowedOAuthFlows"] == ["code"]
        assert client["ExplicitAuthFlows"] == ["ALLOW_REFRESH_TOKEN_AUTH"]
        assert client["CallbackURLs"] == [f"{url}/signed-in" for url in urls]
        assert client["LogoutURLs"] == [f"{url}/signed-out" for url in urls]
        accepted = deployed.resolve(platform["Globals"]["Function"]["Environment"]["Variables"]["USER_POOL_CLIENT_IDS"])
        assert accepted.split(",") == ["platform-UserPoolClient", "other", "platform-ConsoleClient"]

    @pytest.mark.parametrize(
        ("parameters", "url", "made"),
        [
            ({}, "https://dataall-000000000000.auth.eu-west-1.amazoncognito.com", True),
            ({"UserPoolDomainPrefix": "acme"}, "https://acme.auth.eu-west-1.amazoncognito.com", True),
            ({"ExistingUserPoolDomain": "sign-in.example.com"}, "https://sign-in.example.com", False),
        ],
    )
    def test_the_address_to_sign_in_is_known_before_the_console_is_there(self, platform, parameters, url, made):
        with_console = self.deployed(platform, ConsoleUrls=["https://console.example.com"], **parameters)
        assert with_console.holds("MakesUserPoolDomain") == made
        for deployed in (with_console, self.deployed(platform, ConsoleUrls=[""], **parameters)):
            assert deployed.resolve(platform["Outputs"]["HostedUiUrl"]["Value"]) == url
        if made:
            domain = with_console.resolve(platform["Resources"]["UserPoolDomain"]["Properties"]["Domain"])
            assert url.startswith(f"https://{domain}.auth.")

    @pytest.mark.parametrize("url", ["https://console.example.com/", "http://console.example.com", "https://*.example.com"])
    def test_addresses_that_cognito_would_refuse_are_refused(self, platform, url):
        assert not re.fullmatch(platform["Parameters"]["ConsoleUrls"]["AllowedPattern"], url)
