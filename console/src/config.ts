/** What the served console reads at its start from `/config.json`. */
export interface Config {
  /** The OIDC issuer: the user pool. */
  authority: string;
  clientId: string;
  /** The base URL of Cognito's hosted UI. */
  hostedUiUrl: string;
  region: string;
  /** The prefix of everything that the platform makes, such as the event source. */
  prefix: string;
  links: {
    /** The URL of an execution in Step Functions' console, with `{arn}`; null where there is no such console. */
    stepFunctions: string | null;
  };
}

export async function loadConfig(): Promise<Config> {
  const response = await fetch('/config.json', { cache: 'no-store' });
  if (!response.ok) {
    throw new Error(`The console's settings (/config.json) cannot be read: HTTP status ${response.status}`);
  }
  return (await response.json()) as Config;
}
