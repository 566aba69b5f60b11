/** What holds of taints that are only preferred. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { emptiestRoom, hasRoom, roomOf } from '../../simulator/model/kubernetes/least-allocated.ts';

const SEED = { seed: 1730 };
const POD = { cpuMillis: 500, memoryBytes: 1e9 };

const rooms = fc.array(
  fc.record({ unwanted: fc.nat(2), used: fc.nat(9) }).map(({ unwanted, used }) => {
    const room = roomOf({ cpuMillis: 4000, memoryBytes: 8e9, pods: 8 });
    Object.assign(room.used, { cpuMillis: 500 * used, memoryBytes: 1e9 * used, pods: used });
    return { ...room, unwanted };
  }),
  { maxLength: 6 },
);

test('two of them and less outweigh any room: a pod goes where it finds the fewest', () => {
  const property = fc.property(rooms, (all) => {
    const found = emptiestRoom(all, POD, ({ unwanted }) => unwanted);
    const fitting = all.filter((room) => hasRoom(room, POD));
    if (fitting.length === 0) {
      expect(found).toBeUndefined();
      return;
    }
    expect(fitting).toContain(found);
    expect(found!.unwanted).toBe(Math.min(...fitting.map(({ unwanted }) => unwanted)));
    const alike = fitting.filter(({ unwanted }) => unwanted === found!.unwanted);
    // Of those the emptiest, as if the taints were not there.
    expect(emptiestRoom(alike, POD)).toBe(found);
  });
  fc.assert(property, SEED);
});
