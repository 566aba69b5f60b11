/** Recording servers of one test, which are closed after it. */
import { afterEach } from 'vitest';
import { type RecordingServer, startRecording } from './recording-server.ts';

let servers: RecordingServer[] = [];

/** To be called once, at the top of a test file: closes what `serve` has started. */
export function closesServers(): void {
  afterEach(closeServers);
}

/** As `startRecording`. */
export async function serve(...args: Parameters<typeof startRecording>): Promise<RecordingServer> {
  const server = await startRecording(...args);
  servers.push(server);
  return server;
}

export async function closeServers(): Promise<void> {
  await Promise.all(servers.map((server) => server.close()));
  servers = [];
}
