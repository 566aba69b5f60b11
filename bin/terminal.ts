/** How wide and how colourful the reader's terminal is. */
const NARROWEST = 60;
const WIDEST = 120;
const UNKNOWN = 80;

/** Colour for terminals that want it (no-color.org); the width is 80 where nobody says. */
export function terminal(): { readonly color: boolean; readonly width: number } {
  const { stdout, env } = process;
  const isWanted = (env['NO_COLOR'] ?? '') === '' && env['TERM'] !== 'dumb';
  return {
    color: stdout.isTTY === true && isWanted,
    width: Math.max(NARROWEST, Math.min(WIDEST, stdout.columns ?? UNKNOWN)),
  };
}
