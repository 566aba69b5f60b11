/** Payment card numbers by their shape: ISO/IEC 7812-1, with its check digit (Luhn). */
const GROUPS = /\d(?:[ -]?\d){12,511}/g;
const SHORTEST = 13;
const LONGEST = 19;

/**
 * Replaces the card numbers of a text: 13 to 19 digits that begin with 2 to 6 and whose check digit
 * holds, in one piece or in groups with a blank or a hyphen between.
 * `replaceCards('pay 4111 1111 1111 1111 now', () => 'X')` is `pay X now`.
 */
export function replaceCards(text: string, replacement: (digits: string) => string): string {
  return text.replace(GROUPS, (run) => replaceInRun(run, replacement));
}

/** Whether there is one in the text. */
export function hasCard(text: string): boolean {
  let has = false;
  replaceCards(text, (digits) => {
    has = true;
    return digits;
  });
  return has;
}

/** A card may stand beside other numbers: every run of whole groups is looked at. */
function replaceInRun(run: string, replacement: (digits: string) => string): string {
  const parts = run.split(/([ -])/);
  for (let first = 0; first < parts.length; first += 2) {
    let digits = '';
    for (let last = first; last < parts.length && digits.length <= LONGEST; last += 2) {
      digits += parts[last]!;
      if (!isCardNumber(digits)) continue;
      const before = parts.slice(0, first).join('');
      const after = parts.slice(last + 1).join('');
      return before + replacement(digits) + replaceCards(after, replacement);
    }
  }
  return run;
}

/** Whether these digits could be a card's number. */
export function isCardNumber(digits: string): boolean {
  if (digits.length < SHORTEST || digits.length > LONGEST || !/^[2-6]\d+$/.test(digits)) {
    return false;
  }
  let sum = 0;
  for (let index = 0; index < digits.length; index++) {
    const digit = Number(digits[digits.length - 1 - index]);
    const doubled = digit * 2;
    sum += index % 2 === 0 ? digit : doubled > 9 ? doubled - 9 : doubled;
  }
  return sum % 10 === 0;
}
