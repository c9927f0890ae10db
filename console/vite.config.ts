import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

import react from '@vitejs/plugin-react';
import type { Plugin, ProxyOptions } from 'vite';
import { defineConfig } from 'vitest/config';

/**
 * Where the development server gets the API and the settings from: CONSOLE_PROXY is the address of a served console (the
 * `consoleUrl` of .local/stack.json), API_PROXY that of an API without a console. Without both, the stack of `make up` counts.
 */
function proxy(): Record<string, ProxyOptions> {
  const stackFile = new URL('../.local/stack.json', import.meta.url);
  const stack = existsSync(stackFile)
    ? (JSON.parse(readFileSync(stackFile, 'utf8')) as { consoleUrl?: string; apiUrl: string })
    : undefined;
  const console = process.env.CONSOLE_PROXY ?? (process.env.API_PROXY ? undefined : stack?.consoleUrl);
  if (console) {
    return { '/api': { target: console, changeOrigin: true }, '/config.json': { target: console, changeOrigin: true } };
  }
  const api = process.env.API_PROXY ?? stack?.apiUrl;
  if (!api) {
    return {};
  }
  const { origin, pathname } = new URL(api);
  return {
    '/api': {
      target: origin,
      changeOrigin: true,
      rewrite: (path) => pathname.replace(/\/$/, '') + path.replace(/^\/api/, ''),
    },
  };
}

/**
 * Cloudscape's style sheet holds its fonts as data: URLs, 180 kB that a content security policy of `font-src 'self'` would refuse.
 * As files, a browser loads the ones that it needs.
 */
function fontsAsFiles(): Plugin {
  const folder = fileURLToPath(new URL('node_modules/.cache/fonts', import.meta.url));
  return {
    name: 'fonts-as-files',
    enforce: 'pre',
    transform(code, id) {
      if (!id.endsWith('global-styles/index.css')) {
        return null;
      }
      mkdirSync(folder, { recursive: true });
      let count = 0;
      return code.replace(/url\('data:font\/woff2;base64,([^']+)'\)/g, (_, base64: string) => {
        count += 1;
        const file = join(folder, `open-sans-${count}.woff2`);
        writeFileSync(file, Buffer.from(base64, 'base64'));
        return `url('${relative(dirname(id), file)}')`;
      });
    },
  };
}

export default defineConfig({
  plugins: [react(), fontsAsFiles()],
  server: { proxy: proxy() },
  build: {
    target: 'es2022',
    // The check of the first page's size reads it.
    manifest: true,
    // Small images would become data: URLs, which the content security policy refuses for fonts.
    assetsInlineLimit: 0,
    // scripts/size.mjs holds the whole first page to a limit.
    chunkSizeWarningLimit: 2000,
  },
  // Files that need a document say so in their first line. Tests that click through components take seconds on a busy machine.
  test: { environment: 'node', include: ['src/**/*.test.{ts,tsx}'], testTimeout: 30_000 },
});
