/** `plimsoll decide` for scaling on a backlog and on a latency, a sentence a row. */
import { expect, test } from 'vitest';
import { DOORS } from '../../simulator/decide/doors.ts';

/** Desired capacities that a door answers with to its own example. */
function answersOf(name: string) {
  const { converse, example } = DOORS.find((one) => one.name === name)!;
  const settings = JSON.parse(JSON.stringify(example.settings));
  const ask = converse(settings);
  return example.observations.map((observation) => {
    const { answer, complaints } = ask(JSON.parse(JSON.stringify({ observation })));
    expect(complaints).toBeUndefined();
    return answer!;
  });
}

test('a backlog: out at once, hold while some come or nobody reports, in with patience', () => {
  const answers = answersOf('queue-scaling');
  expect(answers.map((one) => one['desired'])).toEqual([15, 15, 15, 15, 3]);
  expect(answers.map((one) => one['backlogPerInstance'])).toEqual([150, 120, null, 20, 20]);
  expect(answers[2]!.reason).toMatch(/does not report/);
});

test('a latency: out as it exceeds the target, in by one step after a calm', () => {
  expect(answersOf('latency-scaling').map((one) => one['desired'])).toEqual([6, 6, 6, 5]);
});

test.each([
  ['queue-scaling', { min: 50 }, ['min']],
  ['queue-scaling', { messageMsMean: 20_000 }, ['acceptableLatencyMs']],
  ['latency-scaling', { lowRatio: 1 }, ['lowRatio']],
  ['latency-scaling', { quantile: 1 }, ['quantile']],
])('%s refuses %j', (name, change, path) => {
  const { checkSettings, example } = DOORS.find((one) => one.name === name)!;
  const settings = JSON.parse(JSON.stringify({ ...(example.settings as object), ...change }));
  expect(checkSettings(settings).map((one) => one.path)).toEqual([path]);
});
