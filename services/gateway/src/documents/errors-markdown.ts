import { errorCatalogues, type CatalogueRow } from '../error-catalogue.js';

const cell = (text: string): string => text.replaceAll('|', String.raw`\|`);

const section = ([owner, rows]: readonly [string, Readonly<Record<string, CatalogueRow>>]): string =>
  [
    `## ${owner}`,
    '',
    '| code | status | what to do |',
    '| --- | --- | --- |',
    ...Object.entries(rows).map(([code, { status, remedy }]) => `| \`${code}\` | ${status} | ${cell(remedy)} |`),
  ].join('\n');

const intro = `# Errors

Every refusal of the REST API and of webhooks is \`{"success": false, "error": {"code", "message", "details?"}}\`. Branch on \`code\`: it is
stable. The message says what to do in this case, and may change. What another service refused carries that service's code.

Written from the catalogues in \`packages/contracts/src/errors/\` by \`node services/gateway/dist/generate-documents.js\`; do not edit.
`;

/** docs/errors.md: every code that can reach a caller. */
export const errorsMarkdown = (): string =>
  `${[intro.trimEnd(), ...Object.entries(errorCatalogues).map(section)].join('\n\n')}\n`;
