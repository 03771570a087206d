import { fileURLToPath, URL } from 'node:url';

import react from '@vitejs/plugin-react';
import { defineConfig } from 'vitest/config';

import { swaggerUi } from './swagger/copy.ts';

const api = process.env.NRS_API_URL ?? 'http://127.0.0.1:3000';

export default defineConfig({
  plugins: [react(), swaggerUi()],
  resolve: { alias: { '@': fileURLToPath(new URL('./src', import.meta.url)) } },
  server: {
    proxy: {
      '/api': api,
      '/socket.io': { target: api, ws: true },
    },
  },
  build: {
    target: 'es2023',
    // Everything stays a file of its own origin, so that the content security policy needs no data: sources.
    assetsInlineLimit: 0,
    // hls.js is one library, loaded only by a viewer who needs it.
    chunkSizeWarningLimit: 600,
  },
  test: { include: ['tests/**/*.test.{ts,tsx}'], environment: 'node', restoreMocks: true },
});
