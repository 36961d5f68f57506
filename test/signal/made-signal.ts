/** The input that test/reference/signal_scipy.py also makes. */
export function madeSignal(sampleCount: number): Float32Array {
  return Float32Array.from(
    { length: sampleCount },
    (_, i) => Math.sin(i * 0.37) + 0.5 * Math.cos(i * 0.053) + 0.001 * i,
  );
}
