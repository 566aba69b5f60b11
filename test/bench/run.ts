/**
 * `npm run bench`: how many requests a second of CPU time simulates, beside the same systems in
 * plain objects on a heap and in C++, and what a second worker brings. Other flags measure
 * something else instead: `--long` and `--bytes` memory, `--python` libraries of Python, `--captures`
 * and `--logs` how fast captures and access logs are read, `--replay` the replay engine, `--mirror`
 * what a mirror adds to the primary's latency.
 */
import { spawnSync } from 'node:child_process';
import { flushCompileCache } from 'node:module';
import { availableParallelism, cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { accessLogLine, benchAccessLog } from './access-log.ts';
import { benchAgainstCpp } from './against-cpp.ts';
import { benchAgainstPython } from './against-python.ts';
import { benchCaptures } from './captures.ts';
import { benchControlLoops, controlLoopLine } from './control-loops.ts';
import { buildCpp } from './cpp-programs.ts';
import { bytesPerRequest, longRun } from './memory.ts';
import { benchMirror, mirrorTable } from './mirror.ts';
import { benchReplay } from './replay.ts';
import { benchAlone, benchSystem } from './rounds.ts';
import { benchSpeedUp } from './speed-up.ts';
import { cloud, SYSTEMS } from './systems.ts';
import { aloneLine, cppTable, speedUpLine, systemTable } from './tables.ts';

const FULL = { rounds: 5, requests: 5_000_000 };
/** Of the job that is done on one thread and on two. */
const SPEED_UP = { rounds: 3, requests: 10_000_000 };
/** Set in the process that finds the compiled code of the one before. */
const KEPT = 'PLIMSOLL_BENCH_KEPT';
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
    logs: { type: 'boolean' },
    replay: { type: 'boolean' },
    mirror: { type: 'boolean' },
    captures: { type: 'boolean' },
  },
});
const sizes = values.quick ? QUICK : FULL;
if (process.env[KEPT] === undefined) runAgain();
const machine = { node: process.version, cpu: cpus()[0]?.model, cores: availableParallelism() };
if (values.long) await longRun(values.quick ? 1e6 : 1e8);
else if (values.bytes) console.log(bytesPerRequest());
else if (values.logs)
  console.log(accessLogLine(await benchAccessLog(sizes.requests, sizes.rounds)));
else if (values.mirror) console.log(mirrorTable(await benchMirror(values.quick ? 3 : 20)));
else if (values.captures) await benchCaptures(values.quick ? 20 : 300);
else if (values.python) console.log(benchAgainstPython());
else if (values.replay) {
  const sizes = values.quick ? { seconds: 1, most: 40_000 } : { seconds: 10, most: 300_000 };
  console.log(await benchReplay(sizes));
} else await bench(values.cpp === true);

/** @param isCppAlone without the object heap and the second worker */
async function bench(isCppAlone: boolean): Promise<void> {
  const cpp = buildCpp();
  // In this order: the more a process has simulated, the less V8 knows what to make of it.
  const references = typeof cpp === 'string' ? [] : benchAgainstCpp(cpp, sizes);
  const alone = isCppAlone ? [] : benchAlone(cloud(sizes.requests), sizes.rounds);
  const systems = isCppAlone ? [] : SYSTEMS.map((system) => benchSystem(system, sizes));
  const loops = isCppAlone ? undefined : benchControlLoops(sizes.requests, sizes.rounds);
  const job = values.quick ? sizes : SPEED_UP;
  const speedUp = isCppAlone ? undefined : await benchSpeedUp(SYSTEMS[1]!, job, 12);
  const compiler = typeof cpp === 'string' ? cpp : cpp.compiler;
  if (values.json) {
    const all = {
      ...machine,
      compiler,
      ...sizes,
      systems,
      references,
      cloud: alone,
      loops,
      speedUp,
    };
    console.log(JSON.stringify(all, undefined, 2));
    return;
  }
  const { node, cpu, cores } = machine;
  const each = `${sizes.rounds} alternating rounds of ${sizes.requests} requests`;
  console.log(`Node ${node}, ${cpu}, ${cores} cores; ${each}\n`);
  if (systems.length > 0) console.log(`${systemTable(systems)}\n`);
  console.log(compiler);
  if (references.length > 0) console.log(`\n${cppTable(references)}`);
  if (alone.length > 0) console.log(`\n${aloneLine('cloud', alone)}`);
  if (loops !== undefined) console.log(`\n${controlLoopLine(loops)}`);
  if (speedUp !== undefined) console.log(`\n${speedUpLine(speedUp)}`);
}

/**
 * A thread that has stripped TypeScript is slow for its life (see `bin/run.mjs`): what was compiled
 * here is kept, and another process measures.
 */
function runAgain(): never {
  flushCompileCache();
  const [program = '', ...args] = process.argv.slice(1);
  const env = { ...process.env, [KEPT]: '1' };
  const options = { stdio: 'inherit', env } as const;
  const { status } = spawnSync(process.execPath, [...process.execArgv, program, ...args], options);
  process.exit(status ?? 1);
}
