import { z } from 'zod';
import { RandomStream } from '../engine/random.ts';
import { mismatch } from '../model/problem.ts';
import { expects } from '../model/schema-parts.ts';
import {
  type BanditSettings,
  type BanditState,
  banditComplaints,
  initialBandit,
  learn,
  pickArm,
} from '../policies/delivery/bandit.ts';
import { chanceOf } from '../policies/delivery/chance.ts';
import { randomState, seededState } from './balancing-parts.ts';
import { type Door, door } from './door.ts';

const NAME = 'bandit';
const prior = expects(z.number(), 'a number above 0');
const armName = expects(z.string().min(1).max(1000), 'the name of an arm');
const policy = expects(
  z.union([
    z.strictObject({
      type: z.literal('thompson').describe('the largest of likely means, drawn for each arm'),
      priorSuccesses: prior.describe('of the beta prior; default 1').optional(),
      priorFailures: prior.describe('of the beta prior; default 1').optional(),
    }),
    z.strictObject({
      type: z.literal('epsilon-greedy').describe('the best so far, and now and then any'),
      epsilon: expects(z.number(), 'a probability of 0 to 1').describe('how often any is taken'),
      decayPicks: expects(z.number(), 'picks above 0')
        .describe('epsilon is a half after so many picks; default: it stays')
        .optional(),
    }),
    z.strictObject({ type: z.literal('ucb1').describe('that of which most can be hoped') }),
  ]),
  '{ "type": "thompson" }, { "type": "epsilon-greedy", "epsilon": 0.1 } or { "type": "ucb1" }',
);
const settings = z.strictObject({
  arms: expects(z.array(armName).min(1).max(1000), 'a list of names such as ["a", "b"]').describe(
    'versions that users may get',
  ),
  policy: policy.describe('how an arm is chosen'),
  seed: expects(z.int().min(0), 'a whole number from 0 on')
    .describe('of what is drawn; default 0')
    .optional(),
});
const reward = z.strictObject({
  arm: armName.describe('that a user got'),
  reward: expects(z.number().min(0).max(1), 'a number from 0 to 1').describe('what came of it'),
});
const observation = z.strictObject({
  rewards: expects(z.array(reward), 'a list of rewards')
    .describe('known since the line before; learnt before the next arm is chosen')
    .optional(),
});
const known = z.strictObject({
  picks: expects(z.int().min(0), 'a whole number').describe('rewards that are known'),
  reward: expects(z.number().min(0), 'a number from 0 on').describe('their sum'),
});
const state = z.strictObject({
  arms: expects(z.array(known), 'a list').describe('what is known of each arm, in their order'),
  random: randomState,
});
type Settings = z.output<typeof settings>;
type State = z.output<typeof state>;

/** `plimsoll decide bandit` */
export const bandit: Door = door({
  name: NAME,
  summary: 'the version that the next user gets: Thompson sampling, ε-greedy, or UCB1',
  source: 'Chapelle & Li, NIPS 2011 (Thompson); Auer, Cesa-Bianchi & Fischer 2002 (UCB1)',
  settings,
  observation,
  state,
  rules: ({ arms, policy: asked }) => {
    const twin = arms.findIndex((name, index) => arms.indexOf(name) < index);
    const twins =
      twin < 0 ? [] : [mismatch(['arms', twin], 'a name of its own', JSON.stringify(arms[twin]))];
    return [...twins, ...banditComplaints(rulesOf(asked), ['policy'])];
  },
  initial: ({ arms, seed = 0 }): State => ({
    arms: initialBandit(arms.length).arms.map((one) => ({ ...one })),
    random: seededState(seed, NAME),
  }),
  decide: (asked, { rewards = [] }, before: State) => {
    const strangers = rewards.filter(({ arm }) => !asked.arms.includes(arm));
    const learnt = rewards
      .filter(({ arm }) => asked.arms.includes(arm))
      .reduce<BanditState>((seen, one) => learn(seen, asked.arms.indexOf(one.arm), one.reward), {
        arms: before.arms,
      });
    const random = new RandomStream(Int32Array.from(before.random));
    const { arm, reason } = pickArm(rulesOf(asked.policy), learnt, chanceOf(random));
    const ignored = strangers.map((one) => one.arm);
    return {
      arm: asked.arms[arm]!,
      ignored,
      reason: ignored.length === 0 ? reason : `${reason}; rewards of unknown arms are ignored`,
      state: { arms: learnt.arms.map((one) => ({ ...one })), random: [...random.state] },
    };
  },
  example: {
    settings: { arms: ['a', 'b'], policy: { type: 'ucb1' } },
    observations: [
      {},
      { rewards: [{ arm: 'a', reward: 1 }] },
      { rewards: [{ arm: 'b', reward: 0 }] },
    ],
  },
});

function rulesOf(asked: Settings['policy']): BanditSettings {
  switch (asked.type) {
    case 'thompson': {
      const { priorSuccesses = 1, priorFailures = 1 } = asked;
      return { type: 'thompson', priorSuccesses, priorFailures };
    }
    case 'epsilon-greedy': {
      const { epsilon, decayPicks } = asked;
      return { type: 'epsilon-greedy', epsilon, ...(decayPicks !== undefined && { decayPicks }) };
    }
    case 'ucb1':
      return asked;
    default:
      throw new Error(`unknown bandit ${asked satisfies never}`);
  }
}
