/**
 * A server of its own process that answers as fast as Node.js can: the least that a request costs
 * the other side. Prints its port; on SIGTERM what it has counted.
 */
import { type AddressInfo, createServer } from 'node:net';

const ANSWER = Buffer.from('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok');
const END = Buffer.from('\r\n\r\n');

let connections = 0;
let requests = 0;
const server = createServer({ noDelay: true }, (socket) => {
  connections++;
  socket.on('data', (chunk) => {
    let count = 0;
    for (let at = chunk.indexOf(END); at >= 0; at = chunk.indexOf(END, at + 4)) count++;
    requests += count;
    for (; count > 0; count--) socket.write(ANSWER);
  });
  socket.on('error', () => {});
});
server.listen(0, '127.0.0.1', () => {
  const { port } = server.address() as AddressInfo;
  process.send?.({ port });
});
process.on('SIGTERM', () => {
  process.send?.({ connections, requests }, () => process.exit());
});
process.on('disconnect', () => process.exit());
