"""What a build finds in its environment: CodeBuild's variables, the project's, and nothing of this machine's user."""

import os
from pathlib import Path

from .workspace import Workspace

# How this machine reaches the network: proxies, certificates, package indexes. Nobody's credentials are among them.
_NETWORK = {
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "NO_PROXY",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "REQUESTS_CA_BUNDLE",
    "CURL_CA_BUNDLE",
    "NODE_EXTRA_CA_CERTS",
    "GIT_SSL_CAINFO",
    "PIP_CERT",
    "PIP_DEFAULT_TIMEOUT",
    "PIP_FIND_LINKS",
    "PIP_INDEX_URL",
    "UV_DEFAULT_INDEX",
    "UV_FIND_LINKS",
    "UV_INDEX_URL",
    "NPM_CONFIG_REGISTRY",
}


def network() -> dict[str, str]:
    """The variables by which tools reach the network from here."""
    return {name: value for name, value in os.environ.items() if name.upper() in _NETWORK}


def own_environment(workspace: Workspace, region: str) -> dict[str, str]:
    """What each build has: places of its own, shared caches of packages, the local AWS."""
    home, caches = workspace.home, workspace.caches
    places = [workspace.programs, workspace.npm_prefix / "bin", workspace.python / "bin", *_machine_path()]
    return network() | {
        "PATH": os.pathsep.join(map(str, places)),
        "HOME": str(home),
        "USER": "root",
        "LANG": "C.UTF-8",
        "TMPDIR": str(workspace.temporary),
        "AWS_ENDPOINT_URL": os.environ["AWS_ENDPOINT_URL"],
        "AWS_REGION": region,
        "AWS_DEFAULT_REGION": region,
        "AWS_EC2_METADATA_DISABLED": "true",
        # The CDK looks for the home of the user, not for HOME.
        "CDK_HOME": str(home / ".cdk"),
        "CDK_DISABLE_CLI_TELEMETRY": "true",
        "JSII_RUNTIME_PACKAGE_CACHE_ROOT": str(caches.shared("jsii")),
        "npm_config_prefix": str(workspace.npm_prefix),
        "npm_config_cache": str(caches.shared("npm")),
        "npm_config_prefer_offline": "true",
        "npm_config_update_notifier": "false",
        "npm_config_audit": "false",
        "npm_config_fund": "false",
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        "PIP_CACHE_DIR": str(caches.shared("pip")),
    }


def _machine_path() -> list[str]:
    """This machine's programs, without those of the virtual environment that the local AWS runs in."""
    virtual = os.environ.get("VIRTUAL_ENV")
    places = os.environ.get("PATH", os.defpath).split(os.pathsep)
    return [place for place in places if place and not (virtual and Path(place).is_relative_to(virtual))]
