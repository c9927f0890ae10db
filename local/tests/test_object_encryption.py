"""S3 objects under a KMS key: the caller's policies, the key's policy and grants decide who reads and writes them."""

import json

import pytest
from botocore.exceptions import ClientError
from conftest import ACCOUNT, OTHER_ACCOUNT, REGION, allow, unique, wait_for

USE = ["kms:Decrypt", "kms:GenerateDataKey*"]
BY_IAM = allow("kms:*") | {"Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}}


def policy(*statements: dict) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


@pytest.fixture
def make_bucket(aws):
    """A bucket of the account with this encryption by default."""

    def make(**by_default: str) -> str:
        name, s3 = unique("encrypted"), aws.client("s3")
        s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": REGION})
        rules = [{"ApplyServerSideEncryptionByDefault": by_default}] if by_default else []
        if rules:
            s3.put_bucket_encryption(Bucket=name, ServerSideEncryptionConfiguration={"Rules": rules})
        return name

    return make


@pytest.fixture
def key(aws) -> str:
    """A key whose policy leaves the account to decide."""
    return aws.client("kms").create_key(Policy=policy(BY_IAM))["KeyMetadata"]["Arn"]


@pytest.fixture
def bucket(aws, make_bucket, key) -> str:
    """A bucket that encrypts with the key, and an object in it."""
    name = make_bucket(SSEAlgorithm="aws:kms", KMSMasterKeyID=key)
    aws.client("s3").put_object(Bucket=name, Key="folder/object", Body=b"secret")
    return name


@pytest.fixture
def caller(aws):
    """A role's ARN, and S3 as a session of it; the role may do all with objects."""

    def caller(*permissions: dict, account: str = ACCOUNT):
        trust = {"Effect": "Allow", "Principal": {"AWS": account}, "Action": "sts:AssumeRole"}
        arn = aws.role(unique("role"), trust, [allow("s3:*"), *permissions], account)
        session = aws.client("sts", account).assume_role(RoleArn=arn, RoleSessionName="session")["Credentials"]
        return arn, aws.client("s3", session)

    return caller


def reads(s3, bucket: str, key: str = "folder/object") -> bool:
    return allowed("kms:Decrypt", lambda: s3.get_object(Bucket=bucket, Key=key))


def writes(s3, bucket: str, **options) -> bool:
    return allowed("kms:GenerateDataKey", lambda: s3.put_object(Bucket=bucket, Key="folder/object", Body=b"secret", **options))


def allowed(action: str, call) -> bool:
    try:
        call()
    except ClientError as refusal:
        error = refusal.response["Error"]
        if error["Code"] == "AccessDenied" and action in error["Message"]:
            return False
        raise
    return True


def test_reading_needs_decrypt_and_writing_a_data_key(bucket, caller, key):
    for actions, may_read, may_write in (
        ([], False, False),
        (["kms:Decrypt"], True, False),
        (["kms:GenerateDataKey"], False, True),
        (["kms:Decrypt", "kms:GenerateDataKey*"], True, True),
    ):
        _, s3 = caller(*([allow(actions, key)] if actions else []))
        assert (reads(s3, bucket), writes(s3, bucket)) == (may_read, may_write), actions
    assert not reads(caller(allow(USE, key.replace("key/", "key/another")))[1], bucket)


def test_the_root_of_the_account_needs_the_keys_policy_alone(aws, bucket, key):
    s3 = aws.client("s3")
    assert reads(s3, bucket)
    assert writes(s3, bucket)
    somebody = f"arn:aws:iam::{ACCOUNT}:role/somebody"
    aws.client("kms").put_key_policy(KeyId=key, PolicyName="default", Policy=policy(BY_IAM | {"Principal": {"AWS": somebody}}))
    assert not reads(s3, bucket)


def test_a_key_policy_that_names_a_role_suffices_and_one_that_denies_wins(aws, bucket, caller, key):
    role, s3 = caller()
    another, other_s3 = caller(allow(USE, key))
    change = aws.client("kms").put_key_policy
    change(KeyId=key, PolicyName="default", Policy=policy(BY_IAM, allow(USE) | {"Principal": {"AWS": role}}))
    assert reads(s3, bucket)
    assert reads(other_s3, bucket)
    denial = allow(USE) | {"Principal": {"AWS": another}, "Effect": "Deny"}
    change(KeyId=key, PolicyName="default", Policy=policy(BY_IAM, denial))
    assert not reads(s3, bucket)
    assert not reads(other_s3, bucket)


def test_a_denial_of_the_callers_own_policies_wins(aws, bucket, caller, key):
    role, s3 = caller(allow(USE, key) | {"Effect": "Deny"})
    named = policy(BY_IAM, allow(USE) | {"Principal": {"AWS": role}})
    aws.client("kms").put_key_policy(KeyId=key, PolicyName="default", Policy=named)
    assert not reads(s3, bucket)


def test_what_s3_tells_kms_can_be_a_condition(bucket, caller, key):
    object_arn = f"arn:aws:s3:::{bucket}/folder/object"
    keys = {"kms:ViaService": f"s3.{REGION}.amazonaws.com", "kms:CallerAccount": ACCOUNT}
    keys["kms:EncryptionContext:aws:s3:arn"] = object_arn
    for name, value in keys.items():
        assert reads(caller(allow(USE, key, StringEquals={name: value}))[1], bucket), name
        assert not reads(caller(allow(USE, key, StringEquals={name: value + "x"}))[1], bucket), name


def test_with_a_bucket_key_the_encryption_context_is_the_bucket(aws, make_bucket, caller, key):
    name, context = make_bucket(SSEAlgorithm="aws:kms", KMSMasterKeyID=key), "kms:EncryptionContext:aws:s3:arn"
    by_bucket, by_object = (caller(allow(USE, key, StringLike={context: f"arn:aws:s3:::{name}{rest}"}))[1] for rest in ("", "/*"))
    options = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": key, "BucketKeyEnabled": True}
    assert not writes(by_object, name, **options)
    assert writes(by_bucket, name, **options)
    assert reads(by_bucket, name)
    assert aws.client("s3").get_object(Bucket=name, Key="folder/object")["BucketKeyEnabled"] is True


def test_another_account_needs_both_sides(aws, bucket, caller, key):
    role, s3 = caller(allow(USE), account=OTHER_ACCOUNT)
    nothing_own, without = caller(account=OTHER_ACCOUNT)
    for arn in (role, nothing_own):
        assert arn.split(":")[4] == OTHER_ACCOUNT
    let_in = [allow("s3:*", f"arn:aws:s3:::{bucket}/*") | {"Principal": {"AWS": OTHER_ACCOUNT}}]
    aws.client("s3").put_bucket_policy(Bucket=bucket, Policy=policy(*let_in))
    assert not reads(s3, bucket)
    named = allow(USE) | {"Principal": {"AWS": [role, nothing_own]}}
    aws.client("kms").put_key_policy(KeyId=key, PolicyName="default", Policy=policy(BY_IAM, named))
    assert reads(s3, bucket)
    assert not reads(without, bucket)


def test_a_grant_stands_for_the_keys_policy(aws, bucket, caller, key):
    kms, (role, s3) = aws.client("kms"), caller()
    _, another = caller()
    subset = {"EncryptionContextSubset": {"aws:s3:arn": f"arn:aws:s3:::{bucket}/folder/another"}}
    kms.create_grant(KeyId=key, GranteePrincipal=role, Operations=["Decrypt"], Constraints=subset)
    assert not reads(s3, bucket)
    granted = kms.create_grant(KeyId=key, GranteePrincipal=role, Operations=["Decrypt"])
    assert reads(s3, bucket)
    assert not writes(s3, bucket)
    assert not reads(another, bucket)
    kms.revoke_grant(KeyId=key, GrantId=granted["GrantId"])
    assert not reads(s3, bucket)


def test_a_header_chooses_the_key_by_any_name_and_the_object_keeps_its_arn(aws, make_bucket, caller, key):
    name, alias = make_bucket(), f"alias/{unique('key')}"
    aws.client("kms").create_alias(AliasName=alias, TargetKeyId=key)
    _, without = caller()
    _, s3 = caller(allow(USE, key))
    for named in (key, key.rpartition("/")[2], alias, key.rpartition(":")[0] + f":{alias}"):
        options = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": named}
        assert not writes(without, name, **options)
        assert s3.put_object(Bucket=name, Key="folder/object", Body=b"secret", **options)["SSEKMSKeyId"] == key
        assert reads(s3, name)
        assert not reads(without, name)
    assert writes(without, name)
    assert reads(without, name)


@pytest.mark.parametrize("by_header", [True, False])
def test_the_key_that_aws_manages_is_for_the_account_alone(aws, make_bucket, caller, by_header):
    """No policy of the account's need mention it."""
    name = make_bucket() if by_header else make_bucket(SSEAlgorithm="aws:kms")
    _, s3 = caller()
    assert writes(s3, name, **({"ServerSideEncryption": "aws:kms"} if by_header else {}))
    assert reads(s3, name)
    _, other = caller(allow("kms:*"), account=OTHER_ACCOUNT)
    let_in = allow("s3:*", f"arn:aws:s3:::{name}/*") | {"Principal": {"AWS": OTHER_ACCOUNT}}
    aws.client("s3").put_bucket_policy(Bucket=name, Policy=policy(let_in))
    assert not reads(other, name)


def test_head_does_not_read(bucket, caller):
    _, s3 = caller()
    assert s3.head_object(Bucket=bucket, Key="folder/object")["ContentLength"] == len(b"secret")


def test_a_key_that_is_gone_or_disabled_is_told(aws, bucket, make_bucket, key):
    s3 = aws.client("s3")
    with pytest.raises(ClientError, match=r"KMS\.NotFoundException"):
        s3.put_object(
            Bucket=make_bucket(), Key="object", Body=b"", ServerSideEncryption="aws:kms", SSEKMSKeyId=key.replace("key/", "key/0")
        )
    aws.client("kms").disable_key(KeyId=key)
    with pytest.raises(ClientError, match=r"KMS\.DisabledException"):
        s3.get_object(Bucket=bucket, Key="folder/object")


def test_a_copy_reads_its_source_and_writes_its_copy(bucket, make_bucket, caller, key):
    plain, source = make_bucket(), {"Bucket": bucket, "Key": "folder/object"}
    _, reader = caller(allow("kms:Decrypt", key))
    _, writer = caller(allow("kms:GenerateDataKey", key))
    assert allowed("kms:Decrypt", lambda: reader.copy_object(Bucket=plain, Key="copy", CopySource=source))
    assert not allowed("kms:Decrypt", lambda: writer.copy_object(Bucket=plain, Key="copy", CopySource=source))
    from_plain = {"Bucket": plain, "Key": "copy"}
    assert allowed("kms:GenerateDataKey", lambda: writer.copy_object(Bucket=bucket, Key="copy", CopySource=from_plain))
    assert not allowed("kms:GenerateDataKey", lambda: reader.copy_object(Bucket=bucket, Key="copy", CopySource=from_plain))


def test_an_upload_in_parts_needs_both(bucket, caller, key):
    def upload(s3) -> None:
        parts = {"Bucket": bucket, "Key": "parts"}
        parts["UploadId"] = s3.create_multipart_upload(**parts)["UploadId"]
        etag = s3.upload_part(**parts, PartNumber=1, Body=b"part")["ETag"]
        s3.complete_multipart_upload(**parts, MultipartUpload={"Parts": [{"PartNumber": 1, "ETag": etag}]})

    _, both = caller(allow(USE, key))
    assert allowed("kms:", lambda: upload(both))
    assert reads(both, bucket, "parts")
    assert not allowed("kms:Decrypt", lambda: upload(caller(allow("kms:GenerateDataKey", key))[1]))
    assert not allowed("kms:GenerateDataKey", lambda: upload(caller(allow("kms:Decrypt", key))[1]))


def test_versions_keep_their_keys(aws, bucket, caller, key):
    s3 = aws.client("s3")
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    encrypted = s3.put_object(Bucket=bucket, Key="folder/object", Body=b"secret")["VersionId"]
    s3.put_object(Bucket=bucket, Key="folder/object", Body=b"", ServerSideEncryption="AES256")
    _, without = caller()
    assert reads(without, bucket)
    assert not allowed("kms:Decrypt", lambda: without.get_object(Bucket=bucket, Key="folder/object", VersionId=encrypted))


def test_a_stacks_bucket_encrypts_as_its_template_says(aws, caller):
    """As the buckets of pipelines' artifacts: a key that the template makes."""
    key = {"Type": "AWS::KMS::Key", "Properties": {"KeyPolicy": json.loads(policy(BY_IAM))}}
    by_default = {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": {"Fn::GetAtt": ["Key", "Arn"]}}
    rule = {"ServerSideEncryptionByDefault": by_default}
    properties = {"BucketEncryption": {"ServerSideEncryptionConfiguration": [rule]}}
    template = {"Resources": {"Key": key, "Bucket": {"Type": "AWS::S3::Bucket", "Properties": properties}}}
    cloudformation, name = aws.client("cloudformation"), unique("encrypted")

    def settled(status: str) -> None:
        wait_for(lambda: cloudformation.describe_stacks(StackName=name)["Stacks"][0]["StackStatus"] == status, status)

    cloudformation.create_stack(StackName=name, TemplateBody=json.dumps(template))
    settled("CREATE_COMPLETE")
    made = {
        r["LogicalResourceId"]: r["PhysicalResourceId"] for r in cloudformation.describe_stack_resources(StackName=name)["StackResources"]
    }
    key_arn = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/{made['Key']}"
    _, s3 = caller(allow(USE, key_arn))
    _, without = caller()
    assert not writes(without, made["Bucket"])
    assert s3.put_object(Bucket=made["Bucket"], Key="folder/object", Body=b"secret")["SSEKMSKeyId"] == key_arn
    assert not reads(without, made["Bucket"])
    del properties["BucketEncryption"]
    cloudformation.update_stack(StackName=name, TemplateBody=json.dumps(template))
    settled("UPDATE_COMPLETE")
    assert writes(without, made["Bucket"])
