/** The real service over the sample archive on a free loopback port. */
import { inject } from 'vitest';
import { createApp } from '../../src/app.js';
import { loadConfig } from '../../src/config.js';

export async function startApp(): Promise<{ url: string; close: () => Promise<void> }> {
  const app = createApp(loadConfig({}, { port: 0, logLevel: 'silent' }));
  const listening = await app.serve(inject('sampleArchive'));
  return {
    url: listening.url,
    close: async () => {
      await listening.close();
      await app.close();
    },
  };
}
