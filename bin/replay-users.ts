/** The files of `plimsoll replay --users` and `--login`. */
import { dirname, resolve } from 'node:path';
import { z } from 'zod';
import type { Login } from '../replay/shape/login.ts';
import { type TestUser, USUAL_RECIPE } from '../replay/users/test-users.ts';
import type { TestUsers, UserPlace, UsersOptions } from '../replay/users/users.ts';
import { readDocument } from '../simulator/model/document.ts';
import { plainOf } from '../simulator/model/placed.ts';
import { formatProblem } from '../simulator/model/problem.ts';
import { UsageError } from '../simulator/model/usage-error.ts';
import { readText, shown } from './files.ts';

const MOST_BYTES = 64 * 1024;
const MOST_LIST_BYTES = 64 * 1024 * 1024;

const loginSchema = z.strictObject({
  method: z.enum(['POST', 'PUT', 'GET']).default('POST'),
  path: z.string().regex(/^\/[\x21-\x7e]*$/, 'expected a path'),
  body: z.unknown().optional(),
  token: z.string().min(1),
  'expires-in': z.string().min(1).optional(),
  header: z
    .string()
    .regex(/^[\w!#$%&'*+.^`|~-]+$/, 'expected a header')
    .optional(),
  value: z
    .string()
    .regex(/^[\x20-\x7e]*$/, 'expected plain text')
    .includes('{token}', 'expected {token} in it')
    .optional(),
});

const name = z.string().min(1).max(1000);
const field = name.optional();
const placeSchema = z.union(
  [
    z.strictObject({ header: name, field }),
    z.strictObject({ cookie: name, field }),
    z.strictObject({ query: name, field }),
    z.strictObject({ path: name, field }),
    z.strictObject({ json: name, field }),
  ],
  'expected one of header, cookie, query, path and json, and field if it is not id',
);
const userSchema = z.record(z.string(), z.union([z.string(), z.number()]).transform(String));
const usersSchema = z.strictObject({
  recorded: z.array(placeSchema).min(1, 'expected at least one place'),
  'test-users': z.union(
    [
      z.strictObject({ list: z.array(userSchema).min(1) }),
      z.strictObject({ file: name }),
      z.strictObject({
        seed: z.int().min(0),
        count: z.int().min(1).max(1_000_000).optional(),
        fields: z.record(z.string(), z.string()).default({}),
      }),
    ],
    'expected list (of users), file (of users, one a line), or seed (with count and fields)',
  ),
  login: loginSchema.optional(),
});

/** Throws a UsageError that names the file and the field. */
export function readLogin(path: string): Login {
  return loginOf(readFile(path, 'a login', loginSchema));
}

/** The same of users, with their login if they have one. */
export function readUsers(path: string): { users: UsersOptions; login?: Login } {
  const read = readFile(path, 'users', usersSchema);
  const places: UserPlace[] = read.recorded;
  const users = { places, testUsers: testUsersOf(path, read['test-users']) };
  return { users, ...(read.login && { login: loginOf(read.login) }) };
}

function testUsersOf(path: string, read: z.output<typeof usersSchema>['test-users']): TestUsers {
  if ('list' in read) return { type: 'list', list: read.list };
  if ('file' in read) return { type: 'list', list: listIn(resolve(dirname(path), read.file)) };
  const { seed, count, fields } = read;
  return { type: 'made', seed, count, recipe: { ...USUAL_RECIPE, ...fields } };
}

/** A user a line: an object of JSON, or the bare id. */
function listIn(path: string): TestUser[] {
  const lines = readText(path, 'test users', MOST_LIST_BYTES).split('\n');
  const users = lines.flatMap((line, index) =>
    line.trim() === '' ? [] : [userIn(line.trim(), `${shown(path)}:${index + 1}`)],
  );
  if (users.length > 0) return users;
  throw new UsageError(`${shown(path)}: expected a test user a line, found none`);
}

function userIn(line: string, at: string): TestUser {
  if (!line.startsWith('{')) return { id: line };
  try {
    return userSchema.parse(JSON.parse(line));
  } catch {
    throw new UsageError(`${at}: expected an object of JSON with texts and numbers`);
  }
}

function loginOf(read: z.output<typeof loginSchema>): Login {
  const { method, path, body, token, header, value, 'expires-in': expiresIn } = read;
  return {
    method,
    path,
    body,
    token,
    ...(expiresIn !== undefined && { expiresIn }),
    ...(header !== undefined && { header }),
    ...(value !== undefined && { value }),
  };
}

function readFile<T extends z.ZodType>(path: string, what: string, schema: T): z.output<T> {
  const source = { file: shown(path), text: readText(path, what, MOST_BYTES) };
  const { placed, problems } = readDocument(source);
  if (placed === undefined || problems.length > 0) {
    throw new UsageError(problems.map(formatProblem).join('\n\n'));
  }
  const read = schema.safeParse(plainOf(placed));
  if (read.success) return read.data;
  const [issue] = read.error.issues;
  const field = issue!.path.join('.') || what;
  throw new UsageError(`${source.file}: ${field}: ${issue!.message}`);
}
