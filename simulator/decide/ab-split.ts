import { z } from 'zod';
import { mismatch } from '../model/problem.ts';
import { expects } from '../model/schema-parts.ts';
import { sampleRatio, twoProportions } from '../policies/delivery/proportions.ts';
import { groupOfUser, placeOfUser } from '../policies/delivery/sticky-hash.ts';
import { type Door, door } from './door.ts';

const weight = expects(z.number().min(0).max(1e9), 'a number from 0 on');
const count = expects(z.int().min(0), 'a whole number from 0 on');
const text = expects(z.string().min(1).max(1000), 'a text');

const settings = z.strictObject({
  salt: text.describe('name of the experiment: others put the same users elsewhere'),
  groups: expects(z.record(text, weight), 'weights by group such as { "a": 1, "b": 1 }').describe(
    'weights by group; the first is what the others are compared with',
  ),
  confidence: expects(z.number().gt(0.5).lt(1), 'a number above 0.5 and below 1')
    .describe('of the intervals; default 0.95')
    .optional(),
});
const trials = z.strictObject({
  users: count.describe('that were in the group'),
  successes: count.describe('of them that did what is wanted'),
});
const observation = z.strictObject({
  user: text.describe('who is to be put into a group').optional(),
  results: expects(z.record(text, trials), 'users and successes by group')
    .describe('what was counted, by group')
    .optional(),
});
type Settings = z.output<typeof settings>;
type Results = NonNullable<z.output<typeof observation>['results']>;

/** `plimsoll decide ab-split` */
export const abSplit: Door = door({
  name: 'ab-split',
  summary: 'the group of an A/B test that a user is in, and whether groups differ beyond chance',
  source:
    'MurmurHash3 (smhasher); Fabijan et al., KDD 2019 (sample ratio); Newcombe 1998, method 10',
  settings,
  observation,
  state: z.strictObject({}),
  rules: ({ groups }) => {
    const all = Object.values(groups);
    if (all.some((one) => one > 0)) return [];
    return [mismatch(['groups'], 'a group whose weight is above 0', `${all.length} without`)];
  },
  initial: () => ({}),
  decide: (asked, { user, results }, state) => {
    const put = user === undefined ? undefined : groupFor(asked, user);
    const judged = results === undefined ? undefined : judge(asked, results);
    const reasons = [put?.reason, judged?.reason].filter((one) => one !== undefined);
    return {
      ...put,
      ...judged,
      reason: reasons.length === 0 ? 'neither a user nor results' : reasons.join('; '),
      state,
    };
  },
  example: {
    settings: { salt: 'checkout', groups: { a: 1, b: 1 } },
    observations: [
      { user: 'u1' },
      { user: 'u2' },
      { results: { a: { users: 70, successes: 56 }, b: { users: 80, successes: 48 } } },
    ],
  },
});

function groupFor({ salt, groups }: Settings, user: string) {
  const names = Object.keys(groups);
  const group = names[groupOfUser(salt, user, Object.values(groups))]!;
  const place = Number(placeOfUser(salt, user).toFixed(9));
  return { group, place, reason: `${user} stands at ${place} of 0 … 1, in ${group}` };
}

function judge({ groups, confidence = 0.95 }: Settings, results: Results) {
  const names = Object.keys(groups);
  const seen = names.map((name) => results[name] ?? { users: 0, successes: 0 });
  const counts = seen.map(({ users }) => users);
  const ratio = sampleRatio(counts, Object.values(groups));
  const [first, ...others] = seen.map(({ users, successes }) => ({ trials: users, successes }));
  const differences = others.flatMap((other, index) =>
    first!.trials === 0 || other.trials === 0
      ? []
      : [{ group: names[index + 1]!, ...twoProportions(first!, other, confidence) }],
  );
  const beyond = differences.filter(({ difference: { low, high } }) => low > 0 || high < 0);
  const found =
    beyond.length === 0
      ? `no group differs from ${names[0]} beyond chance`
      : `${beyond.map(({ group }) => group).join(', ')} differs from ${names[0]}`;
  const reason = ratio.isMismatch
    ? `users were not split as planned (p ${ratio.pValue.toExponential(2)}): trust nothing of it`
    : found;
  return { sampleRatio: ratio, differences, reason };
}
