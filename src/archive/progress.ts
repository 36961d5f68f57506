/** Rate and time left of long work, from counts. */
import type { Progress, WorkOptions } from './ports.js';

/** Rates are over the last so many reports, so that they follow a change of pace. */
const WINDOW_LENGTH = 32;

export class ProgressMeter {
  private readonly report: WorkOptions['onProgress'];
  private readonly now: () => number;
  private readonly marks: { seconds: number; done: number }[] = [];
  private readonly startedSeconds: number;

  /** `now` gives milliseconds of a clock that never goes back. */
  constructor(report: WorkOptions['onProgress'], now: () => number = () => performance.now()) {
    this.report = report;
    this.now = now;
    this.startedSeconds = now() / 1000;
    this.marks.push({ seconds: this.startedSeconds, done: 0 });
  }

  get seconds(): number {
    return this.now() / 1000 - this.startedSeconds;
  }

  update(done: number, total: number | undefined, failedCount = 0): void {
    if (!this.report) return;
    this.marks.push({ seconds: this.now() / 1000, done });
    if (this.marks.length > WINDOW_LENGTH) this.marks.shift();
    const [first, last] = [this.marks[0]!, this.marks.at(-1)!];
    const elapsed = last.seconds - first.seconds;
    const perSecond = elapsed > 0 ? (last.done - first.done) / elapsed : 0;
    const secondsLeft =
      total === undefined || perSecond <= 0 ? undefined : Math.max(0, total - done) / perSecond;
    const progress: Progress = { done, total, perSecond, secondsLeft, failedCount };
    this.report(progress);
  }
}
