/**
 * What every request passes first: security headers, the Host check, a bound on requests in flight.
 */
import type { RequestHandler } from 'express';
import helmet from 'helmet';
import { PqrError } from '../ecg/errors.js';
import { DEFAULT_LIMITS } from '../ecg/limits.js';

const LOOPBACK_NAMES = new Set(['localhost', '127.0.0.1', '[::1]', '::1']);

/** True for a host that only this machine can reach. */
export function isLoopback(host: string): boolean {
  return LOOPBACK_NAMES.has(host.toLowerCase()) || /^127(?:\.\d{1,3}){3}$/.test(host);
}

/**
 * @throws `server.exposed` for a host that others can reach: there are no keys yet to keep them out
 */
export function checkHost(host: string): void {
  if (isLoopback(host)) return;
  throw new PqrError(
    'server.exposed',
    `The service would listen on ${host}, where others can reach it without a key.`,
    {
      hint: 'Listen on 127.0.0.1 and put a reverse proxy with authentication before it.',
    },
  );
}

export function securityHeaders(): RequestHandler {
  return helmet({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'self'"],
        imgSrc: ["'self'", 'data:', 'blob:'],
        styleSrc: ["'self'", "'unsafe-inline'"],
        objectSrc: ["'none'"],
        baseUri: ["'none'"],
        formAction: ["'self'"],
        frameAncestors: ["'none'"],
      },
    },
    strictTransportSecurity: false,
    referrerPolicy: { policy: 'no-referrer' },
  });
}

/**
 * Refuses requests whose Host header is no name of this machine: a page from elsewhere could otherwise
 * reach the service by rebinding its own name to 127.0.0.1. A proxy must pass a loopback Host.
 */
export function loopbackOnly(): RequestHandler {
  return (request, _response, next) => {
    const name = (request.headers.host ?? '').replace(/:\d+$/, '');
    if (isLoopback(name)) next();
    else next(new PqrError('request.invalid', 'The Host header does not name this machine.'));
  };
}

/** At most `queueLength` requests at once; one more is told to come back. */
export function boundedInFlight(limit: number = DEFAULT_LIMITS.queueLength): RequestHandler {
  let inFlight = 0;
  return (_request, response, next) => {
    if (inFlight >= limit) {
      next(
        new PqrError('queue.full', `${limit} requests are waiting already.`, {
          hint: 'Try again in a moment.',
        }),
      );
      return;
    }
    inFlight += 1;
    response.once('close', () => {
      inFlight -= 1;
    });
    next();
  };
}
