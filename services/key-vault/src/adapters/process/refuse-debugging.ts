import inspector from 'node:inspector';

type Arguments = { readonly execArgv: readonly string[]; readonly nodeOptions: string | undefined };

// Each of them shows the memory of the process to somebody, or Node's inside to the code in it.
const prefixes = ['--inspect', '--debug', '--heapsnapshot-', '--heap-prof', '--expose-internals', '--experimental-quic'];

/** The first of Node's options that must not be there, as it was written; `undefined`: none. */
const debuggingOption = ({ execArgv, nodeOptions = '' }: Arguments): string | undefined =>
  [...execArgv, ...nodeOptions.split(/[\s"']+/)].find((option) =>
    prefixes.some((prefix) => option.replaceAll('_', '-').toLowerCase().startsWith(prefix)),
  );

/**
 * Why this process must not start: whoever debugs it, or may take its heap, reads every secret. What it says never quotes more than the option.
 */
export const debuggingProblem = (given: Arguments, inspectorUrl: string | undefined = inspector.url()): string | undefined => {
  const option = debuggingOption(given);
  if (option !== undefined)
    return `key-vault did not start: the option ${option.split('=')[0]} would show its memory; take it out of the command and of NODE_OPTIONS`;
  return inspectorUrl === undefined ? undefined : 'key-vault did not start: a debugger is open; start it again without one';
};
