import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

import type { Plugin } from 'vite';

const FROM_PACKAGE = ['swagger-ui.css', 'swagger-ui-bundle.js'];
const OWN = ['index.html', 'init.js', 'theme.css'];

/** Puts Swagger UI into `dist/swagger`, with a page and start script that a strict script policy allows. */
export function swaggerUi(): Plugin {
  return {
    name: 'nrs-swagger-ui',
    apply: 'build',
    async generateBundle() {
      const dist = dirname(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'));
      const sources = [
        ...FROM_PACKAGE.map((name) => ({ name, path: join(dist, name) })),
        ...OWN.map((name) => ({ name, path: join(import.meta.dirname, name) })),
      ];
      for (const { name, path } of sources) {
        this.emitFile({ type: 'asset', fileName: `swagger/${name}`, source: await readFile(path) });
      }
    },
  };
}
