/** The tensors that go into a graph and come out of it. */

export interface FloatTensor {
  readonly type: 'float32';
  readonly shape: readonly number[];
  readonly values: Float32Array;
}

export interface IntegerTensor {
  readonly type: 'int64';
  readonly shape: readonly number[];
  readonly values: BigInt64Array;
}

export type InputTensor = FloatTensor | IntegerTensor;
