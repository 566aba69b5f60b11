/** A thread that sends: takes its order, practises, and plays what it is given. */
import { parentPort } from 'node:worker_threads';
import { loadInterceptors } from './interceptors.ts';
import type { FromShard, ToShard } from './messages.ts';
import { practise } from './practice.ts';
import { Shard } from './shard.ts';

const port = parentPort!;
let shard: Shard | undefined;

port.on('message', (message: ToShard) => {
  switch (message.type) {
    case 'order':
      void prepare(message.order);
      break;
    case 'start':
      void shard!.run(message.startAtMs).then(() => port.close());
      break;
    case 'token':
      shard!.setToken(message.user, message.token);
      break;
    case 'packet':
      shard!.add(message.packet);
      break;
    case 'end':
      shard!.complete();
      break;
    case 'stop':
      shard?.stop();
      break;
    default:
      throw new Error(`unknown message ${message satisfies never}`);
  }
});

async function prepare(order: Extract<ToShard, { type: 'order' }>['order']): Promise<void> {
  const interceptors = await loadInterceptors(order.interceptors);
  await practise(order);
  shard = new Shard(order, { tell, interceptors });
  tell({ type: 'ready' });
}

function tell(message: FromShard): void {
  port.postMessage(message);
}
