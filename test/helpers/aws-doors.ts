/** Questions to a door, as `plimsoll decide` would put them. */
import type { Answer, Door } from '../../simulator/decide/door.ts';
import type { Plain } from '../../simulator/model/placed.ts';

function plain(value: unknown): Plain {
  return JSON.parse(JSON.stringify(value));
}

/** The answers to observations one after the other. */
export function answersOf(
  door: Door,
  settings: object,
  observations: readonly object[],
): Answer<unknown>[] {
  const converse = door.converse();
  return observations.map((observation): Answer<unknown> => {
    const { answer, complaints } = converse(plain({ settings, observation }));
    if (answer === undefined) throw new Error(complaints.map((one) => one.message).join('; '));
    return answer;
  });
}

/** What is wrong with settings: path and message. */
export function complaintsOf(door: Door, settings: object): string[] {
  return door
    .checkSettings(plain(settings))
    .map(({ path, message }) => `${path.join('.')}: ${message}`);
}
