/** The routes of `/v1`: each checks its request, asks the service, and shapes the answer. */
import express, { type Request, type Response, Router } from 'express';
import { PqrError } from '../ecg/errors.js';
import { DEFAULT_LIMITS } from '../ecg/limits.js';
import { measurementView } from '../signal/measurement-view.js';
import { abortSignalOf } from './abort.js';
import { boundedInFlight } from './guard.js';
import { addLabelRoutes } from './label-routes.js';
import {
  attentionQuery,
  captionQuery,
  classifyBody,
  ecgParams,
  inspectBody,
  plotQuery,
  reportBody,
  searchQuery,
} from './schemas.js';
import type { EcgService, PlotCall, Subject } from './service.js';
import type { Uploads } from './uploads.js';

const SMALL_BODY_BYTES = 256 * 1024;
/** Base64 is four thirds of the bytes, plus names and JSON. */
const UPLOAD_BODY_BYTES = Math.ceil((DEFAULT_LIMITS.uploadBytes * 4) / 3) + 64 * 1024;
/** Each is held in memory several times over while it is read. */
const CONCURRENT_UPLOAD_COUNT = 4;
/** A decoder says a window word by word. */
const CAPTIONED_WINDOW_COUNT = 8;

export function apiRoutes(service: EcgService, uploads: Uploads): Router {
  const router = Router();
  const small = express.json({ limit: SMALL_BODY_BYTES });
  const large = express.json({ limit: UPLOAD_BODY_BYTES });
  const subject = (id: string) => subjectOf(uploads, id);

  router.get('/archive', async (_request, response) => {
    const { ecgCount, model, levels } = await service.status();
    const { features, lacking, attribution } = service;
    response.json({ ecgCount, model: { ...model, features, lacking }, levels, attribution });
  });

  router.get('/search', async (request, response) => {
    const { q, like, beat, k, level, where, acceptableOnly } = searchQuery.parse(request.query);
    const result = await service.search({
      k,
      level,
      ...(q !== undefined && { text: q }),
      ...(like !== undefined && { like: subject(like) }),
      ...(beat !== undefined && { beatIndex: beat }),
      ...(where && { where }),
      ...(acceptableOnly && { acceptableOnly }),
      signal: abortSignalOf(response),
    });
    response.json(result);
  });

  router.get('/ecgs/:id', (request, response) => {
    const { id } = ecgParams.parse(request.params);
    response.json(ecgAnswer(service, id, subject(id)));
  });

  router.get('/ecgs/:id/measurements', async (request, response) => {
    const { id } = ecgParams.parse(request.params);
    response.json({ ecgId: id, ...measurementView(await service.measurements(subject(id))) });
  });

  router.get('/ecgs/:id/attention', async (request, response) => {
    const { id } = ecgParams.parse(request.params);
    const { start, seconds } = attentionQuery.parse(request.query);
    const end = start + (seconds ?? Number.POSITIVE_INFINITY);
    const windows = (await service.attention(subject(id))).filter(
      ({ startSeconds, endSeconds }) => startSeconds < end && endSeconds > start,
    );
    response.json({ ecgId: id, model: await modelName(service), windows });
  });

  router.get('/ecgs/:id/caption', async (request, response) => {
    const { id } = ecgParams.parse(request.params);
    const { text, beam, window } = captionQuery.parse(request.query);
    const answer = await service.caption(subject(id), {
      beamWidth: beam,
      firstWindow: window,
      windowCount: CAPTIONED_WINDOW_COUNT,
      ...(text !== undefined && { text }),
      signal: abortSignalOf(response),
    });
    response.json({ ecgId: id, model: await modelName(service), ...answer });
  });

  router.get('/ecgs/:id/plot.svg', async (request, response) => {
    const { id, call } = plotCall(request);
    const svg = await service.plotSvg(subject(id), call);
    plotHeaders(response, id, call).type('image/svg+xml').send(svg);
  });

  router.get('/ecgs/:id/plot.png', async (request, response) => {
    const { id, call } = plotCall(request);
    const png = await service.plotPng(subject(id), call);
    plotHeaders(response, id, call).type('image/png').send(Buffer.from(png));
  });

  addLabelRoutes(router, service, small);

  router.post('/classify', small, async (request, response) => {
    const { ecgId, labels, prompts } = classifyBody.parse(request.body);
    const signal = abortSignalOf(response);
    response.json({ labels: await service.classify(subject(ecgId), { labels, prompts, signal }) });
  });

  router.post('/reports', small, async (request, response) => {
    const { ecgId, format } = reportBody.parse(request.body);
    const report = await service.report(subject(ecgId), {
      format,
      signal: abortSignalOf(response),
    });
    if (format === 'text') response.type('text/plain').send(report);
    else if (format === 'fhir') response.type('application/fhir+json').send(JSON.stringify(report));
    else response.json(report);
  });

  const fewUploads = boundedInFlight(CONCURRENT_UPLOAD_COUNT);
  router.post('/ecgs/inspect', fewUploads, large, async (request, response) => {
    const { files, samplingRateHz, leads, unit, deidentify, repairLeads } = inspectBody.parse(
      request.body,
    );
    const record = await service.inspectFiles(decodeFiles(files), {
      ...(samplingRateHz !== undefined && { samplingRateHz }),
      ...(leads && { leads }),
      ...(unit && { unit }),
      ...(deidentify && { deidentify: service.deidentification() }),
      repairLeads,
      signal: abortSignalOf(response),
    });
    const uploadId = uploads.add(record);
    response.status(201).json({ uploadId, ...ecgAnswer(service, uploadId, record) });
  });

  return router;
}

