import type { FastifyInstance } from 'fastify';

/** Which methods an address takes, so that a wrong one can be answered with 405 and not with "there is nothing here". */
export type KnownRoutes = { readonly methodsFor: (url: string) => readonly string[] };

export const watchRoutes = (server: FastifyInstance): KnownRoutes => {
  const known: { readonly pattern: RegExp; readonly methods: readonly string[] }[] = [];
  server.addHook('onRoute', ({ url, method }) => {
    if (url.includes('*')) return; // static files and middleware, which answer for themselves
    const pattern = new RegExp(`^${url.replaceAll(/[.+?^${}()|[\]\\]/g, String.raw`\$&`).replaceAll(/:\w+/g, '[^/]+')}/?$`);
    known.push({ pattern, methods: [method].flat() });
  });
  return {
    methodsFor: (url) => {
      const path = url.split('?')[0] ?? '';
      return [...new Set(known.filter(({ pattern }) => pattern.test(path)).flatMap(({ methods }) => methods))];
    },
  };
};
