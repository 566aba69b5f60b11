/** `.gor`: what GoReplay records and replays. */

import type { Format } from '../format.ts';
import { headProblem } from '../http-head.ts';
import { firstHeader, readGor } from './read.ts';
import { GorOrder } from './write.ts';

export const GOR: Format = {
  name: 'gor',
  title: 'GoReplay',
  suffixes: ['.gor'],
  recognizes: (head) => typeof firstHeader(head) === 'object',
  read: readGor,
  encoder: () => {
    const order = new GorOrder();
    return {
      add: (request) =>
        headProblem(request) ??
        (request.answer && headProblem(request.answer)) ?? {
          records: order.push(request),
          kept: request,
        },
      rest: () => order.rest(),
    };
  },
};
