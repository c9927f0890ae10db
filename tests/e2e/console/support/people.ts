import { type Browser, type BrowserContext, expect, type Page } from '@playwright/test';

import { faultsOf } from './faults';
import { stack, user } from './stack';

/** Somebody at a browser of their own. */
export interface Person {
  name: string;
  context: BrowserContext;
  page: Page;
  /** What the browser complained of. */
  faults: string[];
}

/** Opens the console in a new browser and signs in on Cognito's page. */
export async function signedIn(browser: Browser, name: string, path = '/'): Promise<Person> {
  const context = await browser.newContext({ permissions: ['clipboard-read', 'clipboard-write'] });
  const page = await context.newPage();
  const faults = faultsOf(page);
  await page.goto(stack.consoleUrl + path);
  await signInOnCognitosPage(page, name);
  return { name, context, page, faults };
}

export async function signInOnCognitosPage(page: Page, name: string): Promise<void> {
  await expect(page.getByRole('heading', { name: 'Sign in' })).toBeVisible();
  expect(new URL(page.url()).origin).toBe(stack.endpointUrl);
  await page.getByLabel('Username').fill(name);
  await page.getByLabel('Password').fill(user(name).password);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.waitForURL((url) => url.origin === stack.consoleUrl && url.pathname !== '/signed-in');
}
