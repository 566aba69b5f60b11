/** Test users at a real server: who logs in when, and what their requests carry. */
import type { Socket } from 'node:net';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { replay } from '../../replay/run/replay.ts';
import type { Login } from '../../replay/shape/login.ts';
import { USUAL_RECIPE } from '../../replay/users/test-users.ts';
import { UsageError } from '../../simulator/model/usage-error.ts';
import { captureOf, recorded } from '../helpers/capture.ts';
import {
  answerFine,
  type RecordingServer,
  startRecording,
  type WireRequest,
} from '../helpers/recording-server.ts';
import { replayOptions } from '../helpers/replays.ts';

let server: RecordingServer;
let logins: string[];
let answer: (request: WireRequest, socket: Socket, token: string | undefined) => void;
let expiresIn: number | undefined;

beforeAll(async () => {
  server = await startRecording((request, socket) => {
    if (!request.requestLine.startsWith('POST /login')) {
      answer(request, socket, header(request, 'authorization'));
      return;
    }
    const { id } = JSON.parse(request.body.toString());
    if (id === 'banned') return reply(socket, 403, '{}');
    logins.push(id);
    const token = `${id}-${logins.filter((one) => one === id).length}`;
    reply(socket, 200, JSON.stringify({ token, expires_in: expiresIn }));
  });
});
beforeEach(() => {
  server.requests.length = 0;
  logins = [];
  answer = answerFine;
  expiresIn = undefined;
});
afterAll(() => server.close());

function reply(socket: Socket, status: number, body: string): void {
  socket.write(`HTTP/1.1 ${status} x\r\ncontent-length: ${body.length}\r\n\r\n${body}`);
}

function header({ headers }: WireRequest, name: string): string | undefined {
  const at = headers.findIndex((text, i) => i % 2 === 0 && text.toLowerCase() === name);
  return at < 0 ? undefined : headers[at + 1];
}

const LOGIN: Login = { method: 'POST', path: '/login', body: { id: '{id}' }, token: 'token' };
const list = ['t1', 't2', 't3'].map((id) => ({ id }));
const places = [{ header: 'X-User' }];
const of = (user: string, atMs: number) =>
  recorded({ atMs, headers: ['X-User', user, 'Authorization', 'recorded'], target: `/${atMs}` });

function play(requests: ReturnType<typeof of>[], users: readonly { id: string }[] = list) {
  const options = replayOptions({
    target: server.url,
    users: { places, testUsers: { type: 'list', list: users } },
    login: LOGIN,
    budget: undefined,
  });
  return replay(captureOf(requests), options);
}

const sent = () => server.requests.filter(({ requestLine }) => requestLine.startsWith('GET'));

test('each test user logs in once, and its requests carry its own token', async () => {
  const requests = Array.from({ length: 60 }, (_, i) => of(`u${i % 3}`, i));
  const { summary } = await play(requests);
  expect(summary).toMatchObject({
    sent: 60,
    users: { recorded: 3, testUsers: 3, sharing: 0 },
    logins: { users: 3, renewed: 0, failed: 0 },
  });
  expect([...logins].sort()).toEqual(['t1', 't2', 't3']);
  for (const request of sent()) {
    expect(header(request, 'authorization')).toBe(`Bearer ${header(request, 'x-user')}-1`);
  }
});

test('a 401 is an answer: nobody sends it again, and the user logs in anew once', async () => {
  answer = (request, socket, token) =>
    token === 'Bearer t1-1' ? reply(socket, 401, '') : answerFine(request, socket);
  const requests = Array.from({ length: 60 }, (_, i) => of('u', i * 10));
  const { summary } = await play(requests, [{ id: 't1' }]);
  expect(summary).toMatchObject({ logins: { users: 1, renewed: 1, afterRefusal: 1 } });
  expect(logins).toEqual(['t1', 't1']);
  expect(sent()).toHaveLength(60);
  expect(summary.statuses['401']! + summary.statuses['200']!).toBe(60);
  expect(summary.statuses['401']).toBeLessThan(30);
});

test('a server that refuses every token is not stormed with logins', async () => {
  answer = (_, socket) => reply(socket, 401, '');
  const { summary } = await play(Array.from({ length: 60 }, (_, i) => of('u', i * 5)));
  expect(summary.statuses).toEqual({ 401: 60 });
  expect(logins).toHaveLength(2);
});

test('a token is renewed before its end', async () => {
  expiresIn = 0.3;
  const options = { ...LOGIN, expiresIn: 'expires_in' };
  const requests = Array.from({ length: 40 }, (_, i) => of('u', i * 20));
  const run = replayOptions({
    target: server.url,
    users: { places, testUsers: { type: 'list', list: [{ id: 't1' }] } },
    login: options,
  });
  const { summary } = await replay(captureOf(requests), run);
  expect(summary.logins!.renewed).toBeGreaterThanOrEqual(2);
  expect(summary.logins!.afterRefusal).toBe(0);
  expect(new Set(sent().map((one) => header(one, 'authorization'))).size).toBeGreaterThan(2);
});

test('who cannot log in is held back; where nobody can, nothing is sent', async () => {
  const requests = Array.from({ length: 20 }, (_, i) => of(`u${i % 2}`, i));
  const { summary } = await play(requests, [{ id: 't1' }, { id: 'banned' }]);
  expect(summary).toMatchObject({
    sent: 10,
    heldBack: { 'its test user could not log in': 10 },
    logins: { users: 1, failed: 1 },
  });
  server.requests.length = 0;
  const nobody = play(requests, [{ id: 'banned' }]);
  await expect(nobody).rejects.toThrow(UsageError);
  await expect(nobody).rejects.toThrow('login at /login: status 403');
  expect(sent()).toEqual([]);
});

test('users that faker made: one for each recorded user, over all threads', async () => {
  const run = replayOptions({
    target: server.url,
    users: {
      places,
      testUsers: { type: 'made', seed: 3, count: undefined, recipe: USUAL_RECIPE },
    },
  });
  const requests = Array.from({ length: 30 }, (_, i) => of(`u${i % 10}`, i));
  const { summary } = await replay(captureOf(requests), { ...run, shards: 2 });
  expect(summary).toMatchObject({ sent: 30, users: { recorded: 10, testUsers: 10 } });
  const made = sent().map((one) => header(one, 'x-user'));
  expect(new Set(made).size).toBe(10);
  expect(made.some((one) => one!.startsWith('u'))).toBe(false);
});
