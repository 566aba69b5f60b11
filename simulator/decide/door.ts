/**
 * One policy for `plimsoll decide`: what it reads, what it says, and a worked example. A door adds
 * words and shapes to a pure policy of `policies/`; it decides nothing itself.
 *
 *     line { settings, observation, state? } ──schemas + rules──► decide ──► { …, reason, state }
 */
import { z } from 'zod';
import { explain } from '../model/explain.ts';
import type { Plain } from '../model/placed.ts';
import type { Complaint } from '../model/problem.ts';

/** What a policy answers; the further keys are its decision, such as `desired`. */
export interface Answer<State> {
  /** In words, with its numbers. */
  readonly reason: string;
  /** What it wants to be given with the next observation. */
  readonly state: State;
  readonly [decision: string]: unknown;
}

export interface DoorParts<Settings, Observation, State> {
  /** As users type it, and the heading of its rule. */
  readonly name: string;
  /** One line, such as `replicas that a Kubernetes HorizontalPodAutoscaler (v2) wants`. */
  readonly summary: string;
  /** Where the rule stands: vendor, page or file. */
  readonly source: string;
  /**
   * Keys are named as the vendor names them, so that a manifest can be pasted; each has a
   * description, and what to write there (`expects`).
   */
  readonly settings: z.ZodType<Settings>;
  readonly observation: z.ZodType<Observation>;
  readonly state: z.ZodType<State>;
  /** What settings may not say together; paths start in the settings. */
  readonly rules?: (settings: Settings) => readonly Complaint[];
  /** The state before the first observation. */
  readonly initial: (settings: Settings) => State;
  readonly decide: (settings: Settings, observation: Observation, state: State) => Answer<State>;
  /** Shown by `--help`, run by the tests. */
  readonly example: { readonly settings: unknown; readonly observations: readonly unknown[] };
}

/** A line's answer, or what is wrong with the line. */
export type Said =
  | { readonly answer: Answer<unknown>; readonly complaints?: never }
  | { readonly answer?: never; readonly complaints: readonly Complaint[] };

/** Lines one after the other: settings and state are carried on to the next. */
export type Conversation = (line: Plain) => Said;

/** A door whose types are nobody's concern any more. */
export interface Door {
  readonly name: string;
  readonly summary: string;
  readonly source: string;
  readonly example: DoorParts<unknown, unknown, unknown>['example'];
  /** Shape of a line. */
  readonly schema: z.ZodType;
  /** What is wrong with settings that are read apart; paths start in the settings. */
  readonly checkSettings: (settings: Plain) => readonly Complaint[];
  /** @param settings for lines without any of their own; checked already */
  readonly converse: (settings?: Plain) => Conversation;
}

/** Puts a door together. */
export function door<S, O, T>(parts: DoorParts<S, O, T>): Door {
  const { name, summary, source, example } = parts;
  const schema = z.strictObject({
    settings: parts.settings.describe('once; carried on to the lines that follow').optional(),
    observation: parts.observation.describe('what is seen now'),
    state: parts.state
      .describe('what the policy remembers; default: from the line before')
      .optional(),
  });

  function brokenRules(settings: S | undefined): readonly Complaint[] {
    if (settings === undefined || parts.rules === undefined) return [];
    return parts.rules(settings);
  }

  function checkSettings(settings: Plain): readonly Complaint[] {
    const shape = parts.settings.safeParse(settings);
    if (!shape.success) return explain(parts.settings, shape.error.issues, settings);
    return brokenRules(shape.data);
  }

  function converse(first?: Plain): Conversation {
    let settings = first === undefined ? undefined : parts.settings.parse(first);
    let state: T | undefined;
    return (line) => {
      const shape = schema.safeParse(line);
      if (!shape.success) return { complaints: explain(schema, shape.error.issues, line) };
      const broken = brokenRules(shape.data.settings);
      if (broken.length > 0) {
        return { complaints: broken.map((one) => ({ ...one, path: ['settings', ...one.path] })) };
      }
      settings = shape.data.settings ?? settings;
      if (settings === undefined) return { complaints: [NO_SETTINGS] };
      state = shape.data.state ?? state ?? parts.initial(settings);
      const answer = parts.decide(settings, shape.data.observation, state);
      state = answer.state;
      return { answer };
    };
  }

  return { name, summary, source, example, schema, checkSettings, converse };
}

const NO_SETTINGS: Complaint = {
  path: [],
  about: 'value',
  expected: 'settings in the first line',
  found: 'none',
  message: 'expected settings in the first line (or with --settings), found none',
};
