/**
 * Which names say that their value is secret or personal: of headers, query and form fields, JSON
 * keys, XML elements. Blind to case and to everything but letters and digits: `Access-Token`,
 * `access_token` and `accessToken` are one name.
 */

/** Anywhere in a name. */
const PARTS: RegExp = new RegExp(
  (
    'token secret passw passphrase passcode apikey accesskey privatekey credential signature ' +
    'authoriz sessionid sessid cookie jwt bearer csrf xsrf creditcard cardn accountn passport ' +
    'socialsecurity email phonenumber birthd oauth samlre googleaccessid'
  ).replaceAll(' ', '|'),
);

/** The whole name, or one part of `user[pin]` and `user.pin`. */
const WHOLE: ReadonlySet<string> = new Set(
  (
    'auth sid session sig pwd pass pin otp totp code key keys assertion codeverifier cvv cvc ' +
    'cvv2 card pan ssn dob phone mobile iban authorization xauth login mail msisdn ' +
    'xforwardeduser pw psw'
  ).split(' '),
);

export interface NameRules {
  /** Beside the usual ones. */
  readonly redact: readonly string[];
  /** Never, whatever they sound like. */
  readonly keep: readonly string[];
}

/**
 * A test of names.
 * `sensitiveNames({ redact: [], keep: [] })('user[passWord]')` is true, of `page` it is false.
 */
export function sensitiveNames({ redact, keep }: NameRules): (name: string) => boolean {
  const more = new Set(redact.map(plain));
  const kept = new Set(keep.map(plain));
  const known = new Map<string, boolean>();
  return (name) => {
    const before = known.get(name);
    if (before !== undefined) return before;
    const answer = judge(name, more, kept);
    // Names come from the traffic: the memory of them is bounded.
    if (known.size < 10_000 && name.length <= 256) known.set(name, answer);
    return answer;
  };
}

function judge(name: string, more: ReadonlySet<string>, kept: ReadonlySet<string>): boolean {
  const whole = plain(name);
  if (kept.has(whole)) return false;
  if (more.has(whole) || PARTS.test(whole) || WHOLE.has(whole)) return true;
  return name.split(/[[\].:$]+/).some((part) => WHOLE.has(plain(part)) || more.has(plain(part)));
}

function plain(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9]/g, '');
}
