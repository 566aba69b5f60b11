/** Checked probes of a container → numbers, with the defaults of Kubernetes. */
import { duration } from './build-units.ts';
import type { InstanceKind } from './model.ts';
import type { ServiceDocument } from './model-document.ts';

type Document = NonNullable<ServiceDocument['on']>;

/** Only those that the document names. */
export function buildProbes({
  startup,
  readiness,
  liveness,
}: Document): Pick<InstanceKind, 'startup' | 'readiness' | 'liveness'> {
  return {
    ...(startup !== undefined && { startup: asked(startup) }),
    ...(readiness !== undefined && { readiness: readinessOf(readiness) }),
    ...(liveness !== undefined && {
      liveness: {
        ...asked(liveness),
        probe: liveness.probe ?? 'http',
        timeoutMs: duration(liveness.timeout ?? '1s'),
        ...(liveness.grace !== undefined && { graceMs: duration(liveness.grace) }),
      },
    }),
  };
}

function asked({
  delay = '0s',
  period = '10s',
  failures = 3,
}: NonNullable<Document['startup']>): NonNullable<InstanceKind['startup']> {
  return { delayMs: duration(delay), periodMs: duration(period), failures };
}

function readinessOf({
  delay = '0s',
  period = '10s',
  successes = 1,
}: NonNullable<Document['readiness']>): NonNullable<InstanceKind['readiness']> {
  return { delayMs: duration(delay), periodMs: duration(period), successes };
}
