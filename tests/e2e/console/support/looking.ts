import AxeBuilder from '@axe-core/playwright';
import type { Page } from '@playwright/test';

import { outputs } from './stack';

/** Faults that keep people out. What axe calls moderate or minor is for the console's own tests. */
const SERIOUS = ['serious', 'critical'];

/** What was found on the pages that were looked at. The walk goes on, and tells of all of it in the end. */
export const findings: string[] = [];

/** Keeps a picture of a page, also dark and narrow, and has axe look for what would keep people out. */
export async function looked(page: Page, name: string): Promise<void> {
  await page.screenshot({ path: outputs('screenshots', `${name}.png`), fullPage: true });
  await accessible(page, name);
  await page.emulateMedia({ colorScheme: 'dark' });
  await accessible(page, `${name}, dark`, ['color-contrast']);
  await page.screenshot({ path: outputs('screenshots', `${name}-dark.png`), fullPage: true });
  await page.emulateMedia({ colorScheme: 'light' });
  const size = page.viewportSize() ?? { width: 1280, height: 900 };
  await page.setViewportSize({ width: 400, height: 800 });
  // The components measure themselves after the window has changed.
  const fits = page.waitForFunction(() => document.documentElement.scrollWidth <= document.documentElement.clientWidth + 1, undefined, { timeout: 5_000 });
  await fits.catch(async () => findings.push(`${name}: ${await sideways(page)} pixels wider than a narrow screen`));
  await page.screenshot({ path: outputs('screenshots', `${name}-narrow.png`), fullPage: true });
  await page.setViewportSize(size);
}

/** Keeps the picture that the README shows: `make console-images` takes it over. */
export async function pictured(page: Page, name: string): Promise<void> {
  const size = page.viewportSize() ?? { width: 1280, height: 900 };
  await page.setViewportSize({ width: 1200, height: 700 });
  await page.screenshot({ path: outputs('images', `${name}.png`) });
  await page.setViewportSize(size);
}

async function accessible(page: Page, name: string, rules?: string[]): Promise<void> {
  const axe = new AxeBuilder({ page });
  const { violations } = await (rules ? axe.withRules(rules) : axe).analyze();
  const serious = violations.filter(({ impact }) => impact && SERIOUS.includes(impact));
  for (const { id, help, nodes } of serious) {
    findings.push(`${name}: ${id}: ${help}: ${nodes.map(({ html }) => html.slice(0, 300)).join(' | ')}`);
  }
}

/** By how many pixels the page is wider than the screen. */
function sideways(page: Page): Promise<number> {
  return page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
}
