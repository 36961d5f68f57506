import { resolve } from 'node:path';
import { defineConfig } from 'vite';

/** Builds the page (src/web) into dist/web; every address is relative, every asset hashed. */
export default defineConfig({
  root: resolve(import.meta.dirname, 'src/web'),
  base: './',
  publicDir: false,
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  build: {
    outDir: resolve(import.meta.dirname, 'dist/web'),
    emptyOutDir: true,
    target: 'es2022',
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
  },
  server: { proxy: { '/v1': 'http://127.0.0.1:8080' } },
});
