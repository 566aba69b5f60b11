/**
 * What scenarios send, made when they are built: a generator of test data in every virtual user
 * would cost some megabytes and a third of a millisecond each. The same seed gives the same pool.
 */
import { en, Faker } from '@faker-js/faker';
import type { Learner } from '../scenarios/lib/learner.ts';

const SEED = 20_261_101;
const LEARNERS = 1000;

/** Scenario → its pool, for the scenarios that have one. */
export const POOLS: Readonly<Record<string, () => readonly unknown[]>> = {
  'unacademy-feed': learners,
};

function learners(): Learner[] {
  const faker = new Faker({ locale: en, seed: SEED });
  return Array.from({ length: LEARNERS }, () => ({ id: faker.string.alphanumeric(12) }));
}
