/**
 * Who is logged in: each test user once, when its first request comes up, some at a time; anew
 * shortly before its token expires, and when an answer is 401. The request of that answer is not
 * sent again: nothing is sent twice.
 *
 *     first request ──► in ──(nine tenths of its life)──► anew, if it has requests to come
 *                        └──(401)──► anew, once in ten seconds
 */
import type { Token } from '../shape/login.ts';

export const NOT_LOGGED_IN = 'its test user could not log in';

export interface LoginsOptions {
  /** One login; rejects where it does not work. */
  readonly logIn: (user: number) => Promise<Token>;
  /** Hears of every new token; a later one of the same user has a higher generation. */
  readonly onToken: (user: number, generation: number, value: string) => void;
  /** Since the run's start. */
  readonly atMs: () => number;
}

export interface LoginsReport {
  /** Users who have logged in. */
  readonly users: number;
  /** Logins anew, before the token's end and after a 401. */
  readonly renewed: number;
  readonly afterRefusal: number;
  readonly failed: number;
}

/** What is told of a request. */
export interface Due {
  /** Whose token it gets; −1: nobody's. */
  readonly login: number;
  readonly dueMs: number;
}

interface Session {
  generation: number;
  isFailed: boolean;
  /** Logins that are under way. */
  pending: Promise<void> | undefined;
  /** The last moment for which it has a request, as far as anybody knows. */
  lastDueMs: number;
  refusedAtMs: number;
  isLapsed: boolean;
  timer: NodeJS.Timeout | undefined;
}

const MOST_AT_ONCE = 32;
const LIFE_SHARE = 0.9;
const REFUSAL_MS = 10_000;
/** The most that a timer takes. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

export class Logins {
  readonly counts = { users: 0, renewed: 0, afterRefusal: 0, failed: 0 };
  /** Why the first login that failed did. */
  failure: unknown;
  private readonly options: LoginsOptions;
  private readonly sessions = new Map<number, Session>();
  private readonly waiting: (() => void)[] = [];
  private free = MOST_AT_ONCE;
  private isClosed = false;

  constructor(options: LoginsOptions) {
    this.options = options;
  }

  get report(): LoginsReport {
    return this.counts;
  }

  /** Resolves when everybody who sends one of these has a token, or has none to hope for. */
  async ready(requests: readonly Due[]): Promise<void> {
    const pending = new Set<Promise<void>>();
    for (const { login, dueMs } of requests) {
      if (login < 0) continue;
      const session = this.sessionOf(login);
      session.lastDueMs = Math.max(session.lastDueMs, dueMs);
      const isNew = session.generation === 0 && !session.isFailed;
      if (isNew || session.isLapsed) this.begin(login, session);
      if (session.pending !== undefined) pending.add(session.pending);
    }
    await Promise.all(pending);
  }

  /** Whether there is no token for it. */
  hasFailed(user: number): boolean {
    return user >= 0 && this.sessions.get(user)?.generation === 0;
  }

  /** An answer was 401; `generation` is of the token that its request had. */
  refused(user: number, generation: number): void {
    const session = this.sessions.get(user);
    const nowMs = performance.now();
    if (session === undefined || session.generation !== generation) return;
    if (session.pending !== undefined || nowMs - session.refusedAtMs < REFUSAL_MS) return;
    session.refusedAtMs = nowMs;
    if (this.begin(user, session)) this.counts.afterRefusal++;
  }

  /** No login begins from now on. */
  close(): void {
    this.isClosed = true;
    for (const { timer } of this.sessions.values()) clearTimeout(timer);
    for (const go of this.waiting.splice(0)) go();
  }

  private sessionOf(user: number): Session {
    const known = this.sessions.get(user);
    if (known !== undefined) return known;
    const session: Session = {
      generation: 0,
      isFailed: false,
      pending: undefined,
      lastDueMs: Number.NEGATIVE_INFINITY,
      refusedAtMs: Number.NEGATIVE_INFINITY,
      isLapsed: false,
      timer: undefined,
    };
    this.sessions.set(user, session);
    return session;
  }

  private begin(user: number, session: Session): boolean {
    if (this.isClosed || session.pending !== undefined) return false;
    session.isLapsed = false;
    clearTimeout(session.timer);
    session.pending = this.logIn(user, session).finally(() => {
      session.pending = undefined;
    });
    return true;
  }

  private async logIn(user: number, session: Session): Promise<void> {
    await this.turn();
    try {
      if (this.isClosed) return;
      const { value, lifeMs } = await this.options.logIn(user);
      if (session.generation === 0) this.counts.users++;
      else this.counts.renewed++;
      this.options.onToken(user, ++session.generation, value);
      if (lifeMs !== undefined) this.renewIn(LIFE_SHARE * lifeMs, user, session);
    } catch (error) {
      this.failure ??= error;
      this.counts.failed++;
      session.isFailed = true;
    } finally {
      this.free++;
      this.waiting.shift()?.();
    }
  }

  private async turn(): Promise<void> {
    while (this.free === 0 && !this.isClosed) {
      await new Promise<void>((resolve) => this.waiting.push(resolve));
    }
    this.free--;
  }

  private renewIn(ms: number, user: number, session: Session): void {
    if (this.isClosed) return;
    session.timer = setTimeout(
      () => {
        // Whoever has nothing to send logs in again when there is something.
        const hasMore = !(session.lastDueMs < this.options.atMs());
        if (hasMore) this.begin(user, session);
        else session.isLapsed = true;
      },
      Math.min(ms, LONGEST_TIMER_MS),
    );
    session.timer.unref();
  }
}
