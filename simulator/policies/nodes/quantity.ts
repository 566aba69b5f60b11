/** Quantities as Kubernetes writes them. Source: Kubernetes API reference, "Quantity". */

const BINARY = ['Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei'];
const DECIMAL = ['k', 'M', 'G', 'T', 'P', 'E'];
const PATTERN = /^(\d{1,15}(?:\.\d{1,9})?)(n|u|m|k|M|G|T|P|E|Ki|Mi|Gi|Ti|Pi|Ei)?$/;

/**
 * Value of a quantity; undefined where the text is none, or above 2^53.
 * Example: `1.5` is 1.5, `500m` 0.5, `2Gi` 2147483648.
 */
export function parseQuantity(text: string): number | undefined {
  const match = PATTERN.exec(text);
  if (match === null) return undefined;
  const value = scaled(Number(match[1]), match[2] ?? '');
  return value <= Number.MAX_SAFE_INTEGER ? value : undefined;
}

function scaled(number: number, suffix: string): number {
  const binary = BINARY.indexOf(suffix);
  if (binary >= 0) return number * power(1024, binary + 1);
  const decimal = DECIMAL.indexOf(suffix);
  if (decimal >= 0) return number * power(1000, decimal + 1);
  const small = ['m', 'u', 'n'].indexOf(suffix);
  // A power of ten divides to the nearest double; multiplying by 0.001 would not.
  return small >= 0 ? number / power(1000, small + 1) : number;
}

function power(base: number, times: number): number {
  let product = 1;
  for (let time = 0; time < times; time++) product *= base;
  return product;
}

/**
 * Amount of a resource in the unit of `Resources`, rounded up: CPU in thousandths of a core.
 * Example: cpu `1.5` → 1500; memory `1Mi` → 1048576; undefined for what is no quantity.
 */
export function resourceAmount(name: string, quantity: string | number): number | undefined {
  const value = parseQuantity(String(quantity));
  if (value === undefined) return undefined;
  return Math.ceil(name === 'cpu' ? Math.round(value * 1e6) / 1000 : value);
}
