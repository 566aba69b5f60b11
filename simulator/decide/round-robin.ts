import { z } from 'zod';
import { expects } from '../model/schema-parts.ts';
import { pickRoundRobin } from '../policies/balancing/round-robin.ts';
import { type Door, door } from './door.ts';

const hosts = expects(
  z.array(z.string().min(1)),
  'a list of host names such as ["a", "b"]',
).describe('hosts that may be picked now, in the order of the list');

/** `plimsoll decide round-robin` */
export const roundRobin: Door = door({
  name: 'round-robin',
  summary: 'the host that a rotation by list index picks next',
  source: 'nginx and Envoy ROUND_ROBIN with equal weights',
  settings: z.strictObject({}),
  observation: z.strictObject({ hosts }),
  state: z.strictObject({
    next: expects(z.int().min(0), 'an index from 0 on').describe('index of the next host'),
  }),
  initial: () => ({ next: 0 }),
  decide: (_, observation, { next }) => {
    const state = { next };
    const index = pickRoundRobin(state, observation.hosts.length);
    const host = index < 0 ? null : observation.hosts[index]!;
    const reason = host === null ? 'no host' : `index ${index} of ${observation.hosts.length}`;
    return { host, reason, state };
  },
  example: {
    settings: {},
    observations: [{ hosts: ['a', 'b'] }, { hosts: ['a', 'b'] }, { hosts: ['a', 'b'] }],
  },
});
