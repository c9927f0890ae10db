// Writes src/api/schema.d.ts from docs/openapi.json; with --check, only compares.
import { readFileSync, writeFileSync } from 'node:fs';

import openapi, { astToString } from 'openapi-typescript';

const document = new URL('../../docs/openapi.json', import.meta.url);
const file = new URL('../src/api/schema.d.ts', import.meta.url);

const banner = '// Generated from docs/openapi.json by `npm run schema`.\n\n';
const types = banner + astToString(await openapi(document, { alphabetize: false }));

if (process.argv.includes('--check')) {
  if (readFileSync(file, 'utf8') !== types) {
    console.error(
      'src/api/schema.d.ts is not what docs/openapi.json says: run `npm run schema` and look at what changed',
    );
    process.exit(1);
  }
} else {
  writeFileSync(file, types);
}
