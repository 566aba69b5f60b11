import type { Distribution } from '../model/model.ts';

type Constant = Extract<Distribution, { type: 'constant' }>;

/** Always the same. */
export function fillConstant(distribution: Constant, out: Float64Array): void {
  out.fill(distribution.ms);
}
