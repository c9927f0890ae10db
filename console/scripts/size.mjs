// Fails if what a browser loads before it shows a first page is larger than promised.
import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';

const LIMIT = 600 * 1000;
// The page that people see after signing in: everything that it imports counts.
const FIRST_PAGE = 'src/pages/pipelines/PipelinesPage.tsx';

const dist = new URL('../dist/', import.meta.url);
const manifest = JSON.parse(readFileSync(new URL('.vite/manifest.json', dist), 'utf8'));

const files = new Set();
const seen = new Set();
function collect(key) {
  if (seen.has(key)) return;
  seen.add(key);
  const chunk = manifest[key];
  if (!chunk) throw new Error(`the manifest lacks ${key}`);
  files.add(chunk.file);
  for (const sheet of chunk.css ?? []) files.add(sheet);
  for (const next of chunk.imports ?? []) collect(next);
}
collect('index.html');
collect(FIRST_PAGE);

let total = 0;
for (const file of [...files].sort()) {
  const size = gzipSync(readFileSync(new URL(file, dist))).length;
  total += size;
  console.log(`${(size / 1000).toFixed(1).padStart(8)} kB  ${file}`);
}
console.log(`${(total / 1000).toFixed(1).padStart(8)} kB  first page, gzipped (limit ${LIMIT / 1000} kB)`);
if (total > LIMIT) {
  console.error('The first page is too large.');
  process.exit(1);
}
