/**
 * How long it takes until an instance that is wanted serves; each stage is a distribution:
 *
 *     launch ─► granted ─► up ─► container ─► app ─► ready ─► serving
 *      capacity    boot    image     start   startup,   registration
 *       errors             pull              readiness
 *
 * The machine is paid for from the moment that it is granted.
 */
import { sampler } from '../distributions/sampler.ts';
import type { RandomStream } from '../engine/random.ts';
import type { Distribution, InstanceKind, Service } from '../model/model.ts';
import type { ReadinessProbe, StartupProbe } from '../model/probe-settings.ts';

/** When an instance reaches its stages, in ms. */
export interface LaunchTimes {
  readonly grantedMs: number;
  /** Its container has started: before, Kubernetes calls it pending. */
  readonly startedMs: number;
  /** It says that it is ready. */
  readonly readyMs: number;
  /** It is on its balancer's list. */
  readonly servingMs: number;
  /** It never is: a probe has failed too often before the app was up. */
  readonly givenUpMs?: number;
}

/** @param hasImage whether the image lies on the node already */
export type Launch = (nowMs: number, hasImage: boolean) => LaunchTimes;

/** A capacity error is followed by another request at most so often. */
const MOST_REFUSALS = 1000;

/**
 * Draws the stages of one service's launches.
 *
 * @param random the stream for a purpose such as `boot`
 */
export function launches(on: InstanceKind, random: (purpose: string) => RandomStream): Launch {
  const draw = (distribution: Distribution | undefined, purpose: string) =>
    distribution === undefined ? () => 0 : sampler(distribution, random(purpose));
  const bootMs = draw(on.boot, 'boot');
  const pullMs = draw(on.image?.pull, 'image pull');
  const cachedMs = draw(on.image?.cached, 'cached image');
  const appMs = draw(on.start, 'start');
  const registrationMs = draw(on.registration, 'registration');
  const refusedMs = refusals(on, random);
  return (nowMs, hasImage) => {
    const grantedMs = nowMs + refusedMs();
    const startedMs = grantedMs + bootMs() + (hasImage ? cachedMs() : pullMs());
    const upMs = startedMs + appMs();
    const readyMs = readyAt(on.readiness, startedMs, startupEndsAt(on.startup, startedMs, upMs));
    const givenUpMs = givesUpAt(on, startedMs, upMs);
    const times = { grantedMs, startedMs, readyMs, servingMs: readyMs + registrationMs() };
    return givenUpMs === undefined ? times : { ...times, givenUpMs };
  };
}

/** The same of each version of a service: 0 is the one before all roll-outs. */
export function launchesOf(
  { on, rollouts = [] }: Service,
  random: (purpose: string) => RandomStream,
): Launch[] {
  const first = launches(on, random);
  const own = rollouts.map(({ version: { boot } }, index) =>
    boot === undefined
      ? first
      : launches({ ...on, boot }, (purpose) => random(`${purpose} of version ${index + 1}`)),
  );
  return [first, ...own];
}

/** What is lost to capacity errors before a machine is granted. */
function refusals({ capacity }: InstanceKind, random: (purpose: string) => RandomStream) {
  if (capacity === undefined) return () => 0;
  const chance = random('capacity errors');
  const pauseMs = sampler(capacity.retry, random('capacity retries'));
  return () => {
    let lostMs = 0;
    for (let i = 0; i < MOST_REFUSALS && chance.uniform() < capacity.errorRatio; i++) {
      lostMs += pauseMs();
    }
    return lostMs;
  };
}

/**
 * When so many readiness probes in a row have succeeded. Source: Kubernetes documentation,
 * "Configure Liveness, Readiness and Startup Probes" (`initialDelaySeconds`, `periodSeconds`,
 * `successThreshold`); the kubelet's own jitter of the first probe is left out.
 * Example: started at 0, up after 12 s, probes every 10 s from 0 on: ready at 20 s.
 *
 * @param upMs the moment from which on the app answers
 */
export function readyAt(
  readiness: ReadinessProbe | undefined,
  startedMs: number,
  upMs: number,
): number {
  if (readiness === undefined) return upMs;
  const { delayMs, periodMs, successes } = readiness;
  const firstMs = startedMs + delayMs;
  const failed = Math.max(0, Math.ceil((upMs - firstMs) / periodMs));
  return firstMs + (failed + successes - 1) * periodMs;
}

/** Until the startup probe has succeeded nobody asks whether a container is ready. */
function startupEndsAt(startup: StartupProbe | undefined, startedMs: number, upMs: number): number {
  return readyAt(startup && { ...startup, successes: 1 }, startedMs, upMs);
}

/**
 * When a container is ended that is not up in time: by its startup probe, or without one by the
 * liveness probe, which does not know that it is still starting. Undefined: it is up in time.
 * Example: up after 31 s, asked every 10 s from 0 on, 3 failures: given up at 20 s.
 *
 * @param upMs the moment from which on the app answers; before it refuses at once
 */
export function givesUpAt(
  { startup, liveness }: Pick<InstanceKind, 'startup' | 'liveness'>,
  startedMs: number,
  upMs: number,
): number | undefined {
  const first = startup ?? liveness;
  if (first === undefined) return undefined;
  const lastMs = startedMs + first.delayMs + (first.failures - 1) * first.periodMs;
  return lastMs < upMs ? lastMs : undefined;
}
