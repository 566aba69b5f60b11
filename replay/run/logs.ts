/** The raw logs of a run: a line a request, for programs and for vegeta. */
import { LogFile } from '../log-file.ts';
import type { ReplayOptions } from './options.ts';

const MOST_PENDING = 64 * 1024 * 1024;
/** A log says what was asked for: nobody else's business. */
const MODE = 0o600;
const LOOK_MS = 100;

/** The two raw logs, or those of them that are wanted. */
export class Logs {
  private readonly ndjson: LogFile | undefined;
  private readonly csv: LogFile | undefined;

  static async open({ ndjson, csv }: ReplayOptions): Promise<Logs> {
    const file = (path: string | undefined) =>
      path === undefined ? undefined : LogFile.open(path, MODE);
    return new Logs(await file(ndjson), await file(csv));
  }

  private constructor(ndjson: LogFile | undefined, csv: LogFile | undefined) {
    this.ndjson = ndjson;
    this.csv = csv;
  }

  get hasFailed(): boolean {
    return this.ndjson?.failure !== undefined || this.csv?.failure !== undefined;
  }

  write(ndjson: string, csv: string): void {
    if (ndjson !== '') this.ndjson?.write(ndjson);
    if (csv !== '') this.csv?.write(csv);
  }

  /** Resolves when the disk has kept up; what waits for it is in memory. */
  async room(): Promise<void> {
    while ((this.ndjson?.pending ?? 0) + (this.csv?.pending ?? 0) > MOST_PENDING) {
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    }
  }

  async close(): Promise<void> {
    await this.ndjson?.close();
    await this.csv?.close();
  }
}
