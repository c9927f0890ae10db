"""CloudFormation: properties of common resource types that MiniStack leaves out, and deletions that AWS refuses."""

from xml.etree.ElementTree import Element, SubElement, tostring

from ministack.services import cognito, dynamodb, iam, s3
from ministack.services.cloudformation import provisioners

_ENCRYPTION_FIELDS = ("SSEAlgorithm", "KMSMasterKeyID")


def install() -> None:
    s3._validate_bucket_name = _without_reserved_names(s3._validate_bucket_name)
    provisioners._STACK_TAG_PROPERTY["AWS::S3::Bucket"] = ("Tags", "list")
    provisioners._S3_BUCKET_CONFIGURATIONS = (
        *provisioners._S3_BUCKET_CONFIGURATIONS,
        ("BucketEncryption", _encryption_xml, _put_encryption, s3._delete_bucket_encryption),
        ("Tags", _tags, _put_tags, s3._delete_bucket_tagging),
    )
    handlers = provisioners._RESOURCE_HANDLERS
    buckets, roles = handlers["AWS::S3::Bucket"], handlers["AWS::IAM::Role"]
    buckets["create"] = _with_valid_name(buckets["create"])
    buckets["delete"] = _keeping_objects(buckets["delete"])
    roles["create"] = _with_boundary(roles["create"])
    roles["update"] = _with_changed_boundary(roles["update"])
    tables, pools = handlers["AWS::DynamoDB::Table"], handlers["AWS::Cognito::UserPool"]
    tables["delete"] = _keeping_protected_table(tables["delete"])
    pools["delete"] = _keeping_protected_pool(pools["delete"])


# --- AWS::S3::Bucket

# https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
_RESERVED_PREFIXES = ("xn--", "sthree-", "amzn-s3-demo-")
_RESERVED_SUFFIXES = ("-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3")


def _without_reserved_names(is_valid):
    return lambda name: is_valid(name) and not name.startswith(_RESERVED_PREFIXES) and not name.endswith(_RESERVED_SUFFIXES)


def _with_valid_name(create):
    def create_bucket(logical_id, properties, stack_name):
        name = properties.get("BucketName")
        if name and not s3._validate_bucket_name(name):
            raise ValueError(f"The specified bucket is not valid: {name} (Service: S3, Status Code: 400; Error Code: InvalidBucketName)")
        return create(logical_id, properties, stack_name)

    return create_bucket


def _encryption_xml(encryption: dict) -> bytes:
    """The body of PutBucketEncryption."""
    root = Element("ServerSideEncryptionConfiguration", xmlns=s3.S3_NS)
    for given in encryption.get("ServerSideEncryptionConfiguration") or []:
        rule = SubElement(root, "Rule")
        by_default = given.get("ServerSideEncryptionByDefault") or {}
        if by_default:
            applied = SubElement(rule, "ApplyServerSideEncryptionByDefault")
            for field in _ENCRYPTION_FIELDS:
                if by_default.get(field):
                    SubElement(applied, field).text = str(by_default[field])
        SubElement(rule, "BucketKeyEnabled").text = str(given.get("BucketKeyEnabled", False)).lower()
    return tostring(root, encoding="utf-8")


def _put_encryption(bucket: str, body: bytes) -> None:
    if s3._put_bucket_encryption(bucket, body)[0] >= 400:
        raise ValueError("The XML you provided was not well-formed or did not validate against our published schema (Service: S3)")


def _tags(tags: list) -> dict[str, str]:
    return {tag["Key"]: str(tag["Value"]) for tag in tags or []}


def _put_tags(bucket: str, tags: dict[str, str]) -> None:
    s3._bucket_tags[bucket] = tags


def _keeping_objects(delete):
    """A bucket that holds objects is not deleted with its stack: the deletion fails."""

    def delete_bucket(physical_id, properties):
        bucket = s3._buckets.get(physical_id)
        if bucket and (bucket["objects"] or s3._bucket_has_versions(physical_id)):
            raise ValueError("The bucket you tried to delete is not empty (Service: S3, Status Code: 409, Error Code: BucketNotEmpty)")
        delete(physical_id, properties)

    return delete_bucket


# --- AWS::IAM::Role


def _with_boundary(create):
    def create_role(logical_id, properties, stack_name):
        _check_boundary(properties)
        name, attributes = create(logical_id, properties, stack_name)
        iam._roles[name]["PermissionsBoundary"] = properties.get("PermissionsBoundary")
        return name, attributes

    return create_role


def _with_changed_boundary(update):
    def update_role(physical_id, old, new, *rest):
        _check_boundary(new)
        name, attributes = update(physical_id, old, new, *rest)
        iam._roles[name]["PermissionsBoundary"] = new.get("PermissionsBoundary")
        return name, attributes

    return update_role


def _check_boundary(properties: dict) -> None:
    boundary = properties.get("PermissionsBoundary")
    if boundary and iam._boundary_policy_error(boundary):
        raise ValueError(f"Scope ARN: {boundary} does not exist or is not attachable. (Service: Iam, Status Code: 404)")


# --- deletion protection


def _keeping_protected_table(delete):
    def delete_table(physical_id, properties):
        if (dynamodb._tables.get(physical_id) or {}).get("DeletionProtectionEnabled"):
            raise ValueError(
                "Resource cannot be deleted as it is currently protected against deletion. Disable deletion protection first. "
                "(Service: DynamoDb, Status Code: 400)"
            )
        delete(physical_id, properties)

    return delete_table


def _keeping_protected_pool(delete):
    def delete_pool(physical_id, properties):
        if (cognito._user_pools.get(physical_id) or {}).get("DeletionProtection") == "ACTIVE":
            raise ValueError(
                "The user pool cannot be deleted because deletion protection is activated. Deletion protection must be inactivated "
                "first. (Service: CognitoIdentityProvider, Status Code: 400)"
            )
        delete(physical_id, properties)

    return delete_pool
