/** `npm run soak -- controllers`: policies of ours beside the controllers that they come from. */
import { autoscaler } from './controllers/autoscaler.ts';
import { type BesideOptions, compare } from './controllers/beside.ts';

/** Whether none differs. */
export function controllers(options: BesideOptions): boolean {
  return compare(autoscaler, options);
}
