/** A bounded min-heap that keeps the k best scores, in flat arrays. Ties go to the lower row. */
export class TopK {
  private readonly scores: Float64Array;
  private readonly rows: Int32Array;
  private readonly k: number;
  private size = 0;

  constructor(k: number) {
    this.k = k;
    this.scores = new Float64Array(k);
    this.rows = new Int32Array(k);
  }

  /** Lowest score that would still get in; -Infinity while there is room. */
  get threshold(): number {
    return this.size < this.k
      ? Number.NEGATIVE_INFINITY
      : (this.scores[0] ?? Number.POSITIVE_INFINITY);
  }

  push(row: number, score: number): void {
    if (this.size < this.k) {
      this.size++;
      this.siftUp(this.size - 1, row, score);
    } else if (this.k > 0 && isWorse(this.scores[0]!, this.rows[0]!, score, row)) {
      this.siftDown(row, score);
    }
  }

  /** Best first; equal scores by row. Leaves the heap empty. */
  drain(): { rows: Int32Array; scores: Float64Array } {
    const count = this.size;
    const rows = new Int32Array(count);
    const scores = new Float64Array(count);
    for (let at = count - 1; at >= 0; at--) {
      rows[at] = this.rows[0]!;
      scores[at] = this.scores[0]!;
      this.size--;
      if (this.size > 0) this.siftDown(this.rows[this.size]!, this.scores[this.size]!);
    }
    return { rows, scores };
  }

  private siftUp(from: number, row: number, score: number): void {
    const { rows, scores } = this;
    let at = from;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!isWorse(score, row, scores[parent]!, rows[parent]!)) break;
      rows[at] = rows[parent]!;
      scores[at] = scores[parent]!;
      at = parent;
    }
    rows[at] = row;
    scores[at] = score;
  }

  /** Puts an entry in place of the root. */
  private siftDown(row: number, score: number): void {
    const { rows, scores, size } = this;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= size) break;
      const right = child + 1;
      if (right < size && isWorse(scores[right]!, rows[right]!, scores[child]!, rows[child]!)) {
        child = right;
      }
      if (!isWorse(scores[child]!, rows[child]!, score, row)) break;
      rows[at] = rows[child]!;
      scores[at] = scores[child]!;
      at = child;
    }
    rows[at] = row;
    scores[at] = score;
  }
}

function isWorse(scoreA: number, rowA: number, scoreB: number, rowB: number): boolean {
  return scoreA < scoreB || (scoreA === scoreB && rowA > rowB);
}
