/** What the command line prints: JSON or text to stdout, progress and warnings to stderr. */
import type { FailedRecord, Progress } from '../archive/ports.js';
import { PqrError } from '../ecg/errors.js';
import type { EcgWarning } from '../ecg/record.js';

export interface Terminal {
  out(text: string): void;
  error(text: string): void;
  /** True where stderr is a terminal: the progress bar is redrawn in place there. */
  readonly interactive: boolean;
  readonly now: () => number;
}

export const processTerminal: Terminal = {
  out: (text) => void process.stdout.write(`${printable(text)}\n`),
  error: (text) => void process.stderr.write(text),
  interactive: process.stderr.isTTY === true,
  now: () => performance.now(),
};

/** Reports and headers come from elsewhere: control characters in them must not reach the terminal. */
export function printable(text: string): string {
  return text.replace(/(?![\n\t])\p{Cc}/gu, '\ufffd');
}

export const SOME_FAILED_EXIT_CODE = 1;
const SHOWN_FAILURE_COUNT = 20;

export function printFailures(terminal: Terminal, failed: readonly FailedRecord[]): void {
  for (const { path, message } of failed.slice(0, SHOWN_FAILURE_COUNT)) {
    terminal.error(printable(`failed: ${path}: ${message}\n`));
  }
  if (failed.length > SHOWN_FAILURE_COUNT) {
    terminal.error(`... and ${failed.length - SHOWN_FAILURE_COUNT} more; --json lists all.\n`);
  }
}

export function printJson(terminal: Terminal, value: unknown): void {
  terminal.out(JSON.stringify(value, null, 2));
}

export function printWarnings(terminal: Terminal, warnings: readonly EcgWarning[]): void {
  for (const { message } of warnings) terminal.error(printable(`warning: ${message}\n`));
}

/** The lines an error is told in. */
export function errorLines(error: PqrError): string {
  const hint = error.hint ? `\n  ${error.hint}` : '';
  return printable(`error: ${error.message}${hint}\n  (${error.code})\n`);
}

const BAR_WIDTH = 24;
const REDRAW_MILLISECONDS = 200;
const LINE_MILLISECONDS = 10_000;

/** A progress line on stderr: redrawn in a terminal, a line every ten seconds elsewhere. */
export class ProgressBar {
  private readonly terminal: Terminal;
  private lastDrawn = Number.NEGATIVE_INFINITY;
  private drawn = false;

  constructor(terminal: Terminal) {
    this.terminal = terminal;
  }

  update(progress: Progress): void {
    const now = this.terminal.now();
    const pause = this.terminal.interactive ? REDRAW_MILLISECONDS : LINE_MILLISECONDS;
    if (now - this.lastDrawn < pause && progress.done !== progress.total) return;
    this.lastDrawn = now;
    const line = progressLine(progress);
    this.terminal.error(this.terminal.interactive ? `\r${line}\x1b[K` : `${line}\n`);
    this.drawn = true;
  }

  end(): void {
    if (this.drawn && this.terminal.interactive) this.terminal.error('\n');
  }
}

export function progressLine({
  done,
  total,
  perSecond,
  secondsLeft,
  failedCount,
}: Progress): string {
  const share = total ? done / total : 0;
  const filled = Math.round(share * BAR_WIDTH);
  const bar = `[${'#'.repeat(filled)}${'.'.repeat(BAR_WIDTH - filled)}]`;
  const left = secondsLeft === undefined ? '' : `, ${duration(secondsLeft)} left`;
  const failed = failedCount > 0 ? `, ${failedCount} failed` : '';
  return `${bar} ${done}/${total ?? '?'} ${perSecond.toFixed(0)}/s${left}${failed}`;
}

function duration(seconds: number): string {
  const rounded = Math.round(seconds);
  return rounded < 60 ? `${rounded} s` : `${Math.floor(rounded / 60)} min ${rounded % 60} s`;
}

/** A whole number of an option, or a usage error that names it. */
export function wholeNumber(name: string, min: number, max: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (text.trim() !== '' && Number.isInteger(value) && value >= min && value <= max) return value;
    throw new PqrError(
      'usage.invalid',
      `${name} is '${text}'; a whole number from ${min} to ${max} is needed.`,
    );
  };
}

/** A number of an option within a range, or a usage error that names it. */
export function numberWithin(name: string, min: number, max: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (text.trim() !== '' && value >= min && value <= max) return value;
    throw new PqrError(
      'usage.invalid',
      `${name} is '${text}'; a number from ${min} to ${max} is needed.`,
    );
  };
}
