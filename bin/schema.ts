/** `plimsoll schema`: the model file's JSON Schema, for editors. */
import type { Command } from 'commander';
import { modelJsonSchema } from '../simulator/model/schema.ts';

const HELP = `
An editor with a YAML language server completes and checks a model that begins with
  # yaml-language-server: $schema=<path of the schema>

Examples:
  plimsoll schema
  plimsoll schema > model.schema.json`;

/** Registers the command. */
export function schemaCommand(program: Command): void {
  program
    .command('schema')
    .description('print the JSON Schema of model files')
    .addHelpText('after', HELP)
    .action(() => {
      process.stdout.write(schemaText());
    });
}

/** The schema as it stands in `fixtures/model.schema.json`. */
export function schemaText(): string {
  return `${JSON.stringify(modelJsonSchema(), null, 2)}\n`;
}
