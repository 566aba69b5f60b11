import { exp, log } from '../../engine/maths.ts';

/**
 * Weight of a host in Envoy's weighted least request, for the schedule of `edf.ts`:
 * weight ÷ (active + 1)^bias.
 *
 * @param bias 0 looks at weights alone, 1 is the default
 * Source: Envoy `least_request_lb.cc`, `hostWeight`.
 * Example: weight 2 with 4 active requests and a bias of 1 is 0.4.
 */
export function leastRequestWeight(weight: number, active: number, bias: number): number {
  if (bias === 0) return weight;
  return weight / (bias === 1 ? active + 1 : exp(bias * log(active + 1)));
}
