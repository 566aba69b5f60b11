import {
  type Cluster,
  endInterval,
  newOutlierHost,
  noteHealthCheck,
  noteResult,
  noteStatus,
  type OutlierEvent,
  type OutlierHost,
} from '../policies/resilience/outlier-detection.ts';
import { type Door, door } from './door.ts';
import {
  type OutlierAnswer,
  type OutlierMemory,
  type OutlierObservation,
  outlierComplaints,
  outlierDocument,
  outlierObservation,
  outlierState,
  readOutlierDocument,
} from './outlier-shapes.ts';

/** `plimsoll decide outlier-detection` */
export const outlierDetection: Door = door({
  name: 'outlier-detection',
  summary: 'hosts that Envoy takes off the list for bad answers, and those that come back',
  source: 'Envoy: outlier_detection_impl.cc; the page "Outlier detection"',
  settings: outlierDocument,
  observation: outlierObservation,
  state: outlierState,
  rules: outlierComplaints,
  initial: () => ({ hosts: {} }),
  decide: (document, observation, memory) => {
    const { nowMs, uniform = 0.5 } = observation;
    const hosts = membersOf(observation, memory);
    const names = Object.keys(hosts);
    const records = Object.values(hosts);
    const below = (n: number) => Math.floor(uniform * n);
    const settings = readOutlierDocument(document);
    const cluster = { settings, hosts: records, nowMs, below };
    const events = eventsOf(cluster, names, observation);
    const named = events.map(({ host, type, ...event }) => {
      const kind = type === undefined ? {} : { type };
      return { host: names[host]!, ...event, ...kind };
    });
    const isOut = (name: string) => hosts[name]!.ejectedAtMs !== null;
    const reason = named.map((event) => `${event.host}: ${event.reason}`).join('; ');
    return {
      events: named,
      ejected: names.filter(isOut),
      reason: reason === '' ? 'nobody stands out' : reason,
      state: { hosts },
    };
  },
  example: {
    settings: {
      consecutive_5xx: 3,
      base_ejection_time: '30s',
      max_ejection_percent: 50,
    },
    observations: [
      { nowMs: 1000, hosts: ['a', 'b'], results: [{ host: 'a', code: 503, times: 3 }] },
      { nowMs: 10_000, interval: true, results: [{ host: 'b', code: 200, times: 200 }] },
      { nowMs: 40_000, interval: true },
    ],
  },
});

/** Copies of what is remembered, and new records of hosts that are seen for the first time. */
function membersOf(observation: OutlierObservation, memory: OutlierMemory) {
  const answering = (observation.results ?? []).map(({ host }) => host);
  const known = observation.hosts ?? Object.keys(memory.hosts);
  const isClosed = observation.hosts !== undefined;
  const names = new Set(isClosed ? known : [...known, ...answering]);
  const hosts: Record<string, OutlierHost> = {};
  for (const name of names) {
    const { external, local, ...rest } = memory.hosts[name] ?? newOutlierHost();
    hosts[name] = { ...rest, external: { ...external }, local: { ...local } };
  }
  return hosts;
}

/** Answers of hosts that have left the cluster are nobody's. */
function eventsOf(cluster: Cluster, names: readonly string[], observation: OutlierObservation) {
  const { results = [], health_checked: checked = [], interval = false } = observation;
  const events: OutlierEvent[] = [];
  for (const answer of results) {
    const index = names.indexOf(answer.host);
    for (let left = answer.times ?? 1; left > 0 && index >= 0; left--) {
      events.push(...note(cluster, index, answer));
    }
  }
  for (const name of checked) {
    const index = names.indexOf(name);
    if (index >= 0) events.push(...noteHealthCheck(cluster, index));
  }
  return interval ? [...events, ...endInterval(cluster)] : events;
}

/** A status alone is an answer over HTTP, whose connection stood. */
function note(cluster: Cluster, index: number, { code, result }: OutlierAnswer): OutlierEvent[] {
  if (result !== undefined) return noteResult(cluster, index, result, code);
  return code === undefined ? [] : noteStatus(cluster, index, code);
}
