/** Whatever is in a record: it is sent as it is, or held back; nothing throws, nothing hangs. */
import fc from 'fast-check';
import { Client } from 'undici';
import { expect, test } from 'vitest';
import { type Planned, pack, takeOut, unpack } from '../../replay/run/packet.ts';
import { csvLine, ndjsonLine } from '../../replay/run/raw-log.ts';
import { WaitingRoom } from '../../replay/run/waiting-room.ts';
import { type Wire, wireOf } from '../../replay/run/wire.ts';
import { spliceJson } from '../../replay/shape/json-splice.ts';
import { recorded } from '../helpers/capture.ts';

const SETTINGS = { seed: 7, numRuns: 400 };
const latin1 = fc.string({
  unit: fc.integer({ min: 0, max: 255 }).map((code) => String.fromCharCode(code)),
});
const text = fc.oneof(latin1, fc.constantFrom('GET', 'Host', 'a', '/', '/x', 'x\r\ny: z', '', '*'));
const body = fc.option(fc.uint8Array({ maxLength: 50 }), { nil: undefined });
const request = fc
  .record({
    method: text,
    target: fc.oneof(
      text,
      latin1.map((path) => `/${path}`),
    ),
    headers: fc.array(text, { maxLength: 8 }),
    body,
  })
  .map((changes) => recorded(changes));

test('what is not held back has the recorded line and body, and undici takes it', () => {
  const client = new Client('http://127.0.0.1:9');
  fc.assert(
    fc.property(request, (record) => {
      const wire = wireOf(record);
      if (typeof wire === 'string') return;
      expect([wire.method, wire.path, wire.body]).toEqual([
        record.method,
        record.target,
        record.body,
      ]);
      expect(`${wire.method} ${wire.path} ${wire.headers.join(' ')}`).not.toMatch(/[\r\n\0]/);
      let failure: Error | undefined;
      client.dispatch(
        { ...wire, headers: [...wire.headers], body: wire.body ?? null },
        {
          onRequestStart: (controller) => controller.abort(new Error('enough')),
          onResponseStart: () => {},
          onResponseData: () => {},
          onResponseEnd: () => {},
          onResponseError: (_controller, error) => {
            failure = error;
          },
        },
      );
      // Refused at once would be a mistake of ours.
      expect(failure).toBeUndefined();
    }),
    SETTINGS,
  );
  client.destroy().catch(() => {});
});

const wire: fc.Arbitrary<Wire> = request
  .map(wireOf)
  .filter((one): one is Wire => typeof one !== 'string');
const planned: fc.Arbitrary<Planned> = fc.record({
  dueMs: fc.double({ min: 0, max: 1e9, noNaN: true }),
  sequence: fc.nat(),
  id: fc.string({ unit: fc.constantFrom('a', '0', ':', '-', '"') }),
  endpoint: fc.nat(100),
  session: fc.integer({ min: -1, max: 0xffff_ffff }),
  recordedStatus: fc.nat(999),
  login: fc.integer({ min: -1, max: 1e6 }),
  wire,
});

test('what is packed comes out as it was', () => {
  fc.assert(
    fc.property(fc.array(planned, { minLength: 1, maxLength: 20 }), (requests) => {
      const packet = structuredClone(pack(requests));
      const out = requests.map((_, i) => unpack(takeOut(packet, i)));
      const noEmpty = requests.map((one) => {
        const found = one.wire.body;
        const kept = found === undefined || found.length === 0 ? undefined : found;
        return { ...one, wire: { ...one.wire, body: kept } };
      });
      expect(out).toEqual(noEmpty);
    }),
    SETTINGS,
  );
});

test('a line of the log is a line, whatever was asked for', () => {
  fc.assert(
    fc.property(planned, (one) => {
      const end = {
        planned: one,
        target: one.wire.path,
        lateMs: 0.1,
        intendedMs: 2,
        serviceMs: 1.9,
        status: 200,
        failure: undefined,
        bytesIn: 3,
      };
      const json = ndjsonLine(end);
      expect(json.indexOf('\n')).toBe(json.length - 1);
      expect(JSON.parse(json)).toMatchObject({ seq: one.sequence, target: one.wire.path });
      const csv = csvLine(end, 1_795_666_439_718, 'run', 'http://127.0.0.1:1');
      const bare = csv.trimEnd().replace(/"(?:[^"]|"")*"/g, 'quoted');
      expect(bare.split(',')).toHaveLength(12);
    }),
    SETTINGS,
  );
});

test('in a waiting room nobody is lost, and each session keeps its order', () => {
  const steps = fc.array(fc.tuple(fc.nat(3), fc.boolean()), { maxLength: 2000 });
  fc.assert(
    fc.property(steps, (all) => {
      const room = new WaitingRoom<number>();
      const expected = new Map<number, number[]>();
      for (const [at, [session, enters]] of all.entries()) {
        const line = expected.get(session);
        if (enters) {
          expect(room.enter(session, at)).toBe(line === undefined);
          if (line === undefined) expected.set(session, []);
          else line.push(at);
        } else {
          expect(room.leave(session)).toBe(line?.[0]);
          if (line?.shift() === undefined) expected.delete(session);
        }
        const waiting = [...expected.values()].reduce((sum, { length }) => sum + length, 0);
        expect(room.size).toBe(waiting);
      }
    }),
    { ...SETTINGS, numRuns: 100 },
  );
});

test('a splice changes the value that it should, and nothing else', () => {
  const key = fc.string({ minLength: 1, maxLength: 4 });
  fc.assert(
    fc.property(fc.dictionary(key, fc.jsonValue(), { minKeys: 1 }), fc.nat(), (value, pick) => {
      const names = Object.keys(value);
      const name = names[pick % names.length]!;
      const bytes = Buffer.from(JSON.stringify(value, null, pick % 3)).toString('latin1');
      const spliced = spliceJson(bytes, [name], '[7]');
      const result: unknown = JSON.parse(Buffer.from(spliced!, 'latin1').toString());
      expect(result).toEqual(JSON.parse(JSON.stringify({ ...value, [name]: [7] })));
    }),
    SETTINGS,
  );
});
