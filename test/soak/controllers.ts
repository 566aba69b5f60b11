/** `npm run soak -- controllers`: policies of ours beside the controllers that they come from. */
import { analysis } from './controllers/analysis.ts';
import { autoscaler } from './controllers/autoscaler.ts';
import { type BesideOptions, compare } from './controllers/beside.ts';
import { canary } from './controllers/canary.ts';
import { deployment } from './controllers/deployment.ts';
import { keda } from './controllers/keda.ts';
import { kedaFormula } from './controllers/keda-formula.ts';
import { kedaJob } from './controllers/keda-job.ts';

/** Whether none differs. */
export function controllers(options: BesideOptions): boolean {
  const same = [
    compare(autoscaler, options),
    compare(deployment, options),
    compare(canary, options),
    compare(analysis, options),
    compare(kedaJob, options),
    compare(keda, options),
    compare(kedaFormula, options),
  ];
  return same.every(Boolean);
}
