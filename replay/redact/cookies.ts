/** The pairs of a Cookie header (RFC 6265, section 4.2.1). */

/** Name and value of each; what is no pair is left out. */
export function cookiePairs(header: string): [name: string, value: string][] {
  return header.split(';').flatMap((pair): [string, string][] => {
    const equals = pair.indexOf('=');
    return equals <= 0 ? [] : [[pair.slice(0, equals).trim(), pair.slice(equals + 1).trim()]];
  });
}

/** The values of a header in a list of names and values; the name in lower case. */
export function headerValues(headers: readonly string[], name: string): string[] {
  const values: string[] = [];
  for (let index = 0; index + 1 < headers.length; index += 2) {
    if (headers[index]!.length === name.length && headers[index]!.toLowerCase() === name) {
      values.push(headers[index + 1]!);
    }
  }
  return values;
}
