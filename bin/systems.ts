/**
 * Models by name or path, with what is laid over them. The order is fixed: the model, then overlays
 * as given, then the what-if, then settings; each can change what came before it.
 */
import { readdirSync, statSync } from 'node:fs';
import { basename, dirname, isAbsolute, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Command, Option } from 'commander';
import { parseArrivals } from '../replay/workload/arrivals-file.ts';
import { modelDigest } from '../simulator/model/digest.ts';
import type { Model } from '../simulator/model/model.ts';
import { parseModel } from '../simulator/model/parse.ts';
import { formatProblem, type Problem, quoted, suggestion } from '../simulator/model/problem.ts';
import type { RecordedArrivals } from '../simulator/model/replayed.ts';
import { isProblem, type ModelSource, sourceFromSetting } from '../simulator/model/source.ts';
import { UsageError } from '../simulator/model/usage-error.ts';
import { MOST_DATA_BYTES, readText, shown } from './files.ts';

const SYSTEMS: string = fileURLToPath(new URL('../fixtures/systems', import.meta.url));
const MODEL_FILE = 'model.yaml';
const MOST_BYTES = 1024 * 1024;

export interface ModelRequest {
  /** Name of a folder in fixtures/systems, or path of a model file or of a folder with one. */
  readonly system: string;
  /** Names of files beside the model (`staging`), or paths; later over earlier. */
  readonly overlays?: readonly string[];
  /** Name of a file in `what-ifs/` beside the model. */
  readonly whatIf?: string | undefined;
  /** `path=value` each, such as `traffic.learners.rate=300/s`. */
  readonly settings?: readonly string[];
}

export interface LoadedModel {
  readonly model: Model;
  readonly digest: string;
  /** Files that were read, the model first, as a user would name them. */
  readonly files: readonly string[];
  /** The what-if's question in plain words: its first comment line. */
  readonly question: string | undefined;
}

/** A model that is none: the message is every problem, each with its place. */
export class ModelError extends UsageError {
  override readonly name = 'ModelError';
  readonly problems: readonly Problem[];
  constructor(problems: readonly Problem[]) {
    const count = problems.length === 1 ? '1 problem' : `${problems.length} problems`;
    super(`${count} in the model\n\n${problems.map(formatProblem).join('\n\n')}`);
    this.problems = problems;
  }
}

/**
 * Reads and parses a model. Throws a UsageError for a name or file that is not there, a ModelError
 * for a model with problems.
 */
export function loadModel(request: ModelRequest): LoadedModel {
  const main = modelPath(request.system);
  const folder = dirname(main);
  const overlays = (request.overlays ?? []).map((name) => overlayPath(name, folder));
  const whatIf = request.whatIf === undefined ? [] : [whatIfPath(request.whatIf, folder)];
  const sources = [main, ...overlays, ...whatIf].map(readSource);
  const settings = (request.settings ?? []).map(sourceFromSetting);
  const misshapen = settings.filter(isProblem);
  const sound = settings.flatMap((setting) => (isProblem(setting) ? [] : [setting]));
  const { model, problems = [] } = parseModel([...sources, ...sound], readArrivals);
  if (model === undefined || misshapen.length > 0)
    throw new ModelError([...problems, ...misshapen]);
  const question = whatIf.length > 0 ? questionOf(sources.at(-1)!.text) : undefined;
  const files = sources.map(({ file }) => file);
  return { model, digest: modelDigest(model), files, question };
}

/** Names of the systems that come along. */
export function systemNames(): string[] {
  return namesIn(SYSTEMS, (name) => isFile(join(SYSTEMS, name, MODEL_FILE)));
}

/** What-ifs of a system, with their questions; none where it has no such folder. */
export function whatIfsOf(system: string): { readonly name: string; readonly question: string }[] {
  const folder = join(dirname(modelPath(system)), 'what-ifs');
  return yamlNames(folder).map((name) => {
    const { text } = readSource(join(folder, `${name}.yaml`));
    return { name, question: questionOf(text) ?? '' };
  });
}

