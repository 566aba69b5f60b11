/**
 * The user's own mistake: its message is one clear line (or one per problem), the exit code is 2.
 */
export class UsageError extends Error {
  override readonly name: string = 'UsageError';
}
