/** Helpers of the format tests: fixtures in memory or in a temporary folder, and caught errors. */
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { PqrError } from '../../src/ecg/errors.js';
import { DEFAULT_LIMITS, type Limits } from '../../src/ecg/limits.js';

const FIXTURES = new URL('../fixtures/formats/', import.meta.url).pathname;
const GOLDEN = join(FIXTURES, 'golden');

export function goldenNames(): string[] {
  return readdirSync(GOLDEN).sort();
}

/** The cases in formats of their own, as `../second/<case>` from the golden ones. */
export function secondNames(): string[] {
  const names = readdirSync(join(FIXTURES, 'second')).filter((name) => !name.endsWith('.md'));
  return names.sort().map((name) => `../second/${name}`);
}

/** The files of a golden case by name, without expected.json. */
export function goldenFiles(name: string): Map<string, Uint8Array> {
  const folder = join(GOLDEN, name);
  const names = readdirSync(folder).filter((file) => file !== 'expected.json');
  return new Map(names.map((file) => [file, new Uint8Array(readFileSync(join(folder, file)))]));
}

export function goldenExpected(name: string) {
  return JSON.parse(readFileSync(join(GOLDEN, name, 'expected.json'), 'utf8'));
}

/** A fresh folder, removed after the test file; holds a copy of a golden case where one is named. */
export function temporaryFolder(golden?: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'pqr-formats-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  if (golden !== undefined) cpSync(join(GOLDEN, golden), folder, { recursive: true });
  return folder;
}

/** Rewrites a text file. */
export function edit(path: string, change: (text: string) => string): void {
  const before = readFileSync(path, 'utf8');
  const after = change(before);
  if (after === before) throw new Error(`The edit of ${path} changed nothing.`);
  writeFileSync(path, after);
}

/** The PqrError that a promise ends in; any other end fails the test. */
export async function caught(promise: Promise<unknown>): Promise<PqrError> {
  try {
    await promise;
  } catch (error) {
    if (PqrError.isInstance(error)) return error;
    throw error;
  }
  throw new Error('No error was thrown.');
}

export const bytesOf = (text: string) => new TextEncoder().encode(text);

/** An upload of one text file. */
export const upload = (name: string, text: string) => new Map([[name, bytesOf(text)]]);

/** The usual limits with some of them changed. */
export function limitsWith(changes: Partial<Record<keyof Limits, number>>): Limits {
  return { ...DEFAULT_LIMITS, ...changes } as Limits;
}

/** One file of a case in a format of its own. */
export function secondFile(name: string, file: string): Uint8Array {
  return new Uint8Array(readFileSync(join(FIXTURES, 'second', name, file)));
}
