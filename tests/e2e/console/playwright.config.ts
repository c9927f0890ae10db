import { defineConfig } from '@playwright/test';

import { outputs } from './support/stack';

/** Debian's name for it, and that of others. `make browser` installs it. */
const CHROMIUM = process.env.CHROMIUM ?? '/usr/bin/chromium';
const asRoot = process.getuid?.() === 0;

export default defineConfig({
  testDir: '.',
  outputDir: outputs('playwright'),
  // One story: its parts build on each other.
  workers: 1,
  // Much, for machines that do other things at the same time.
  timeout: 420_000,
  expect: { timeout: 30_000 },
  reporter: [['list']],
  use: {
    browserName: 'chromium',
    headless: true,
    viewport: { width: 1280, height: 900 },
    launchOptions: {
      executablePath: CHROMIUM,
      // As root, Chromium has no sandbox of its own.
      args: asRoot ? ['--no-sandbox'] : [],
    },
    actionTimeout: 45_000,
    trace: 'retain-on-failure',
    screenshot: 'only-on-failure',
  },
});