function questionOf(text: string): string | undefined {
  return /^# *(\S.*?) *\r?$/m.exec(text)?.[1];
}

function modelPath(system: string): string {
  if (!isPath(system)) {
    const path = join(SYSTEMS, system, MODEL_FILE);
    if (isName(system) && isFile(path)) return path;
    throw notThere('system', system, systemNames(), 'a path ends in .yaml or has a slash');
  }
  const path = isFile(join(system, MODEL_FILE)) ? join(system, MODEL_FILE) : system;
  if (!isFile(path)) throw new UsageError(`no model file at ${path}`);
  return path;
}

function overlayPath(name: string, folder: string): string {
  if (isPath(name)) return name;
  const path = join(folder, `${name}.yaml`);
  if (isName(name) && isFile(path)) return path;
  const known = yamlNames(folder).filter((other) => `${other}.yaml` !== MODEL_FILE);
  throw notThere('overlay', name, known, 'a path ends in .yaml or has a slash');
}

/** Whether a file of that name lies beside a system's model. */
export function hasOverlay(system: string, name: string): boolean {
  return isFile(join(dirname(modelPath(system)), `${name}.yaml`));
}

function whatIfPath(name: string, modelFolder: string): string {
  const folder = join(modelFolder, 'what-ifs');
  const path = join(folder, `${name}.yaml`);
  if (isName(name) && isFile(path)) return path;
  throw notThere('what-if', name, yamlNames(folder), `they are in ${shown(folder)}`);
}

function notThere(what: string, name: string, known: readonly string[], note: string): UsageError {
  const hint = suggestion(name, known);
  const all = known.length > 0 ? `known: ${known.join(', ')}` : 'there is none';
  const list = hint.includes('did you mean') ? `${hint}; ${all}` : `; ${all}`;
  return new UsageError(`unknown ${what} ${quoted(name)}${list} (${note})`);
}

function isPath(text: string): boolean {
  return /[/\\]|\.ya?ml$/.test(text) || text === '.' || text === '..';
}

/** A name never leads out of its folder. */
function isName(text: string): boolean {
  return /^[a-z0-9][a-z0-9-]*$/.test(text);
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;
}

function namesIn(folder: string, keep: (name: string) => boolean): string[] {
  const isThere = statSync(folder, { throwIfNoEntry: false })?.isDirectory() ?? false;
  return isThere ? readdirSync(folder).filter(keep).sort() : [];
}

function yamlNames(folder: string): string[] {
  return namesIn(folder, (name) => name.endsWith('.yaml')).map((name) => basename(name, '.yaml'));
}

function readSource(path: string): ModelSource {
  return { file: shown(path), text: readText(path, 'a model', MOST_BYTES) };
}

/** The path is relative to the file that names it; in a setting, to where the command runs. */
function readArrivals(file: string, source: string): RecordedArrivals {
  const path = isAbsolute(file) || source === '--set' ? file : join(dirname(source), file);
  return parseArrivals(shown(path), readText(path, 'a file of arrivals', MOST_DATA_BYTES));
}

/** What `addModelOptions` makes commander collect. */
export interface ModelOptions {
  readonly whatIf?: string;
  readonly overlay?: readonly string[];
  readonly set?: readonly string[];
}

/** Adds `--what-if`, `--overlay` and `--set`, the same for every command that takes a model. */
export function addModelOptions(command: Command): Command {
  const collect = (value: string, before: readonly string[] = []) => [...before, value];
  const repeated = (flags: string, description: string) =>
    new Option(flags, description).argParser(collect);
  return command
    .option('--what-if <question>', 'lay what-ifs/<question>.yaml over the model')
    .addOption(
      repeated('--overlay <file>', 'lay a file (or a name beside the model) over it; repeatable'),
    )
    .addOption(repeated('--set <path=value>', 'change one value, null takes it away; repeatable'));
}

/** Loads what a command's argument and options ask for. */
export function loadRequested(system: string, options: ModelOptions): LoadedModel {
  const { whatIf, overlay, set } = options;
  return loadModel({ system, whatIf, overlays: overlay ?? [], settings: set ?? [] });
}
