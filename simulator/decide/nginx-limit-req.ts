import { z } from 'zod';
import { type Complaint, mismatch } from '../model/problem.ts';
import { expects } from '../model/schema-parts.ts';
import { milliRate, nginxLimitReq } from '../policies/rate-limits/nginx-limit-req.ts';
import { type Door, door } from './door.ts';
import { byKey, key, limitAnswer, nowMs, stateOf, wholeNumber } from './limit-parts.ts';

/** Beyond it, a thousandth of a request is no integer any more. */
const MOST = 1_000_000_000;
const some = expects(z.int().min(1).max(MOST), 'a whole number of requests such as 10');
const yes = expects(z.boolean(), 'true or false');

const settings = z.strictObject({
  rate: expects(z.string().max(20), 'a rate such as "10r/s" or "30r/m"').describe(
    'limit_req_zone: requests a second or a minute',
  ),
  burst: some.describe('limit_req: requests that may exceed the rate; default 0').optional(),
  nodelay: yes.describe('limit_req: those within the burst pass at once').optional(),
  delay: some
    .describe('limit_req: excessive requests that pass at once before others wait; default 0')
    .optional(),
  limit_req_status: expects(z.int().min(400).max(599), 'a status from 400 to 599')
    .describe('HTTP status of what is refused; default 503')
    .optional(),
  limit_req_dry_run: yes.describe('all pass at once, but are counted').optional(),
});

/** `plimsoll decide nginx-limit-req` */
export const nginxLimitReqDoor: Door = door({
  name: 'nginx-limit-req',
  summary: 'whether nginx lets a request pass, delays it or refuses it (limit_req)',
  source: 'nginx ngx_http_limit_req_module.c',
  settings,
  observation: z.strictObject({ nowMs, key }),
  state: byKey(
    z.strictObject({
      excessMilli: wholeNumber.describe('excess in thousandths of a request'),
      lastMs: nowMs.describe('when it was that').optional(),
    }),
  ),
  rules,
  initial: () => ({}),
  decide: (own, { nowMs: now, key: name = '' }, states) => {
    const { burst = 0, limit_req_status: refused = 503, limit_req_dry_run: isDry = false } = own;
    const before = { lastMs: undefined, ...stateOf(states, name, { excessMilli: 0 }) };
    const verdict = nginxLimitReq(parsed(own), { nowMs: now }, before);
    const { excessMilli, lastMs } = verdict.state;
    const state = lastMs === undefined ? { excessMilli } : { excessMilli, lastMs };
    const words = `excess ${(verdict.excessMilli / 1000).toFixed(3)}, burst ${burst}`;
    const answer = limitAnswer({ ...verdict, state }, words, states, name);
    const status = verdict.allowed || isDry ? null : refused;
    if (!isDry) return { ...answer, status };
    return { ...answer, allowed: true, delayMs: 0, status, reason: `dry run: ${answer.reason}` };
  },
  example: {
    settings: { rate: '1r/s', burst: 2, delay: 1 },
    observations: [{ nowMs: 0 }, { nowMs: 0 }, { nowMs: 0 }, { nowMs: 0 }, { nowMs: 1000 }],
  },
});

function parsed({ rate, burst = 0, nodelay = false, delay = 0 }: z.infer<typeof settings>) {
  const ratePerSecondMilli = milliRate(rate)!;
  return { ratePerSecondMilli, burst, delay: nodelay ? Number.POSITIVE_INFINITY : delay };
}

function rules({ rate, nodelay, delay }: z.infer<typeof settings>): readonly Complaint[] {
  const both = nodelay === true && delay !== undefined;
  return [
    ...(milliRate(rate) === undefined
      ? [mismatch(['rate'], 'a rate such as "10r/s" or "30r/m" (nginx: whole numbers)', rate)]
      : []),
    ...(both
      ? [mismatch(['delay'], 'either `nodelay` or `delay`', 'both', { against: [['nodelay']] })]
      : []),
  ];
}
