import fastify from 'fastify';
import { bareClient, buy, openMarkets } from './bare-client.js';

// The shortest way from an alert to an order: a web server that calls ccxt in its handler and answers then. Nothing is remembered, nothing
// is signed apart, an alert that arrives twice trades twice. A process of its own, as the services are.
//
//   node bare-handler.js <venue's URL> <API key> <API secret>
const [venueUrl = '', apiKey = '', apiSecret = ''] = process.argv.slice(2);
const client = await bareClient(venueUrl, { apiKey, apiSecret }, await openMarkets(venueUrl));
const server = fastify();
server.post('/alert', async () => {
  await buy(client);
  return { success: true };
});
const url = await server.listen({ port: 0, host: '127.0.0.1' });
process.send?.({ url });
process.once('disconnect', () => process.exit(0));
