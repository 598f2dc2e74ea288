import { gatewayErrors, type GatewayErrorCode } from '@latchkey/contracts';
import { StandardSchemaValidationPipe } from '@nestjs/common';
import { refusal, type GatewayError } from '../../app/errors.js';

type Issue = {
  readonly message: string;
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
  readonly code?: string;
};

const pathOf = ({ path = [] }: Issue): string =>
  path.map((part) => String(typeof part === 'object' ? part.key : part)).join('.') || 'body';

// zod names the keys that it does not know, and they are the caller's words.
const textOf = (issue: Issue): string =>
  issue.code === 'unrecognized_keys' ? 'has fields that this endpoint does not know; /docs lists those it takes' : issue.message;

const isCode = (text: string): text is GatewayErrorCode => Object.hasOwn(gatewayErrors, text);

/** zod's issues as an error that names fields of ours and nothing that was sent. A schema may give one of our codes as its message. */
export const issuesToError = (issues: readonly Issue[]): GatewayError => {
  for (const issue of issues) {
    const field = pathOf(issue);
    if (issue.message === 'not_supported')
      return refusal('not_supported', { field }, `this use of "${field}" is not supported yet; nothing was stored`);
    if (isCode(issue.message)) return refusal(issue.message);
  }
  const fields = issues.slice(0, 10).map((issue) => ({ field: pathOf(issue), problem: textOf(issue) }));
  const [first] = fields;
  const message = first
    ? `"${first.field}": ${first.problem}`
    : 'the request does not have the shape of this endpoint; see /docs';
  return refusal('request.invalid', { fields }, message);
};

/** Every input is checked against the schema on its parameter; what comes out is the schema's output. */
export const schemaPipe = (): StandardSchemaValidationPipe =>
  new StandardSchemaValidationPipe({ exceptionFactory: (issues) => issuesToError(issues) });
