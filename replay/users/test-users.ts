/**
 * Test users: what stands in a list, or what faker makes from a seed. One that is made depends on
 * the seed and its name alone, so that it is the same in every run, thread and order.
 */

import { en, Faker } from '@faker-js/faker';
import { UsageError } from '../../simulator/model/usage-error.ts';
import { sha256 } from '../hashes.ts';

/** `id` and whatever else a login or a place asks for. */
export type TestUser = Readonly<Record<string, string>>;

/** Field → faker's template. */
export type Recipe = Readonly<Record<string, string>>;

/** Names of hosts that nobody has (RFC 2606), and a password that most rules accept. */
export const USUAL_RECIPE: Recipe = {
  id: '{{string.uuid}}',
  name: '{{person.fullName}}',
  username: '{{internet.username}}',
  email: '{{internet.exampleEmail}}',
  password: '{{internet.password({"length":20,"prefix":"aA1!"})}}',
};

/**
 * Makes test users by name: the same name has the same user. Throws a UsageError for a template
 * that faker does not know.
 */
export function userMaker(seed: number, recipe: Recipe): (name: string) => TestUser {
  const faker = new Faker({ locale: en });
  faker.setDefaultRefDate('2026-01-01T00:00:00Z');
  const fields = Object.entries(recipe);
  return (name) => {
    faker.seed(seedsOf(`${seed} ${name}`));
    return Object.fromEntries(fields.map(([field, text]) => [field, filled(faker, field, text)]));
  };
}

/** 256 bits: two names do not have one user. */
function seedsOf(text: string): number[] {
  const digest = sha256(text);
  return Array.from({ length: 8 }, (_, i) => digest.readUInt32BE(4 * i));
}

function filled(faker: Faker, field: string, template: string): string {
  try {
    return faker.helpers.fake(template);
  } catch (error) {
    const [why] = (error instanceof Error ? error.message : String(error)).split('\n');
    throw new UsageError(`test user: ${field}: expected a template of faker: ${why}`);
  }
}

/** `{id}` and the like, filled in. Throws a UsageError for a field that the user does not have. */
export function fillIn(text: string, user: TestUser): string {
  return text.replace(/\{([\w-]+)\}/g, (_, field: string) => fieldOf(user, field));
}

export function fieldOf(user: TestUser, field: string): string {
  if (Object.hasOwn(user, field)) return user[field]!;
  const known = Object.keys(user).join(', ');
  throw new UsageError(`test user: expected a field ${field}, found ${known}`);
}
