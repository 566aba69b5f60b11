/**
 * `npm run bench`: how many requests a second of CPU time simulates, beside the same systems in
 * plain objects on a heap and in C++, and what a second worker brings. Other flags measure
 * something else instead: `--long` and `--bytes` memory, `--python` libraries of Python.
 */
import { availableParallelism, cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { benchAgainstCpp } from './against-cpp.ts';
import { benchAgainstPython } from './against-python.ts';
import { buildCpp } from './cpp-programs.ts';
import { bytesPerRequest, longRun } from './memory.ts';
import { benchSystem } from './rounds.ts';
import { benchSpeedUp } from './speed-up.ts';
import { SYSTEMS } from './systems.ts';
import { cppTable, speedUpLine, systemTable } from './tables.ts';

const FULL = { rounds: 5, requests: 1_500_000 };
/** Says that it works, not how fast it is. */
const QUICK = { rounds: 5, requests: 60_000 };

const { values } = parseArgs({
  options: {
    json: { type: 'boolean' },
    quick: { type: 'boolean' },
    cpp: { type: 'boolean' },
    python: { type: 'boolean' },
    long: { type: 'boolean' },
    bytes: { type: 'boolean' },
  },
});
const sizes = values.quick ? QUICK : FULL;
const machine = { node: process.version, cpu: cpus()[0]?.model, cores: availableParallelism() };
if (values.long) await longRun(values.quick ? 1e6 : 1e8);
else if (values.bytes) console.log(bytesPerRequest());
else if (values.python) console.log(benchAgainstPython());
else await bench(values.cpp === true);

/** @param isCppAlone without the object heap and the second worker */
async function bench(isCppAlone: boolean): Promise<void> {
  const cpp = buildCpp();
  const systems = isCppAlone ? [] : SYSTEMS.map((system) => benchSystem(system, sizes));
  const references = typeof cpp === 'string' ? [] : benchAgainstCpp(cpp, sizes);
  const replications = values.quick ? 2 : 10;
  const speedUp = isCppAlone ? undefined : await benchSpeedUp(SYSTEMS[1]!, sizes, replications);
  const compiler = typeof cpp === 'string' ? cpp : cpp.compiler;
  if (values.json) {
    const all = { ...machine, compiler, ...sizes, systems, references, speedUp };
    console.log(JSON.stringify(all, undefined, 2));
    return;
  }
  const { node, cpu, cores } = machine;
  const each = `${sizes.rounds} alternating rounds of ${sizes.requests} requests`;
  console.log(`Node ${node}, ${cpu}, ${cores} cores; ${each}\n`);
  if (systems.length > 0) console.log(`${systemTable(systems)}\n`);
  console.log(compiler);
  if (references.length > 0) console.log(`\n${cppTable(references)}`);
  if (speedUp !== undefined) console.log(`\n${speedUpLine(speedUp)}`);
}
