/** `npm run soak -- controllers`: policies of ours beside the controllers that they come from. */
import { autoscaler } from './controllers/autoscaler.ts';
import { type BesideOptions, compare } from './controllers/beside.ts';
import { canary } from './controllers/canary.ts';
import { deployment } from './controllers/deployment.ts';

/** Whether none differs. */
export function controllers(options: BesideOptions): boolean {
  const same = [
    compare(autoscaler, options),
    compare(deployment, options),
    compare(canary, options),
  ];
  return same.every(Boolean);
}
