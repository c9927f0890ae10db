import { mkdtempSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { type Browser, expect, type Page, test } from '@playwright/test';

import { call } from './support/api';
import { faultsOf } from './support/faults';
import { findings, looked, pictured } from './support/looking';
import { type Person, signedIn, signInOnCognitosPage } from './support/people';
import { stack } from './support/stack';
import { asOwner, paste } from './support/terminal';

/** The first build of a machine installs what the application needs. */
const DELIVERY = { timeout: 300_000 };

/** A team's way with a pipeline, from signing in to its deletion. The parts are one story, in this order. */
test.describe.configure({ mode: 'serial' });

const name = 'sales';
/** Accounts that nobody has linked, on a platform that others have walked through as well. */
const accounts = Object.fromEntries(
  ['sandbox', 'shop', 'lab'].map((label, at) => [label, `81${Date.now().toString().slice(-9)}${at}`]),
) as Record<'sandbox' | 'shop' | 'lab', string>;
let alice: Person;
let page: Page;
/** The pipeline's address. */
let address: string;

/** To the next step of a form, which has this heading. */
async function next(heading: string): Promise<void> {
  await page.getByRole('button', { name: 'Next' }).click();
  await expect(page.getByRole('heading', { name: heading, level: 1 })).toBeVisible();
}

const openPart = (title: string) => page.getByRole('tab', { name: title }).click();

async function choose(field: string, option: string): Promise<void> {
  await page.getByRole('button', { name: new RegExp(`^${field}`) }).click();
  await page.getByRole('option', { name: new RegExp(`^${option}`) }).click();
}

/** A stage, or what else is in the graph. */
function inGraph(title: string) {
  return page.getByRole('listitem').filter({ has: page.getByRole('heading', { name: title, exact: true }) });
}

function field(label: string) {
  return page.getByRole('textbox', { name: label, exact: true });
}

async function copied(button: string): Promise<string> {
  await page.getByRole('button', { name: button }).click();
  return page.evaluate(() => navigator.clipboard.readText());
}

test.beforeAll(async ({ browser }: { browser: Browser }) => {
  const context = await browser.newContext({ permissions: ['clipboard-read', 'clipboard-write'] });
  page = await context.newPage();
  alice = { name: 'alice', context, page, faults: faultsOf(page) };
});

test.afterAll(() => alice.context.close());

test('alice signs in by the code flow with PKCE, and no token gets into an address', async () => {
  const addresses: string[] = [];
  const exchanges: URLSearchParams[] = [];
  page.on('request', (request) => {
    addresses.push(request.url());
    if (request.url().endsWith('/oauth2/token')) exchanges.push(new URLSearchParams(request.postData() ?? ''));
  });
  const first = await page.goto(`${stack.consoleUrl}/pipelines?q=sales`);
  expect(await first?.headerValue('content-security-policy')).toContain("script-src 'self';");
  await signInOnCognitosPage(page, 'alice');

  await expect(page).toHaveURL(`${stack.consoleUrl}/pipelines?q=sales`);
  const authorize = addresses.map((each) => new URL(each)).find(({ pathname }) => pathname === '/oauth2/authorize');
  expect(authorize?.searchParams.get('code_challenge_method')).toBe('S256');
  expect(authorize?.searchParams.get('response_type')).toBe('code');
  expect(exchanges).toHaveLength(1);
  expect(exchanges[0]?.get('code_verifier')).toMatch(/^[\w.~-]{43,128}$/);
  expect(exchanges[0]?.has('client_secret')).toBe(false);
  // A token of Cognito is a JWT.
  expect(addresses.filter((each) => each.includes('eyJ'))).toEqual([]);
});

/** Links an account; the commands that its owner is shown, once the platform may keep these pipelines there. */
async function link(label: string, account: string): Promise<void> {
  await page.goto(`${stack.consoleUrl}/environments/new`);
  await field('Label').fill(label);
  await field('Account id').fill(account);
  await page.getByRole('button', { name: 'Link', exact: true }).click();
  await expect(page.getByRole('heading', { name: label, level: 1 })).toBeVisible();
}

/** Runs what the owner of the account is shown, and sees the check find it. */
async function setUp(label: string, account: string): Promise<void> {
  await page.getByRole('button', { name: 'Check until it is ready' }).click();
  await expect(page.getByText('The last check found problems')).toBeVisible();
  const shown = await page.getByRole('group', { name: 'the command' }).allTextContents();
  const bootstrap = shown.find((command) => command.startsWith('npx aws-cdk')) ?? '';
  const role = shown.find((command) => command.includes('aws cloudformation deploy')) ?? '';
  const folder = mkdtempSync(join(tmpdir(), 'owner-'));
  await asOwner(account, bootstrap, folder);
  await asOwner(account, role, folder);
  await expect(page.getByText(`${label} is ready.`)).toBeVisible({ timeout: 120_000 });
}

test('alice links three accounts, and the check tells when their owners have run the commands', async () => {
  await page.goto(`${stack.consoleUrl}/environments`);
  await expect(page.getByRole('row', { name: /^prod Ready 333333333333/ })).toBeVisible();
  await looked(page, 'environments');
  await page.getByRole('link', { name: 'Link an account' }).first().click();
  await page.getByRole('button', { name: 'Link', exact: true }).click();
  await expect(field('Account id')).toHaveAttribute('aria-invalid', 'true');
  await looked(page, 'link');
  await link('lab', accounts.lab);
  await page.getByRole('radio', { name: /^Keep all pipelines/ }).check();
  await looked(page, 'environment-problems');
  await setUp('lab', accounts.lab);
  // What was chosen is what the owner has run.
  await expect(page.getByRole('radio', { name: /^Keep all pipelines \(as it is now\)/ })).toBeChecked();
  await looked(page, 'environment');
  for (const label of ['sandbox', 'shop'] as const) {
    await link(label, accounts[label]);
    await setUp(label, accounts[label]);
  }
});

test('two problems are shown at their fields', async () => {
  await page.goto(`${stack.consoleUrl}/pipelines`);
  await expect(page.getByRole('heading', { name: 'Pipelines', level: 1 })).toBeVisible();
  await page.getByRole('link', { name: 'Create pipeline' }).first().click();
  await field('Name').fill('-Sales');
  await page.getByRole('button', { name: 'Add a tag' }).click();
  await field('Value').fill('42');
  await next('Name and team');
  await expect(field('Name')).toHaveAccessibleDescription(/2 to 32 of a-z/);
  await expect(field('Name')).toHaveAttribute('aria-invalid', 'true');
  await expect(field('Key')).toHaveAttribute('aria-invalid', 'true');
  await looked(page, 'create-problems');
});

test('what only the API finds wrong is shown at its field as well', async () => {
  await page.getByRole('button', { name: 'Start anew' }).or(field('Name')).first().waitFor();
  await field('Name').fill(name);
  await field('Key').fill('aws:owner');
  await next('Delivery');
  await choose('CICD environment', 'CICD');
  await next('Stages');
  await field('Stage name').first().fill('dev');
  await choose('Environment', 'sandbox');
  await next('Review and create');
  await page.getByRole('button', { name: 'Create pipeline' }).click();
  await expect(field('Key')).toHaveAttribute('aria-invalid', 'true');
  await field('Key').fill('cost-center');
});

test('alice creates a pipeline with an approval before prod', async () => {
  await next('Delivery');
  await next('Stages');
  await page.getByRole('button', { name: 'Add a stage' }).click();
  const prod = page.getByRole('listitem').filter({ has: field('Stage name') }).nth(1);
  await prod.getByRole('textbox', { name: 'Stage name' }).fill('prod');
  await prod.getByRole('button', { name: /^Environment/ }).click();
  await page.getByRole('option', { name: /^shop/ }).click();
  await prod.getByRole('checkbox', { name: 'Wait for an approval' }).check();
  await looked(page, 'create-stages');
  await pictured(page, 'console-create');
  await next('Review and create');
  // What it would do is shown before anything is written: what keeps it from success as well.
  await expect(page.getByRole('heading', { name: 'What it does' })).toBeVisible();
  await expect(page.getByText('The deployment would fail for 2 reasons')).toBeVisible();
  await expect(page.getByText('app.py (new)')).toBeVisible();
  await looked(page, 'create-review');
  await page.getByRole('button', { name: 'Create pipeline' }).click();
  await page.waitForURL(/\/pipelines\/[a-z][a-z0-9]{7}\/stages$/);
  address = new URL(page.url()).pathname.replace(/\/stages$/, '');
  await expect(page.getByRole('heading', { name, level: 1 })).toBeVisible();
  await looked(page, 'deploying');
});

/** Runs each command that a failed deployment names, as the owner of the account that it is about. */
async function runTheFixes(): Promise<void> {
  await expect(page.getByRole('group', { name: 'the command that fixes it' }).first()).toBeVisible(DELIVERY);
  await looked(page, 'deployment-failed');
  const fixes = await page.getByRole('group', { name: 'the command that fixes it' }).allTextContents();
  const folder = mkdtempSync(join(tmpdir(), 'owner-'));
  for (const fix of fixes) {
    await asOwner(/aws:\/\/(\d{12})/.exec(fix)?.[1] ?? '', fix, folder);
  }
  await page.getByRole('button', { name: 'Actions' }).click();
  await page.getByRole('menuitem', { name: /^Deploy again/ }).click();
  await expect(page.getByText('The deployment has been requested.')).toBeVisible();
}

test('the first deployment says that the accounts do not trust the CICD account yet, and how they do', async () => {
  await runTheFixes();
});

test('a lost connection is said, and heals by itself', async () => {
  const said = page.getByText('The platform does not answer.', { exact: false });
  await alice.context.setOffline(true);
  await expect(said).toBeVisible({ timeout: 60_000 });
  await alice.context.setOffline(false);
  await expect(said).toBeHidden();
});

test('she follows it until it is delivered in dev', async () => {
  await expect(page.getByText('Deployed', { exact: true }).first()).toBeVisible(DELIVERY);
  await expect(inGraph('dev')).toContainText('Succeeded', DELIVERY);
  await expect(inGraph('dev')).toContainText(`Begin the pipeline ${name}`);
  await expect(inGraph('prod')).toContainText('Nothing stands here yet');
});

test('she approves prod with a comment and sees it delivered', async () => {
  await expect(inGraph('Approve prod')).toContainText('Waits for team research', DELIVERY);
  await looked(page, 'graph');
  await pictured(page, 'console-graph');
  await page.goto(`${stack.consoleUrl}/approvals`);
  await expect(page.getByRole('row', { name: new RegExp(name) })).toContainText('prod');
  await looked(page, 'approvals');
  await page.goto(stack.consoleUrl + address);
  await page.getByRole('button', { name: 'Approve the delivery to prod' }).click();
  const dialog = page.getByRole('dialog', { name: 'Approve the delivery to prod' });
  await dialog.getByRole('textbox', { name: 'Comment' }).fill('seen in dev');
  await looked(page, 'approve');
  await dialog.getByRole('button', { name: 'Approve' }).click();
  await expect(page.getByText(`You approved prod of ${name}.`)).toBeVisible();
  await expect(inGraph('prod')).toContainText('Succeeded', DELIVERY);
  await inGraph('prod').getByRole('link', { name: 'Resources of prod' }).click();
  await expect(page.getByRole('row', { name: /AWS::S3::Bucket/ }).first()).toBeVisible();
  await looked(page, 'stage');
});

test('she clones the repository with what she copies', async () => {
  await page.goto(stack.consoleUrl + address);
  const command = await copied('Copy the clone command');
  expect(command).toMatch(/^git clone codecommit::eu-west-1:\/\/dataall-sales-/);
  await page.getByRole('button', { name: 'Get credentials' }).click();
  await expect(page.getByText(/^End in/)).toBeVisible();
  await looked(page, 'clone');
  const credentials = await copied('Copy the credentials');
  const folder = mkdtempSync(join(tmpdir(), 'clone-'));
  await paste(`${credentials}\n${command}`, folder);
  const [cloned = ''] = readdirSync(folder);
  expect(readdirSync(join(folder, cloned))).toEqual(expect.arrayContaining(['app.py', 'cdk.json', 'README.md']));
  const push = [
    'git config user.name Alice && git config user.email alice@example.com',
    'echo "Whom to ask: alice" >> README.md',
    'git commit --quiet --all --message "Say whom to ask" && git push --quiet',
  ];
  await paste(`${credentials}\n${push.join('\n')}`, join(folder, cloned));
  // They are gone with the page.
  await page.reload();
  await expect(page.getByRole('button', { name: 'Get credentials' })).toBeVisible();
  await expect(page.getByText(/^End in/)).toBeHidden();
});

test('what she pushed arrives in dev, and waits before prod', async () => {
  await expect(inGraph('dev')).toContainText('Say whom to ask', DELIVERY);
  await expect(inGraph('dev')).toContainText('Succeeded', DELIVERY);
  await expect(inGraph('Approve prod')).toContainText('Waits for team research', DELIVERY);
  await page.getByRole('button', { name: 'Approve the delivery to prod' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Approve' }).click();
  await expect(inGraph('prod')).toContainText('Say whom to ask', DELIVERY);
});

test('every part of the pipeline has its page', async () => {
  await page.goto(stack.consoleUrl + address);
  await openPart('Runs');
  await expect(page.getByRole('row', { name: /Succeeded/ }).first()).toBeVisible();
  await looked(page, 'runs');
  await page.getByRole('row', { name: /Succeeded/ }).first().getByRole('link').first().click();
  await expect(page.getByRole('heading', { name: 'Stages of the run' })).toBeVisible();
  await looked(page, 'run');
  await openPart('Deployments');
  await page.getByRole('row', { name: /Succeeded/ }).first().getByRole('link').first().click();
  await expect(page.getByText('Deploy the CICD stack').first()).toBeVisible();
  await looked(page, 'deployment');
  await openPart('Files');
  await page.getByRole('link', { name: 'app.py' }).click();
  await expect(page.getByText('import aws_cdk', { exact: false }).first()).toBeVisible();
  await looked(page, 'file');
  await openPart('Audit');
  await expect(page.getByRole('row', { name: /Answer an approval/ }).first()).toBeVisible();
  await looked(page, 'audit');
  await openPart('Settings');
  await looked(page, 'settings');
  await page.goto(`${stack.consoleUrl}/redeployments`);
  await expect(page.getByRole('heading', { name: 'Redeployments', level: 1 })).toBeVisible();
  await looked(page, 'redeployments');
  await page.goto(`${stack.consoleUrl}/pipelines`);
  await expect(page.getByRole('row', { name: new RegExp(name) })).toContainText('Deployed');
  await looked(page, 'pipelines');
});

test('an edit that meets another one explains it, and keeps both', async () => {
  await page.goto(`${stack.consoleUrl}${address}/edit`);
  await field('Description – optional').or(page.getByRole('textbox', { name: /^Description/ })).first().fill('Sales of all shops');
  await call('admin', 'PATCH', `/pipelines/${address.split('/')[2] ?? ''}`, { tags: { 'cost-center': '43' } });
  await next('Stages');
  await next('Review and save');
  await page.getByRole('button', { name: 'Save and deploy' }).click();
  const conflict = page.getByText('Somebody else has changed the pipeline').first();
  await expect(conflict).toBeVisible();
  await expect(page.getByText(/While you were editing, admin /)).toBeVisible();
  await looked(page, 'edit-conflict');
  await page.getByRole('button', { name: 'Keep my changes on top' }).click();
  await page.getByRole('button', { name: 'Save and deploy' }).click();
  await page.waitForURL(/\/stages$/);
  const saved = await call<{ description: string; tags: Record<string, string> }>('alice', 'GET', address);
  expect(saved).toMatchObject({ description: 'Sales of all shops', tags: { 'cost-center': '43' } });
});

test('an earlier revision is compared with the present one, and restored', async () => {
  const before = await call<{ items: { revision: number; description: string }[] }>('alice', 'GET', `${address}/revisions`);
  const first = before.items.at(-1);
  expect(first).toMatchObject({ revision: 1 });
  await page.goto(stack.consoleUrl + address);
  await openPart('Revisions');
  await expect(page.getByRole('row', { name: /the description changed/ })).toContainText('Present');
  await looked(page, 'revisions');
  await page.getByRole('link', { name: 'Revision 1', exact: true }).click();
  const dialog = page.getByRole('dialog');
  await expect(dialog.getByRole('row', { name: /cost-center/ })).toContainText('43');
  await expect(dialog.getByRole('row', { name: /Description/ })).toContainText('Sales of all shops');
  await looked(page, 'revision');
  await dialog.getByRole('button', { name: 'Restore' }).click();
  await expect(dialog).toBeHidden();
  await expect(page.getByRole('row', { name: /Restored from revision 1/ })).toContainText('Present');
  const restored = await call<{ description: string; tags: Record<string, string> }>('alice', 'GET', address);
  expect(restored.description).toBe(first?.description);
  expect(restored.tags).not.toMatchObject({ 'cost-center': '43' });
});

test('she adds an environment, and it is delivered there as well', async () => {
  await page.goto(`${stack.consoleUrl}${address}/edit`);
  await next('Stages');
  await page.getByRole('button', { name: 'Add a stage' }).click();
  const test = page.getByRole('listitem').filter({ has: field('Stage name') }).nth(2);
  await test.getByRole('textbox', { name: 'Stage name' }).fill('test');
  await test.getByRole('button', { name: /^Environment/ }).click();
  await page.getByRole('option', { name: /^lab/ }).click();
  await next('Review and save');
  await expect(page.getByText('The deployment would fail for one reason')).toBeVisible();
  await expect(page.getByText('ddk.json (changed)')).toBeVisible();
  await looked(page, 'edit-review');
  await page.getByRole('button', { name: 'Save and deploy' }).click();
  await page.waitForURL(/\/stages$/);
  await runTheFixes();
  await expect(inGraph('Approve prod')).toContainText('Waits for team research', DELIVERY);
  await page.getByRole('button', { name: 'Approve the delivery to prod' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Approve' }).click();
  await expect(inGraph('test')).toContainText('Succeeded', DELIVERY);
});

test('bob sees none of it', async ({ browser }) => {
  const bob = await signedIn(browser, 'bob');
  await expect(bob.page.getByText('No pipelines yet')).toBeVisible();
  await expect(bob.page.getByText(name)).toBeHidden();
  await bob.page.goto(stack.consoleUrl + address);
  await expect(bob.page.getByRole('heading', { name: 'Page not found' })).toBeVisible();
  expect(bob.faults).toEqual([]);
  await bob.context.close();
});

test('alice deletes it with its repository', async () => {
  await page.goto(`${stack.consoleUrl}${address}/settings`);
  await page.getByRole('button', { name: 'Delete pipeline' }).click();
  const dialog = page.getByRole('dialog');
  await expect(dialog.getByRole('button', { name: 'Delete', exact: true })).toBeDisabled();
  await dialog.getByRole('radio', { name: /^Delete the repository as well/ }).check();
  await dialog.getByRole('textbox').fill(name);
  await looked(page, 'delete');
  await dialog.getByRole('button', { name: 'Delete', exact: true }).click();
  await expect(page.getByRole('heading', { name: 'This pipeline is deleted' })).toBeVisible(DELIVERY);
  // What is left, which nobody of the team can read later.
  const leftOver = page.getByRole('table', { name: 'Left-over stacks' });
  await expect(leftOver.getByText(/^aws cloudformation delete-stack .*-prod$/)).toBeVisible();
  await looked(page, 'deleted');
  await page.getByRole('link', { name: 'Go to the pipelines' }).click();
  await expect(page.getByRole('heading', { name: 'Pipelines', level: 1 })).toBeVisible();
  await expect(page.getByRole('link', { name })).toBeHidden();
});

test('after she has signed out, the browser keeps nothing of hers, and asks who comes next', async () => {
  await page.getByRole('button', { name: 'alice' }).click();
  await page.getByRole('menuitem', { name: 'Sign out' }).click();
  await expect(page.getByText('You are signed out')).toBeVisible();
  await looked(page, 'signed-out');
  const kept = await page.evaluate(async () => ({
    session: { ...sessionStorage },
    local: Object.values(localStorage).join(' '),
    caches: await caches.keys(),
    databases: (await indexedDB.databases()).map((each) => each.name),
  }));
  expect(kept.session).toEqual({});
  expect(kept.local).not.toMatch(/alice|research|eyJ/);
  expect([kept.caches, kept.databases]).toEqual([[], []]);
  const cookies = await alice.context.cookies();
  expect(cookies.filter(({ value }) => value !== '')).toEqual([]);
  // The page before is hers, and asks who is there.
  await page.goBack();
  await expect(page.getByRole('heading', { name: 'Sign in' })).toBeVisible();
});

test('no page kept anybody out, and none broke its security policy', () => {
  expect(findings).toEqual([]);
  expect(alice.faults).toEqual([]);
});
