/** One line on stderr that says what is going on; only where somebody looks at a terminal. */
const CLEAR_LINE = '\r\u001b[2K';
const SHORTEST_UPDATE_MS = 100;

export interface Progress {
  readonly update: (text: string) => void;
  /** Wipes the line; what was said is gone. */
  readonly clear: () => void;
}

export function startProgress(): Progress {
  const { stderr } = process;
  if (!stderr.isTTY) return { update: () => {}, clear: () => {} };
  let latestMs = Number.NEGATIVE_INFINITY;
  return {
    update: (text) => {
      const nowMs = performance.now();
      if (nowMs - latestMs < SHORTEST_UPDATE_MS) return;
      latestMs = nowMs;
      stderr.write(CLEAR_LINE + text.slice(0, (stderr.columns ?? 80) - 1));
    },
    clear: () => {
      stderr.write(CLEAR_LINE);
    },
  };
}

/** A line that stays, on stderr, terminal or not: what a long job has come to. */
export function say(text: string): void {
  const clear = process.stderr.isTTY ? CLEAR_LINE : '';
  process.stderr.write(`${clear}${text}\n`);
}
