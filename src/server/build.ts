/**
 * The service as an Express application, apart from listening: `/v1`, `/healthz`, `/readyz` and the page.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import express, { type Express, type RequestHandler } from 'express';
import type { Logger } from 'pino';
import { PqrError } from '../ecg/errors.js';
import { boundedInFlight, loopbackOnly, securityHeaders } from './guard.js';
import { problemHandler } from './problem.js';
import { apiRoutes } from './routes.js';
import type { EcgService } from './service.js';
import { Uploads } from './uploads.js';

export interface ServerOptions {
  readonly service: EcgService;
  readonly log: Logger;
  /** The built page; without it only the API is served. */
  readonly webFolder?: string;
  readonly now?: () => number;
}

export function buildServer({ service, log, webFolder, now = Date.now }: ServerOptions): Express {
  const app = express();
  app.disable('x-powered-by');
  app.set('query parser', 'simple');
  app.use(securityHeaders(), loopbackOnly(), requestLog(log, now));
  app.get('/healthz', (_request, response) => {
    response.json({ status: 'ok' });
  });
  app.get('/readyz', async (_request, response) => {
    const { ecgCount } = await service.status();
    response.json({ status: 'ready', ecgCount });
  });
  app.use('/v1', boundedInFlight(), noStore, apiRoutes(service, new Uploads(now)));
  if (webFolder && existsSync(join(webFolder, 'index.html'))) app.use(express.static(webFolder));
  app.use((request, _response, next) => {
    next(new PqrError('route.missing', `There is nothing at ${request.method} ${request.path}.`));
  });
  app.use(problemHandler(log));
  return app;
}

/** Answers hold patient data: no cache keeps them unless the route says otherwise. */
const noStore: RequestHandler = (_request, response, next) => {
  response.setHeader('Cache-Control', 'no-store');
  next();
};

/** Method, route, status and time; never the question or what was found. */
function requestLog(log: Logger, now: () => number): RequestHandler {
  return (request, response, next) => {
    const started = now();
    const { method, path } = request;
    response.once('finish', () => {
      log.debug(
        { method, path, status: response.statusCode, milliseconds: now() - started },
        'request',
      );
    });
    next();
  };
}