function subjectOf(uploads: Uploads, id: string): Subject {
  if (!id.startsWith('upload:')) return id;
  const record = uploads.get(id);
  if (record) return record;
  throw new PqrError('ecg.missing', 'This upload is no longer kept.', {
    hint: 'Uploads are kept for an hour: send the file again.',
  });
}

async function modelName(service: EcgService): Promise<{ name: string; version: string }> {
  const { name, version } = (await service.status()).model;
  return { name, version };
}

/** A stored recording says where it was indexed from; an upload is only what its file says. */
function ecgAnswer(service: EcgService, id: string, subject: Subject): Record<string, unknown> {
  const description = service.describe(subject);
  if (typeof subject !== 'string') return { ecgId: id, record: null, paths: [], ...description };
  const { record, paths } = service.stored(subject);
  return { ecgId: id, record, paths, ...description };
}

function plotCall(request: Request) {
  const { id } = ecgParams.parse(request.params);
  const query = plotQuery.parse(request.query);
  const call = {
    layout: query.layout,
    startSeconds: query.start,
    seconds: query.seconds,
    speedMmPerSecond: query.speed,
    gainMmPerMillivolt: query.gain,
    highlights: query.highlight ?? [],
    attention: query.attention,
    fiducials: query.fiducials,
  };
  return { id, call };
}

/**
 * The samples of an id never change, so a plot of them never does, but where the model looked is another
 * thing after another model has come, and so are the boundaries of waves. Uploads are not cached.
 */
function plotHeaders(response: Response, id: string, { attention, fiducials }: PlotCall): Response {
  const kept = !attention && !fiducials && !id.startsWith('upload:');
  const cached = kept ? 'private, max-age=3600' : 'no-store';
  return response.setHeader('Cache-Control', cached);
}

function decodeFiles(files: readonly { name: string; base64: string }[]): Map<string, Uint8Array> {
  const decoded = new Map<string, Uint8Array>();
  let bytes = 0;
  for (const { name, base64 } of files) {
    if (/[\\/]/.test(name)) {
      throw new PqrError(
        'request.invalid',
        `File name '${name}' has a folder in it; plain names are needed.`,
      );
    }
    if (decoded.has(name)) {
      throw new PqrError('request.invalid', `The upload has two files named '${name}'.`);
    }
    const content = Buffer.from(base64, 'base64');
    bytes += content.byteLength;
    decoded.set(name, content);
  }
  if (bytes > DEFAULT_LIMITS.uploadBytes) {
    throw new PqrError(
      'limit.exceeded',
      `The upload has ${bytes} bytes; at most ${DEFAULT_LIMITS.uploadBytes} are taken.`,
    );
  }
  return decoded;
}
