/**
 * What control loops cost: a hundred instances under an autoscaler, once with scrapes and decisions
 * every 15 s as Kubernetes has them, once 15 times as often. A fourteenth of the difference is what
 * they cost; against no loops at all it would drown in the noise.
 */
import { median, threadCpuUsage, withEngine } from './rounds.ts';
import { watched } from './systems.ts';

const OFTEN = 15;

export interface ControlLoopCost {
  readonly instances: number;
  /** Of the run's CPU time, round by round. */
  readonly shares: readonly number[];
}

/** One round beforehand is not counted. */
export function benchControlLoops(requests: number, rounds: number): ControlLoopCost {
  const usual = watched(requests, OFTEN);
  const often = watched(requests, 1);
  const seconds = (model: typeof usual, seed: number) =>
    requests / withEngine(model, seed, threadCpuUsage).requestsPerCpuSecond;
  const share = (seed: number) => {
    const usualSeconds = seconds(usual, seed);
    return (seconds(often, seed) - usualSeconds) / (OFTEN - 1) / usualSeconds;
  };
  share(0);
  const shares = Array.from({ length: rounds }, (_, index) => share(index + 1));
  return { instances: usual.services[0]!.scaling.start, shares };
}

export function controlLoopLine({ instances, shares }: ControlLoopCost): string {
  const [least, most] = [Math.min(...shares), Math.max(...shares)];
  const per = (share: number) => `${(share * 100).toFixed(2)} %`;
  return (
    `Control loops of ${instances} instances every 15 s: ${per(median(shares))} of the CPU time ` +
    `(${per(least)} to ${per(most)})`
  );
}
