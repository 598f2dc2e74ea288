import type { Command } from 'commander';

/** `latchkey keys`, made by whichever of its commands is registered first. */
export const keysGroup = (program: Command): Command =>
  program.commands.find((command) => command.name() === 'keys') ??
  program.command('keys').description("users' API keys, and the master keys that they are encrypted under");
