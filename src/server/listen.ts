/** Listening and closing: apart from building, so that tests can have the one without the other. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Express } from 'express';
import { PqrError } from '../ecg/errors.js';
import { DEFAULT_LIMITS } from '../ecg/limits.js';
import { checkHost } from './guard.js';

export interface Listening {
  readonly url: string;
  readonly port: number;
  close(): Promise<void>;
}

/**
 * @throws `server.exposed` for a host others can reach, `server.port` where the port is taken or denied
 */
export async function listen(
  app: Express,
  address: { host: string; port: number },
): Promise<Listening> {
  checkHost(address.host);
  const server = createServer({ requestTimeout: DEFAULT_LIMITS.requestSeconds * 1000 }, app);
  await started(server, address);
  const { port } = server.address() as AddressInfo;
  const name = address.host.includes(':') ? `[${address.host}]` : address.host;
  return { url: `http://${name}:${port}`, port, close: () => closed(server) };
}

function started(server: Server, { host, port }: { host: string; port: number }): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => {
      const why = cause.code === 'EADDRINUSE' ? 'is in use' : `cannot be used (${cause.code})`;
      reject(
        new PqrError('server.port', `Port ${port} on ${host} ${why}.`, {
          hint: 'Give another one: PORT=8090 npm start.',
          cause,
        }),
      );
    });
    server.listen(port, host, resolve);
  });
}

function closed(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeIdleConnections();
    setTimeout(() => server.closeAllConnections(), 5000).unref();
  });
}
