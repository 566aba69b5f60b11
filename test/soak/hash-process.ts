/** A process of its own, `hash-process.ts <seeds> <replications>`: prints what it computes. */
import { hashesOf, subjects } from './hashes.ts';

const [seeds = 1, replications = 1] = process.argv.slice(2).map(Number);
const hashes = await hashesOf(subjects(), { seeds, replications });
const { timeZone, locale } = Intl.DateTimeFormat().resolvedOptions();
const where = `Node ${process.versions.node}, ${timeZone}, ${locale}`;
console.log(JSON.stringify({ ...hashes, where }));
