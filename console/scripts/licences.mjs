// Fails if something that the console ships has a licence that was not agreed to.
import { readFileSync } from 'node:fs';

const AGREED = new Set([
  'MIT',
  'Apache-2.0',
  'ISC',
  '0BSD',
  'BSD-2-Clause',
  'BSD-3-Clause',
  '(MIT AND Zlib)',
  'CC0-1.0',
]);

const lock = JSON.parse(readFileSync(new URL('../package-lock.json', import.meta.url), 'utf8'));
const refused = Object.entries(lock.packages)
  .filter(([folder, { dev }]) => folder !== '' && !dev)
  .map(([folder, { version, license }]) => ({ name: folder.replace(/^.*node_modules\//, ''), version, license }))
  .filter(({ license }) => !AGREED.has(license));
for (const { name, version, license } of refused) {
  console.error(`${name} ${version} has the licence ${license ?? 'unknown'}`);
}
process.exit(refused.length ? 1 : 0);
