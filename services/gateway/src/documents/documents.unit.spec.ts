import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { repositoryRoot } from '@latchkey/testkit';
import { describe, expect, it } from 'vitest';
import { errorCatalogue } from '../error-catalogue.js';
import { errorsMarkdown } from './errors-markdown.js';
import { openApiText } from './openapi-text.js';

const doc = (name: string) => readFileSync(join(repositoryRoot, 'docs', name), 'utf8');
const regenerate = 'run node services/gateway/dist/generate-documents.js';

describe('docs/errors.md', () => {
  it.each(Object.keys(errorCatalogue))('explains %s', (code) => {
    expect(doc('errors.md')).toContain(`| \`${code}\` |`);
  });

  it('is what the catalogues say', () => {
    expect(doc('errors.md'), regenerate).toBe(errorsMarkdown());
  });
});

describe('docs/openapi.json', () => {
  it('is what the routes say', async () => {
    expect(doc('openapi.json'), regenerate).toBe(await openApiText());
  });

  it('names every path of the product so far, and says what each needs', async () => {
    const { paths, components } = JSON.parse(await openApiText());
    expect(Object.keys(paths).toSorted()).toEqual(
      [
        '/.well-known/jwks.json',
        '/api/audit',
        '/api/egress-addresses',
        '/api/paper-accounts/{exchange}',
        '/api/performance',
        '/api/positions',
        '/api/signals/{id}',
        '/api/strategies',
        '/api/strategies/{id}',
        '/api/strategies/{id}/alerts',
        '/api/strategies/{id}/follow',
        '/api/strategies/{id}/preview',
        '/api/strategies/{id}/rotate-token',
        '/api/trades',
        '/api/trades/{id}',
        '/api/trading/halt',
        '/api/trading/resume',
        '/api/risk-limits',
        '/api/user-api-keys/all/status',
        '/api/user-api-keys/sealing-key',
        '/api/user-api-keys/trading-mode',
        '/api/user-api-keys/{exchange}',
        '/api/user-api-keys/{exchange}/activate',
        '/api/user-api-keys/{exchange}/generate',
        '/api/user-api-keys/{exchange}/history',
        '/api/user-api-keys/{exchange}/status',
        '/api/user-api-keys/{exchange}/verify',
        '/api/webhooks/tradingview/{token}',
        '/health/live',
        '/health/ready',
      ].toSorted(),
    );
    expect(components.schemas).toHaveProperty('Error');
    expect(paths['/api/user-api-keys/{exchange}'].post.requestBody.content['application/json'].schema.properties).toHaveProperty(
      'sealedSecret',
    );
    expect(paths['/api/user-api-keys/sealing-key'].get.security ?? []).toEqual([]);
  });
});
