"""Why an action fails, in the words of `errorDetails`."""

from botocore.exceptions import ClientError

from ..json_service import AwsError

_DENIED = ("AccessDenied", "AccessDeniedException", "AuthorizationError", "KMS.AccessDeniedException", "UnauthorizedOperation")


class ActionFailed(Exception):
    """An action's failure: a code (PermissionError, ConfigurationError, JobFailed...) and a message."""

    def __init__(self, code: str, message: str):
        super().__init__(message)
        self.code = code
        self.message = message


def refused(error: ClientError | AwsError, role_arn: str, doing: str) -> ActionFailed:
    """What a role's call was answered with, as the action's failure; it names the role."""
    if isinstance(error, AwsError):
        code, message = error.code, error.message
    else:
        code, message = error.response["Error"]["Code"], error.response["Error"].get("Message", "")
    if code in _DENIED:
        return ActionFailed(
            "PermissionError",
            f"The service role or action role {role_arn} doesn't have the permissions required to {doing}. "
            f"Update the IAM role permissions, and then try again. Error: {message}",
        )
    return ActionFailed("ConfigurationError", f"Error while trying to {doing} as {role_arn}: {message} (Error Code: {code})")
