import { isAppError } from '@latchkey/kernel';
import { z } from 'zod';
import type { RawReply, RawRequest } from '../core/raw-http.js';
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

const asSimulatorError = (error: unknown): SimulatorError => {
  if (error instanceof SimulatorError) return error;
  const words = isAppError(error) ? error.message : 'the simulator failed; this is a bug in it';
  return new SimulatorError('internal_error', words, {}, { cause: error });
};

/** The one simulation that is running, and how to start over. */
export type Controlled = { readonly world: () => World; readonly reset: () => void };

/** A request with its JSON and its query read; `name` is the last part of the path, where the route has one. */
type ControlRequest = { readonly name: string; readonly query: Readonly<Record<string, string>>; readonly body: unknown };
type Told = { readonly status: number; readonly body: unknown };
type Handler = (request: ControlRequest) => Told;

const done = (body: unknown): Told => ({ status: 200, body });
const created = (body: unknown): Told => ({ status: 201, body });

const noRoute = (): never => {
  throw new SimulatorError('not_found', 'the control API has no such method and path; its table is in the README');
};

/** The routes, by `METHOD /path`; one that ends in `:name` takes the rest of the path. */
const routesOf = ({ world, reset }: Controlled): ReadonlyMap<string, Handler> => {
  const routes = new Map<string, Handler>();
  const route = (method: string, path: string, handler: Handler): void => {
    routes.set(`${method} ${path}`, handler);
  };

  route('POST', '/accounts', (request) => {
    const { accounts, ids, clock } = world();
    const body = parse(accountBody, request.body);
    const account = accounts.open(accountDraft(body, { uid: ids.nextUid(), createdAtMs: clock.now() }));
    return created({ success: true, account: accountView(account) });
  });

  route('PATCH', '/accounts/:name', (request) => {
    const { accounts } = world();
    const apiKey = request.name;
    const body = parse(accountChangeBody, request.body);
    const account = accounts.change(apiKey, accountChange(body, accounts.find(apiKey)?.exchange ?? 'binance'));
    return done({ success: true, account: accountView(account) });
  });

  route('GET', '/orders', (request) => {
    const { apiKey = '' } = parse(ofAccountQuery, request.query);
    return done(
      world()
        .book.all()
        .filter((order) => apiKey === '' || order.apiKey === apiKey)
        .map(orderView),
    );
  });

  route('GET', '/algo-orders', (request) => {
    const { apiKey = '' } = parse(ofAccountQuery, request.query);
    const orders = world().algoBook.all();
    return done(orders.filter((order) => apiKey === '' || order.apiKey === apiKey).map(algoOrderView));
  });

  route('GET', '/positions', (request) => {
    const { apiKey = '' } = parse(ofAccountQuery, request.query);
    const accounts = world().accounts.all();
    return done(accounts.filter((account) => apiKey === '' || account.apiKey === apiKey).flatMap(positionViews));
  });

  route('PUT', '/markets/:name', (request) => {
    const { price, markPrice } = parse(marketBody, request.body);
    world().prices.set(request.name, price, markPrice);
    return done({ success: true, market: { symbol: request.name, price, markPrice: markPrice ?? price } });
  });

  route('POST', '/faults', (request) => {
    const fault = world().faults.set(faultDraft(parse(faultBody, request.body)));
    return created({ success: true, fault });
  });

  route('DELETE', '/faults', () => done({ success: true, removed: world().faults.clear() }));

  route('PUT', '/fault-plan', (request) =>
    done({ success: true, ...world().faultPlans.set(faultPlan(parse(faultPlanBody, request.body ?? {}))) }),
  );
  route('GET', '/fault-plan', () => done({ success: true, ...world().faultPlans.view() }));
  route('DELETE', '/fault-plan', () => done({ success: true, ...world().faultPlans.end() }));

  route('GET', '/streams', () => {
    const { streams } = world();
    return done({ success: true, settings: streams.settings(), connections: streams.view() });
  });
  route('PUT', '/streams', (request) => {
    const body = parse(streamSettingsBody, request.body);
    const given = Object.fromEntries(Object.entries(body).filter(([, value]) => value !== undefined));
    return done({ success: true, settings: world().streams.set(given) });
  });
  route('DELETE', '/streams', (request) => {
    const { how = 'drop', ...query } = parse(streamEndQuery, request.query);
    const filter = Object.fromEntries(Object.entries(query).filter(([, value]) => value !== undefined));
    return done({ success: true, ended: world().streams.end(filter, how) });
  });

  route('POST', '/reset', () => {
    reset();
    return done({ success: true });
  });

  route('GET', '/stats', () => done(world().stats.view()));

  return routes;
};

const nameOf = (path: string): { readonly route: string; readonly name: string } => {
  const at = path.lastIndexOf('/');
  try {
    return at > 0
      ? { route: `${path.slice(0, at)}/:name`, name: decodeURIComponent(path.slice(at + 1)) }
      : { route: path, name: '' };
  } catch {
    return noRoute();
  }
};

/** DESIGN 11's control API: how a test plays the venue's staff, its market and its bad days. */
export const createControl = (controlled: Controlled): ((raw: RawRequest) => Promise<RawReply>) => {
  const routes = routesOf(controlled);
  const answer = ({ method, path, query, body }: RawRequest): Told => {
    try {
      const { route, name } = nameOf(path);
      const handler = routes.get(`${method} ${route}`) ?? noRoute();
      const json = parseJson(Buffer.from(body, 'latin1').toString());
      return handler({ name, query: Object.fromEntries(new URLSearchParams(query)), body: json });
    } catch (error) {
      const { code, message } = asSimulatorError(error);
      return { status: statuses[code], body: { success: false, error: { code, message } } };
    }
  };
  return (raw) => {
    const { status, body } = answer(raw);
    const headers = { 'content-type': 'application/json; charset=utf-8' };
    return Promise.resolve({ kind: 'answer', status, headers, body: JSON.stringify(body) });
  };
};
