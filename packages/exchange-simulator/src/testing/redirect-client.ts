/** The parts of ccxt's transport, and of the undici it bundles, that its types do not show. */
type Dispatch = (options: { readonly origin: string }, handler: unknown) => boolean;
type Undici = {
  readonly Agent: new (options: unknown) => { readonly compose: (interceptor: (dispatch: Dispatch) => Dispatch) => unknown };
};
type Transport = {
  readonly undiciModule: Undici;
  fetchDispatcher: unknown;
  readonly loadFetchImplementation: () => Promise<unknown>;
  readonly getDispatcherOptions: (proxied: boolean) => unknown;
};

/**
 * Sends everything that an unmodified ccxt client sends to a local server instead. Its production URLs stay, because with a local base
 * URL it picks other exception classes than against the real venue (`exchange-facts.md` 2.2).
 */
export const redirectClient = async <Client extends object>(client: Client, localUrl: string): Promise<Client> => {
  const transport = client as unknown as Transport;
  await transport.loadFetchImplementation();
  const agent = new transport.undiciModule.Agent(transport.getDispatcherOptions(true));
  transport.fetchDispatcher = agent.compose(
    (dispatch) => (request, handler) => dispatch({ ...request, origin: localUrl }, handler),
  );
  return client;
};
