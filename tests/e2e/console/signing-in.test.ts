import { expect, test } from '@playwright/test';

import { signedIn } from './support/people';

test('alice signs in by the code flow', async ({ browser }) => {
  const alice = await signedIn(browser, 'alice');
  await expect(alice.page.getByRole('heading', { name: 'Pipelines', level: 1 })).toBeVisible();
  await alice.page.screenshot({ path: '/tmp/p1.png' });
});
