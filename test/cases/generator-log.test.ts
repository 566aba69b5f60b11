/** The built-in generator writes the log that k6's output writes, line by line. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { LoadLog } from '../../replay/load-log.ts';
import { LogFile, LogFileError } from '../../replay/log-file.ts';

const START = 1_700_000_000_000;

function startLog() {
  const writes: string[] = [];
  const log = new LoadLog((text) => writes.push(text), START, '8.0.0');
  const lines = () => writes.join('').split('\n').slice(0, -1);
  return { log, writes, lines };
}

/** A line that begins with a space goes on with the one above it. */
const GOLDEN = `
{"type":"header","format":"plimsoll-load/1","tool":"built-in","toolVersion":"8.0.0",
 "buckets":{"lowestExponent":-10,"octaves":36,"perOctave":128}}
{"type":"start","startAtMs":1700000000000,"declared":true}
{"type":"generator","atMs":-250,"cpuMs":90}
{"type":"second","second":0,"journeys":{
 "open-feed":{"started":2,"ok":{"count":1,"sum":1,"min":1,"max":1,"buckets":[1280,1]}},
 "search":{"started":1}},
 "lateness":{"count":3,"sum":1.5,"min":0.25,"max":1,"buckets":[1024,2,1280,1]}}
{"type":"generator","atMs":1000.5,"cpuMs":120.25}
{"type":"second","second":0,"journeys":{
 "open-feed":{"error":{"count":1,"sum":1500,"min":1500,"max":1500,"buckets":[2619,1]}}}}
{"type":"second","second":1,"journeys":{
 "search":{"started":1,
 "timeout":{"count":1,"sum":800,"min":800,"max":800,"buckets":[2504,1]}}},
 "lateness":{"count":1,"sum":0,"min":0,"max":0,"buckets":[0,1]},"droppedIterations":2}
{"type":"generator","atMs":2600,"cpuMs":130}
{"type":"end","atMs":2600,"requests":3,"lines":9,"error":"interrupted"}
`
  .trimStart()
  .replaceAll('\n ', '');

test('a small log is byte for byte what it was', () => {
  const { log, writes } = startLog();
  const { seconds } = log;
  log.flush(START - 250, 90);
  seconds.started('open-feed', START + 0.25, 0.25);
  seconds.started('open-feed', START + 999.9, 0.25);
  seconds.ended('open-feed', START + 0.25, 1, 'ok');
  seconds.started('search', START + 500, 1);
  log.flush(START + 1000.5, 120.25);
  seconds.started('search', START + 1000, 0);
  seconds.dropped(START + 1100);
  seconds.dropped(START + 1999);
  seconds.ended('search', START + 1000, 800, 'timeout');
  seconds.ended('open-feed', START + 999.9, 1500, 'error');
  log.end(START + 2600, 130, 3, 'interrupted');
  expect(writes.join('')).toBe(GOLDEN);
});

test('whoever reads a growing log finds whole lines', () => {
  const { log, writes } = startLog();
  log.seconds.started('open-feed', START, 0);
  log.flush(START + 1000, 1);
  log.end(START + 2000, 2, 0);
  expect(writes.every((text) => text.endsWith('\n'))).toBe(true);
});

test('a log that came to its end says so and counts its lines', () => {
  const { log, lines } = startLog();
  log.flush(START + 1000, 1);
  log.end(START + 2000, 2, 0);
  const end = { type: 'end', atMs: 2000, requests: 0, lines: lines().length };
  expect(JSON.parse(lines().at(-1)!)).toEqual(end);
});

test('the file has everything in order, whatever came before the disk was ready', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'plimsoll-'));
  const path = join(folder, 'load.ndjson');
  const file = await LogFile.open(path);
  for (let i = 0; i < 100; i++) file.write(`${i}\n`);
  await file.close();
  expect(readFileSync(path, 'utf8')).toBe(Array.from({ length: 100 }, (_, i) => `${i}\n`).join(''));
  rmSync(folder, { recursive: true });
});

test('a folder that is not there is told before anything is sent', async () => {
  await expect(LogFile.open('/no/such/folder/load.ndjson')).rejects.toThrow(LogFileError);
});

test.runIf(process.platform === 'linux')(
  'a full disk is told at the end at the latest',
  async () => {
    const file = await LogFile.open('/dev/full');
    file.write('lost\n');
    file.write('lost as well\n');
    const told = { code: 'LOG_NOT_WRITTEN', cause: { code: 'ENOSPC' } };
    await expect(file.close()).rejects.toMatchObject(told);
  },
);
