/** Zones of a document → their number, and how Envoy prefers one to the other. */
import { ratio } from './build-units.ts';
import type { Service } from './model.ts';
import type { ServiceDocument, ZonesDocument } from './model-document.ts';

/** Envoy's, in per cent. */
const DEFAULT = { overprovisioning: '140%', panic: '50%' } as const;

type Zoned = Pick<ServiceDocument, 'zones' | 'overprovisioning' | 'panic' | 'fail-on-panic'>;

/** Names of zones in order; none where they have none. */
export function zoneNames(zones: ZonesDocument | undefined): string[] {
  return typeof zones === 'object' ? Object.keys(zones).sort() : [];
}

/** Whether zones are preferred to each other: one that says nothing has priority 0. */
export function hasLocalities({ zones, overprovisioning }: Zoned): boolean {
  if (typeof zones !== 'object') return false;
  const isSaid = Object.values(zones).some(
    ({ priority, weight }) => priority !== undefined || weight !== undefined,
  );
  return isSaid || overprovisioning !== undefined;
}

/** Zones that the rules have let through; nothing without zones. */
export function buildLocalities(document: Zoned): Pick<Service, 'zones' | 'localities'> {
  const { zones, overprovisioning = DEFAULT.overprovisioning, panic = DEFAULT.panic } = document;
  if (zones === undefined) return {};
  if (typeof zones === 'number') return { zones };
  const names = zoneNames(zones);
  if (!hasLocalities(document)) return { zones: names.length };
  const weights = names.flatMap((name) => zones[name]!.weight ?? []);
  return {
    zones: names.length,
    localities: {
      priorities: names.map((name) => zones[name]!.priority ?? 0),
      ...(weights.length > 0 && { weights }),
      overprovisioningPercent: percent(overprovisioning),
      panicPercent: percent(panic),
      ...(document['fail-on-panic'] === true && { failsOnPanic: true }),
    },
  };
}

/** Whole per cent, as the rules have it: a ratio such as 0.58 times 100 is not. */
function percent(text: string): number {
  return Math.round(ratio(text) * 100);
}
