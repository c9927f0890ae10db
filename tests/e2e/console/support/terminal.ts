import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import { REPOSITORY, stack } from './stack';

const BIN = fileURLToPath(new URL('bin', import.meta.url));
const TOOLS = join(REPOSITORY, '.tools');

/** Runs what somebody has pasted into a shell; answers what it printed. The environment is theirs: none of ours for AWS. */
export async function paste(text: string, folder: string, variables: Record<string, string> = {}): Promise<string> {
  const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith('AWS_'));
  const path = [BIN, join(TOOLS, 'aws/bin'), join(TOOLS, 'node/node_modules/.bin'), process.env.PATH].join(':');
  const { stdout } = await promisify(execFile)('bash', ['-euc', text], {
    cwd: folder,
    encoding: 'utf8',
    env: {
      ...Object.fromEntries(inherited),
      PATH: path,
      GIT_TERMINAL_PROMPT: '0',
      AWS_EC2_METADATA_DISABLED: 'true',
      AWS_PAGER: '',
      // Where git-remote-codecommit finds CodeCommit.
      CODE_COMMIT_ENDPOINT: new URL(stack.endpointUrl).host,
      ...variables,
    },
  });
  return stdout;
}

/** Runs commands as they are shown to the owner of an account, with the account's credentials. */
export function asOwner(account: string, command: string, folder: string): Promise<string> {
  // npx takes the pinned CDK, and nothing from the network.
  const offline = command.startsWith('npx ') ? join(TOOLS, 'node') : folder;
  return paste(command, offline, {
    AWS_ACCESS_KEY_ID: account,
    AWS_SECRET_ACCESS_KEY: 'test',
    AWS_REGION: stack.region,
    AWS_DEFAULT_REGION: stack.region,
    AWS_ENDPOINT_URL: stack.endpointUrl,
    CDK_DISABLE_VERSION_CHECK: 'true',
    CDK_DISABLE_CLI_TELEMETRY: 'true',
    npm_config_offline: 'true',
  });
}
