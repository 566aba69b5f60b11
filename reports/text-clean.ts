/** Names and reasons come from files that anybody may have written. */

/** Control bytes, half characters, what turns the direction of text, and what XML forbids. */
const NEVER_SHOWN = /[\p{Cc}\p{Cs}\p{Bidi_Control}\p{Noncharacter_Code_Point}]/gu;

/**
 * One line that a terminal, a page and XML can show as it is: white space becomes a space, and what
 * nobody should see is left out. `cleaned('a\u001b[31m\nb')` is `a[31m b`.
 */
export function cleaned(text: string): string {
  return text.replace(/\s+/gu, ' ').replace(NEVER_SHOWN, '').trim();
}

/** `counted(2, 'run')` is `2 runs`; the plural of a word in -y is the caller's. */
export function counted(count: number, noun: string, plural: string = `${noun}s`): string {
  return `${count} ${count === 1 ? noun : plural}`;
}

/** `listed(['a', 'b', 'c'])` is `a, b and c`. */
export function listed(words: readonly string[]): string {
  return words.length < 2 ? words.join() : `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`;
}
