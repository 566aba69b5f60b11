import { expect } from 'vitest';

/**
 * The value is the table's, to every digit that the table prints.
 *
 * @param printed as it stands in the table: its last digit may be rounded
 */
export function expectDigits(value: number, printed: string): void {
  const [mantissa, exponent = '0'] = printed.split('e');
  const decimals = (mantissa!.split('.')[1] ?? '').length;
  const lastDigit = Number(`1e${Number(exponent) - decimals}`);
  expect(Math.abs(value - Number(printed)), `${value} is not ${printed}`).toBeLessThan(
    0.5001 * lastDigit + 1e-14 * Math.abs(value),
  );
}
