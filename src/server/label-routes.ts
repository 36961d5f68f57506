/** The routes of `/v1/labels`: the labels, and those of the user's own to define and look at. */
import type { RequestHandler, Router } from 'express';
import { abortSignalOf } from './abort.js';
import { addLabelBody, changeLabelBody, labelParams, labelScoresQuery } from './schemas.js';
import type { EcgService } from './service.js';

export function addLabelRoutes(router: Router, service: EcgService, small: RequestHandler): void {
  router.get('/labels', async (_request, response) => {
    response.json({ labels: await service.labels() });
  });

  router.post('/labels', small, async (request, response) => {
    const { key, ...definition } = addLabelBody.parse(request.body);
    const label = await service.addLabel(withoutUndefined(definition), key);
    response.status(label.change === 'added' ? 201 : 200).json(label);
  });

  router.get('/labels/:key', async (request, response) => {
    const { key } = labelParams.parse(request.params);
    response.json(await service.ownLabel(key));
  });

  router.patch('/labels/:key', small, async (request, response) => {
    const { key } = labelParams.parse(request.params);
    const change = changeLabelBody.parse(request.body);
    response.json(await service.changeLabel(key, withoutUndefined(change)));
  });

  router.delete('/labels/:key', async (request, response) => {
    const { key } = labelParams.parse(request.params);
    await service.removeLabel(key);
    response.status(204).end();
  });

  router.get('/labels/:key/scores', async (request, response) => {
    const { key } = labelParams.parse(request.params);
    const { k, prompts } = labelScoresQuery.parse(request.query);
    const signal = abortSignalOf(response);
    response.json(await service.viewLabel(key, { k, prompts, signal }));
  });
}

/** A field that was not given is not there. */
function withoutUndefined<T extends object>(fields: T): WithoutUndefined<T> {
  const given = Object.entries(fields).filter(([, value]) => value !== undefined);
  return Object.fromEntries(given) as WithoutUndefined<T>;
}

type WithoutUndefined<T> = { [Name in keyof T]: Exclude<T[Name], undefined> };
