/** Formats of text in the registry of all formats: one file at a time, read only. */
import { UsageError } from '../../simulator/model/usage-error.ts';
import type { Format } from './format.ts';
import type { TextFormat } from './text/text-format.ts';
import { fileInput } from './text/until-cut.ts';

/** A format of text as `inspect`, `convert` and `replay` take it. */
export function ofText({ name, suffixes, looksLike, read }: TextFormat): Format {
  return {
    name,
    title: name,
    suffixes,
    recognizes: looksLike,
    read: (paths, { logFormat, fields }) => {
      const [path, second] = paths;
      if (path === undefined || second !== undefined) {
        throw new UsageError(`${name}: expected one file, found ${paths.length}`);
      }
      return read(fileInput(path), { ...(logFormat && { logFormat }), ...(fields && { fields }) });
    },
    encoder: undefined,
  };
}
