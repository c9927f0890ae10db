import type { Page } from '@playwright/test';

/** What a page's browser complains of: errors of scripts, and what its content security policy refused. */
export function faultsOf(page: Page): string[] {
  const faults: string[] = [];
  page.on('pageerror', (error) => faults.push(`${page.url()}: ${error.message}`));
  page.on('console', (message) => {
    if (message.type() === 'error' && /Content Security Policy|Refused to/.test(message.text())) {
      faults.push(`${page.url()}: ${message.text()}`);
    }
  });
  return faults;
}
