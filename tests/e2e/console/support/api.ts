import { stack, user } from './stack';

/** The API as a program of somebody's uses it, past the console. */
export async function call<T>(name: string, method: string, path: string, body?: unknown): Promise<T> {
  const { username, password } = user(name);
  const answer = await fetch(stack.endpointUrl, {
    method: 'POST',
    headers: {
      'Content-Type': 'application/x-amz-json-1.1',
      'X-Amz-Target': 'AWSCognitoIdentityProviderService.InitiateAuth',
    },
    body: JSON.stringify({
      AuthFlow: 'USER_PASSWORD_AUTH',
      ClientId: stack.userPoolClientId,
      AuthParameters: { USERNAME: username, PASSWORD: password },
    }),
  });
  const { AuthenticationResult } = (await answer.json()) as { AuthenticationResult: { IdToken: string } };
  const response = await fetch(stack.apiUrl + path, {
    method,
    headers: { Authorization: AuthenticationResult.IdToken },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  if (!response.ok) {
    throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
  }
  return (await response.json()) as T;
}
