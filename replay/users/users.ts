/**
 * Recorded users become test users: first, all users of the capture are noted and each is given a
 * test user; then every request is rewritten to be that user's.
 *
 *     capture ──note──► recorded → test ──step──► requests of test users
 */
import { UsageError } from '../../simulator/model/usage-error.ts';
import type { CaptureSource, RecordedRequest } from '../formats/capture.ts';
import type { Step } from '../run/step.ts';
import { assign, inOrder } from './assign.ts';
import { NameTable } from './name-table.ts';
import { type Place, placeOf, type Where } from './places.ts';
import { fieldOf, type Recipe, type TestUser, userMaker } from './test-users.ts';

/** A place, and the field of the test user that is written there. */
export type UserPlace = Where & { readonly field?: string | undefined };

export type TestUsers =
  | { readonly type: 'list'; readonly list: readonly TestUser[] }
  /** Without a count, one for every recorded user. */
  | {
      readonly type: 'made';
      readonly seed: number;
      readonly count: number | undefined;
      readonly recipe: Recipe;
    };

export interface UsersOptions {
  /** The first that is there says who it is; all that are there are rewritten. */
  readonly places: readonly UserPlace[];
  readonly testUsers: TestUsers;
}

export interface UsersReport {
  readonly recorded: number;
  readonly testUsers: number;
  /** Recorded users who share a test user with another one. */
  readonly sharing: number;
  /** Records of nobody: they are sent as they are. */
  readonly ofNobody: number;
}

/** One with a name of 36 characters takes 92 bytes, when there are 600,000. */
const MOST_USERS = 1_000_000;
const MOST_NAME_BYTES = 256 * 1024 * 1024;

export class Users {
  private readonly places: readonly (Place & { readonly field: string })[];
  private readonly testUsers: TestUsers;
  private readonly make: (name: string) => TestUser;
  private readonly names = new NameTable();
  /** Number of a recorded user → number of a test user. */
  private assigned = new Uint32Array(0);
  /** Of a few users at a time, made when they are needed. */
  private readonly made = new Map<number, TestUser>();
  /** The other way round, where each has one of its own. */
  private order: Uint32Array | undefined;
  private ofNobody = 0;

  constructor({ places, testUsers }: UsersOptions) {
    this.places = places.map((place) => ({ ...placeOf(place), field: place.field ?? 'id' }));
    this.testUsers = testUsers;
    this.make =
      testUsers.type === 'made' ? userMaker(testUsers.seed, testUsers.recipe) : () => ({});
    // A field that is not there shows before the first request.
    const example = testUsers.type === 'list' ? testUsers.list : [this.make('example')];
    for (const user of example) for (const { field } of this.places) fieldOf(user, field);
  }

  /**
   * Reads a capture for who is there, in all records, wanted or not (who gets which test user is
   * not a matter of filters), and gives each recorded user a test user.
   */
  async note({ batches }: CaptureSource): Promise<void> {
    for await (const batch of batches) for (const request of batch) this.see(request);
    this.settle();
  }

  private see(request: RecordedRequest): void {
    const name = this.nameIn(request);
    if (name === undefined) this.ofNobody++;
    else this.names.add(name);
    if (this.names.size > MOST_USERS) {
      throw new UsageError(`users: expected at most ${MOST_USERS} recorded users, found more`);
    }
    if (this.names.nameBytes <= MOST_NAME_BYTES) return;
    throw new UsageError('users: expected names of at most 256 MiB together, found more');
  }

  private settle(): void {
    const { testUsers, names } = this;
    if (testUsers.type === 'list' || testUsers.count !== undefined) {
      this.assigned = assign(names, this.count);
      return;
    }
    this.order = inOrder(names.size, (a, b) => names.compare(a, b));
    this.assigned = new Uint32Array(names.size);
    for (const [testUser, number] of this.order.entries()) this.assigned[number] = testUser;
  }

  /** How many test users there are to have. */
  private get count(): number {
    const { testUsers } = this;
    return testUsers.type === 'list' ? testUsers.list.length : (testUsers.count ?? this.names.size);
  }

  get report(): UsersReport {
    const { names, ofNobody, count } = this;
    let sharing = 0;
    for (const together of this.loads()) if (together > 1) sharing += together;
    return { recorded: names.size, testUsers: count, sharing, ofNobody };
  }

  /** Makes the request the test user's, in every place in which it says whose it is. */
  readonly step: Step = (request) => {
    const name = this.nameIn(request);
    const number = name === undefined ? -1 : this.names.numberOf(name);
    if (number < 0) return request;
    const testUser = this.assigned[number]!;
    const user = this.userOf(testUser);
    let changed: RecordedRequest = request;
    for (const { read, write, field } of this.places) {
      if (read(changed) !== undefined) changed = write(changed, fieldOf(user, field));
    }
    return { ...changed, testUser };
  };

  /** The test user of a number. */
  userOf(number: number): TestUser {
    if (this.testUsers.type === 'list') return this.testUsers.list[number]!;
    const known = this.made.get(number);
    if (known !== undefined) return known;
    if (this.made.size >= MOST_MADE) this.made.clear();
    const own = this.order?.[number];
    const user = this.make(own === undefined ? `user ${number}` : this.names.nameOf(own));
    this.made.set(number, user);
    return user;
  }

  /** All test users who were given to somebody, in order of their numbers. */
  *all(): Generator<TestUser> {
    for (const [number, load] of this.loads().entries()) if (load > 0) yield this.userOf(number);
  }

  /** Recorded users of each test user. */
  private loads(): Uint32Array {
    const loads = new Uint32Array(this.count);
    for (const testUser of this.assigned) loads[testUser]!++;
    return loads;
  }

  private nameIn(request: RecordedRequest): string | undefined {
    for (const { read } of this.places) {
      const name = read(request);
      if (name !== undefined) return name;
    }
    return undefined;
  }
}

const MOST_MADE = 10_000;
