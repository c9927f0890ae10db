"""Publishes the web console: its files and config.json to the bucket of console.yaml's stack, and an invalidation.

Runs with credentials of the platform's account. What it writes into config.json comes from the outputs of the two stacks.
"""

import argparse
import json
import mimetypes
from datetime import UTC, datetime, timedelta
from pathlib import Path

import boto3

# Their names carry a digest of their content.
HASHED = "assets/"
FOREVER = "public, max-age=31536000, immutable"
ASK_AGAIN = "no-cache"
# Tabs that were opened before still fetch parts of the build that they began with.
KEPT = timedelta(days=30)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--platform-stack", default="dataall-platform", help="the stack of infra/template.yaml")
    parser.add_argument("--console-stack", default="dataall-console", help="the stack of infra/console.yaml")
    parser.add_argument("--files", type=Path, default=Path("console/dist"), help="what `npm run build` made")
    parser.add_argument("--no-step-functions-link", action="store_true", help="for an AWS whose console has no pages")
    arguments = parser.parse_args()
    if not (arguments.files / "index.html").exists():
        raise SystemExit(f"There is no built console in {arguments.files}: run `make console`.")
    platform, console = outputs(arguments.platform_stack), outputs(arguments.console_stack)
    if "ConsoleClientId" not in platform:
        raise SystemExit(f"{arguments.platform_stack} has no client for a console: deploy it with ConsoleUrls={console['ConsoleUrl']}.")
    settings = config(platform, console, with_links=not arguments.no_step_functions_link)
    print(f"{publish(arguments.files, settings, console['BucketName'])} files are new in {console['BucketName']}")
    invalidate(console["DistributionId"])
    print(f"The console is at {console['ConsoleUrl']}")


def outputs(stack: str) -> dict[str, str]:
    found = boto3.client("cloudformation").describe_stacks(StackName=stack)["Stacks"][0]
    return {output["OutputKey"]: output["OutputValue"] for output in found["Outputs"]}


def config(platform: dict[str, str], console: dict[str, str], *, with_links: bool) -> dict:
    """What the console reads when it starts. None of it is secret."""
    region = platform["UserPoolId"].partition("_")[0]
    executions = f"https://{region}.console.aws.amazon.com/states/home?region={region}#/v2/executions/details/{{arn}}"
    return {
        "authority": f"https://cognito-idp.{region}.amazonaws.com/{platform['UserPoolId']}",
        "clientId": platform["ConsoleClientId"],
        # As the policy for scripts of the distribution allows it.
        "hostedUiUrl": console["HostedUiUrl"],
        "region": region,
        "prefix": console["Prefix"],
        "links": {"stepFunctions": executions if with_links else None},
    }


def publish(files: Path, settings: dict, bucket: str) -> int:
    """Uploads what is new, what others refer to first; removes what no build of the last weeks has. Answers how much was new."""
    s3 = boto3.client("s3")
    there = {
        item["Key"]: item["LastModified"]
        for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket)
        for item in page.get("Contents", [])
    }
    found = {str(file.relative_to(files)): file for file in files.rglob("*") if file.is_file()}
    # What begins with a dot is the build's own.
    built = {name: file for name, file in found.items() if not name.startswith(".")}
    new = sorted(
        (name for name in built if not (name.startswith(HASHED) and name in there)), key=lambda name: (not name.startswith(HASHED), name)
    )
    s3.put_object(Bucket=bucket, Key="config.json", Body=json.dumps(settings), ContentType="application/json", CacheControl="no-store")
    for name in new:
        s3.put_object(
            Bucket=bucket,
            Key=name,
            Body=built[name].read_bytes(),
            ContentType=mimetypes.guess_type(name)[0] or "application/octet-stream",
            CacheControl=FOREVER if name.startswith(HASHED) else ASK_AGAIN,
        )
    former = [name for name, since in there.items() if name not in built and name != "config.json" and datetime.now(UTC) - since > KEPT]
    for name in former:
        s3.delete_object(Bucket=bucket, Key=name)
    return len(new)


def invalidate(distribution: str) -> None:
    paths = ["/*"]
    batch = {"Paths": {"Quantity": len(paths), "Items": paths}, "CallerReference": datetime.now(UTC).isoformat()}
    boto3.client("cloudfront").create_invalidation(DistributionId=distribution, InvalidationBatch=batch)


if __name__ == "__main__":
    main()
