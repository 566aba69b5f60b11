/**
 * Keeps the order of recorded connections: while a request of one is under way, the next ones wait
 * here. Nothing is kept of connections that have none.
 */
export class WaitingRoom<T> {
  /** All that wait. */
  size = 0;
  private readonly busy = new Map<number, Line<T>>();

  /** True where the session was idle: it is busy from now on. Otherwise the request waits. */
  enter(session: number, request: T): boolean {
    const line = this.busy.get(session);
    if (line === undefined) {
      this.busy.set(session, { requests: [], first: 0 });
      return true;
    }
    line.requests.push(request);
    this.size++;
    return false;
  }

  /** One has ended: the next of its session, or undefined where the session is idle again. */
  leave(session: number): T | undefined {
    const line = this.busy.get(session);
    const next = line?.requests[line.first];
    if (line === undefined || next === undefined) {
      this.busy.delete(session);
      return undefined;
    }
    this.size--;
    line.first++;
    if (line.first >= SPENT) line.requests.splice(0, line.first);
    line.first %= SPENT;
    return next;
  }

  /** Everybody who waits leaves. */
  clear(): T[] {
    const all: T[] = [];
    for (const line of this.busy.values()) {
      for (const one of line.requests.slice(line.first)) all.push(one);
      line.requests.length = 0;
      line.first = 0;
    }
    this.size = 0;
    return all;
  }
}

/** Taking the first element of an array moves all others: so many places are given up at a time. */
const SPENT = 256;

interface Line<T> {
  readonly requests: T[];
  /** Those before it have gone. */
  first: number;
}
