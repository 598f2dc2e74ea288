import type { StackHome } from './home.js';
import type { StackDescription } from './stack-file.js';

const venueNotice = {
  simulator: 'SIMULATED VENUES: no order leaves this machine. LATCHKEY_VENUES=live trades at the real exchanges.',
  live: 'LIVE VENUES: orders are real.',
} as const;

/** What a person reads when the stack is up. */
export const banner = (stack: StackDescription, home: StackHome, firstStart: boolean): string =>
  [
    '',
    `  Latchkey is ready: ${stack.gateway.url}`,
    `  ${venueNotice[stack.venues]}`,
    '',
    `  API          ${stack.gateway.url}/docs`,
    `  Health       ${stack.gateway.url}/health/ready`,
    ...(stack.simulator ? [`  Simulator    ${stack.simulator.control} (control)`] : []),
    `  Data, keys   ${home.dir}`,
    '',
    ...(stack.simulator ? ['  The whole tour in one command:  npm run --silent latchkey -- demo'] : []),
    '  Stop:                           Ctrl-C, or npm run --silent latchkey -- stop',
    ...(firstStart
      ? [
          '',
          `  First start: keys were made under ${home.keys}. Back up "encryption-key": whoever loses it loses every stored API secret,`,
          '  and users would have to enter theirs again.',
        ]
      : []),
    '',
  ].join('\n');
