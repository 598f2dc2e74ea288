import { isAppError } from '@latchkey/kernel';
import { fastify, type FastifyError, type FastifyInstance } from 'fastify';
import { z } from 'zod';
import { listen, type RunningServer } from '../core/http-edge.js';
import { SimulatorError, type SimulatorErrorCode } from '../core/simulator-error.js';
import type { World } from '../core/world.js';
import { accountChange, accountDraft, accountView, algoOrderView, orderView, positionViews } from './control-requests.js';
import { faultDraft } from './fault-draft.js';
import { faultPlan } from './fault-plan-request.js';
import {
  accountBody,
  accountChangeBody,
  faultBody,
  faultPlanBody,
  marketBody,
  ofAccountQuery,
  streamEndQuery,
  streamSettingsBody,
} from './schemas.js';

const statuses: Readonly<Record<SimulatorErrorCode, number>> = {
  invalid_request: 400,
  not_found: 404,
  account_not_found: 404,
  market_not_found: 404,
  account_exists: 409,
  not_supported: 422,
  invalid_configuration: 500,
  internal_error: 500,
};

/** @throws {SimulatorError} `invalid_request`, naming each wrong field; values are not repeated, one of them may be a secret */
const parse = <Schema extends z.ZodType>(schema: Schema, input: unknown): z.infer<Schema> => {
  const parsed = schema.safeParse(input);
  if (parsed.success) return parsed.data;
  const fields = parsed.error.issues.map(({ path, message }) => `${path.join('.') || 'body'}: ${message}`);
  throw new SimulatorError('invalid_request', `the request is not valid: ${fields.join('; ')}`);
};

const parseJson = (text: string): unknown => {
  if (text.trim() === '') return undefined;
  try {
    return JSON.parse(text);
  } catch {
    throw new SimulatorError('invalid_request', 'the body is not JSON');
  }
};

const asSimulatorError = (error: FastifyError | Error): SimulatorError => {
  if (error instanceof SimulatorError) return error;
  const statusCode = 'statusCode' in error ? error.statusCode : undefined;
  if (statusCode !== undefined && statusCode < 500) return new SimulatorError('invalid_request', error.message);
  return new SimulatorError(
    'internal_error',
    isAppError(error) ? error.message : 'the simulator failed; this is a bug in it',
    {},
    { cause: error },
  );
};

const speakJson = (app: FastifyInstance): void => {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'string' }, (_request, body, done) => done(null, body));
  app.addHook('preValidation', async (request) => {
    if (typeof request.body === 'string') request.body = parseJson(request.body);
  });
  app.setNotFoundHandler(() => {
    throw new SimulatorError('not_found', 'the control API has no such method and path; its table is in the README');
  });
  app.setErrorHandler((error: FastifyError | Error, _request, reply) => {
    const { code, message } = asSimulatorError(error);
    return reply.code(statuses[code]).send({ success: false, error: { code, message } });
  });
};

/** The one simulation that is running, and how to start over. */
export type Controlled = { readonly world: () => World; readonly reset: () => void };

type KeyParams = { Params: { apiKey: string } };
type SymbolParams = { Params: { symbol: string } };

/** DESIGN 11's control API: how a test plays the venue's staff, its market and its bad days. */
export const serveControl = (port: number, { world, reset }: Controlled): Promise<RunningServer> => {
  const app = fastify({ logger: false, forceCloseConnections: true });
  speakJson(app);

  app.post('/accounts', (request, reply) => {
    const { accounts, ids, clock } = world();
    const body = parse(accountBody, request.body);
    const account = accounts.open(accountDraft(body, { uid: ids.nextUid(), createdAtMs: clock.now() }));
    return reply.code(201).send({ success: true, account: accountView(account) });
  });

  app.patch<KeyParams>('/accounts/:apiKey', (request, reply) => {
    const { accounts } = world();
    const { apiKey } = request.params;
    const body = parse(accountChangeBody, request.body);
    const account = accounts.change(apiKey, accountChange(body, accounts.find(apiKey)?.exchange ?? 'binance'));
    return reply.send({ success: true, account: accountView(account) });
  });

  app.get('/orders', (request, reply) => {
    const { apiKey = '' } = parse(ofAccountQuery, request.query);
    return reply.send(
      world()
        .book.all()
        .filter((order) => apiKey === '' || order.apiKey === apiKey)
        .map(orderView),
    );
  });

  app.get('/algo-orders', (request, reply) => {
    const { apiKey = '' } = parse(ofAccountQuery, request.query);
    const orders = world().algoBook.all();
    return reply.send(orders.filter((order) => apiKey === '' || order.apiKey === apiKey).map(algoOrderView));
  });

  app.get('/positions', (request, reply) => {
    const { apiKey = '' } = parse(ofAccountQuery, request.query);
    const accounts = world().accounts.all();
    return reply.send(accounts.filter((account) => apiKey === '' || account.apiKey === apiKey).flatMap(positionViews));
  });

  app.put<SymbolParams>('/markets/:symbol', (request, reply) => {
    const { price, markPrice } = parse(marketBody, request.body);
    world().prices.set(request.params.symbol, price, markPrice);
    return reply.send({ success: true, market: { symbol: request.params.symbol, price, markPrice: markPrice ?? price } });
  });

  app.post('/faults', (request, reply) => {
    const fault = world().faults.set(faultDraft(parse(faultBody, request.body)));
    return reply.code(201).send({ success: true, fault });
  });

  app.delete('/faults', (_request, reply) => reply.send({ success: true, removed: world().faults.clear() }));

  app.put('/fault-plan', (request, reply) =>
    reply.send({ success: true, ...world().faultPlans.set(faultPlan(parse(faultPlanBody, request.body ?? {}))) }),
  );
  app.get('/fault-plan', (_request, reply) => reply.send({ success: true, ...world().faultPlans.view() }));
  app.delete('/fault-plan', (_request, reply) => reply.send({ success: true, ...world().faultPlans.end() }));

  app.get('/streams', (_request, reply) => {
    const { streams } = world();
    return reply.send({ success: true, settings: streams.settings(), connections: streams.view() });
  });
  app.put('/streams', (request, reply) => {
    const body = parse(streamSettingsBody, request.body);
    const given = Object.fromEntries(Object.entries(body).filter(([, value]) => value !== undefined));
    return reply.send({ success: true, settings: world().streams.set(given) });
  });
  app.delete('/streams', (request, reply) => {
    const { how = 'drop', ...query } = parse(streamEndQuery, request.query);
    const filter = Object.fromEntries(Object.entries(query).filter(([, value]) => value !== undefined));
    return reply.send({ success: true, ended: world().streams.end(filter, how) });
  });

  app.post('/reset', (_request, reply) => {
    reset();
    return reply.send({ success: true });
  });

  app.get('/stats', (_request, reply) => reply.send(world().stats.view()));

  return listen(app, port);
};
