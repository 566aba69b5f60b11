/** The instance types of a checked `on:` → numbers. */
import { checked } from './build-units.ts';
import type { InstanceMix, MixedType } from './mix-settings.ts';
import type { InstanceKind, ServerKind } from './model.ts';
import type { MixedTypeDocument, ServiceDocument } from './model-document.ts';
import { parsePrice } from './units.ts';

/** Nothing where all instances are of one type. */
export function buildMix(
  { types, allocation = 'prioritized' }: NonNullable<ServiceDocument['on']>,
  serves: ServerKind,
): Pick<InstanceKind, 'mix'> {
  if (types === undefined) return {};
  const mix: InstanceMix = { types: types.map((type) => mixedType(type, serves)), allocation };
  return { mix };
}

/** A larger instance has as many times the servers as it weighs, where it can have several. */
function mixedType(document: MixedTypeDocument, { type }: ServerKind): MixedType {
  const { type: name, weight, price, quota } = document;
  const isScaled = type !== 'event-loop' && type !== 'delay';
  return {
    name,
    weight,
    size: document.size ?? (isScaled ? weight : 1),
    dollarsPerHour: price === undefined ? undefined : checked(parsePrice(price), price),
    ...(quota !== undefined && { quota }),
  };
}
