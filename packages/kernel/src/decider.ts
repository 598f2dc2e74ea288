/** An event as domain code sees it: always the latest version of its schema. */
export type DomainEvent<Type extends string = string, Data = unknown> = {
  readonly type: Type;
  readonly v: number;
  readonly data: Data;
};

/**
 * A domain rule as two pure functions. `decide` answers which facts follow from a command (`[]`: nothing changes, so it is safe to send
 * it twice) and throws an `AppError` for what must never happen; `evolve` copies a fact into the state and never refuses.
 */
export type Decider<State, Command, Event> = {
  readonly initial: State;
  readonly decide: (command: Command, state: State) => readonly Event[];
  readonly evolve: (state: State, event: Event) => State;
};

/** The state after a history. */
export const replay = <State, Event>(
  decider: { readonly initial: State; readonly evolve: (state: State, event: Event) => State },
  history: readonly Event[],
): State => history.reduce(decider.evolve, decider.initial);
