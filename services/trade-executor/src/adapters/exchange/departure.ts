import type { Permit } from '../../app/ports/permits.js';
import { confirmPermit, currentCall, currentOpenCall, type Call } from './call-context.js';
import { ExchangeError } from './exchange-error.js';

export type Dispatch = (options: { origin?: unknown; headers?: Record<string, string> }, handler: unknown) => boolean;

type Controller = { readonly aborted: boolean };
type Handler = {
  onRequestStart(controller: Controller, ...facts: unknown[]): void;
  onResponseError(controller: Controller, error: unknown): void;
};
type Undici = { readonly DecoratorHandler: new (handler: unknown) => Handler };

/** A connection is made once; what is asked again and again is whether the venue wants to be left alone. */
const mostQuestions = 8;

/** The socket is there, but what other executors were told is not known freshly. */
class NotKnownFreshly extends ExchangeError {
  constructor() {
    super('exchange.withheld', 'whether the exchange wants requests from our address is not known freshly; it was not sent yet');
  }
}

const cannotTell = () =>
  new ExchangeError(
    'exchange.withheld',
    'whether the exchange wants requests from our address now was known too late each time; it was not sent',
  );
const wroteBefore = () =>
  new ExchangeError('exchange.withheld', 'its connection ended while it was sent; the same request is not sent a second time');

/**
 * The last word on one request, said when its socket is there: a connection may take longer to make than the venue, or its own deadline, allow.
 * What is refused then is a request of which no byte was written, and the other way round: from here on, `sent` is true of requests whose
 * bytes are being written, and of no others.
 */
const departureOf = (call: Call | undefined, permit: Permit | undefined) => {
  let [left, questions] = [false, 0];
  if (call?.sent === 'handed_over') call.sent = 'no';
  return {
    /** @throws what keeps it from leaving */
    check: (): void => {
      if (left) throw wroteBefore();
      call?.assertInTime();
      if (permit && !permit.mayLeave()) throw new NotKnownFreshly();
    },
    leave: (): void => {
      left = true;
      if (call) call.sent = 'yes';
      permit?.left();
    },
    /** @throws the venue wants no requests, or it is too late */
    ask: async (): Promise<void> => {
      questions += 1;
      if (questions > mostQuestions) throw cannotTell();
      await confirmPermit(permit);
    },
  };
};
type Departure = ReturnType<typeof departureOf>;

const handlerOf = (undici: unknown) => {
  const { DecoratorHandler } = undici as Undici;
  return class Departing extends DecoratorHandler {
    readonly #departure: Departure;
    readonly #again: (handler: Departing) => void;
    constructor(handler: unknown, departure: Departure, again: (handler: Departing) => void) {
      super(handler);
      this.#departure = departure;
      this.#again = again;
    }
    override onRequestStart(controller: Controller, ...facts: unknown[]): void {
      this.#departure.check();
      super.onRequestStart(controller, ...facts);
      // Whoever waited gave up while the connection was made: it is not written.
      if (!controller.aborted) this.#departure.leave();
    }
    override onResponseError(controller: Controller, error: unknown): void {
      if (!(error instanceof NotKnownFreshly)) return super.onResponseError(controller, error);
      void this.#departure.ask().then(
        () => this.#again(this),
        (why: unknown) => super.onResponseError(controller, why),
      );
    }
  };
};
const handlers = new WeakMap<object, ReturnType<typeof handlerOf>>();

/**
 * A dispatch where each request of ours gets the last word when its socket is there.
 *
 * @param undici ccxt brings its own
 * @param dispatchOf the way that the running request takes
 */
export const departing =
  (undici: unknown, dispatchOf: () => Dispatch): Dispatch =>
  (options, handler) => {
    const [call, open] = [currentCall(), currentOpenCall()];
    if (!call && !open) return dispatchOf()(options, handler);
    const Departing = handlers.get(undici as object) ?? handlerOf(undici);
    handlers.set(undici as object, Departing);
    const departure = departureOf(call, (call ?? open)?.permit);
    const dispatch = dispatchOf();
    return dispatch(options, new Departing(handler, departure, (again) => dispatch(options, again)));
  };
