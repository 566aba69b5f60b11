/**
 * Interceptors of the user's own, as undici has them: a module exports `interceptor`, a function
 * `dispatch → dispatch`. Each sending thread has its own copy. The guard stands behind all of them,
 * at the connector: no interceptor leads elsewhere.
 */
import type { Dispatcher } from 'undici';
import { UsageError } from '../../simulator/model/usage-error.ts';

type Interceptor = Dispatcher.DispatcherComposeInterceptor;

/** Throws a UsageError for a module that cannot be loaded or has no such export. */
export async function loadInterceptors(urls: readonly string[]): Promise<Interceptor[]> {
  return Promise.all(urls.map(loadInterceptor));
}

async function loadInterceptor(url: string): Promise<Interceptor> {
  const module: Readonly<Record<string, unknown>> = await import(url).catch((error: Error) => {
    const [reason] = error.message.split('\n');
    throw new UsageError(`cannot load the interceptor ${url}: ${reason}`);
  });
  const { interceptor } = module as { interceptor?: unknown };
  if (typeof interceptor === 'function') return interceptor as Interceptor;
  throw new UsageError(`${url}: expected an export "interceptor", a function dispatch → dispatch`);
}
