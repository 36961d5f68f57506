/** What every command has at hand: the terminal, the configuration, the composed parts, the cancel signal. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type App, createApp } from '../app.js';
import { type Config, loadConfig } from '../config.js';
import type { Terminal } from './output.js';

export class CliContext {
  readonly terminal: Terminal;
  signal: AbortSignal | undefined;
  private readonly environment: NodeJS.ProcessEnv;
  private opened: App | undefined;

  constructor(terminal: Terminal, environment: NodeJS.ProcessEnv) {
    this.terminal = terminal;
    this.environment = environment;
  }

  get version(): string {
    const path = join(loadConfig({}).packageFolder, 'package.json');
    return (JSON.parse(readFileSync(path, 'utf8')) as { version: string }).version;
  }

  /** The composed application; flags win over the environment. */
  app(flags: Partial<Record<keyof Config, unknown>> = {}): App {
    this.opened ??= createApp(loadConfig(this.environment, flags));
    return this.opened;
  }

  async close(): Promise<void> {
    await this.opened?.close();
  }
}
