import { isAppError, messageOf } from '@latchkey/kernel';
import { Command } from 'commander';
import { auditCommand } from './commands/audit.js';
import { brokerCommand } from './commands/broker.js';
import { databasesCommand } from './commands/databases.js';
import { demoCommand } from './commands/demo.js';
import { doctorCommand } from './commands/doctor.js';
import { eventsCommand } from './commands/events.js';
import { executorsCommand } from './commands/executors.js';
import { keysCommand } from './commands/keys.js';
import { keysAddCommand } from './commands/keys-add.js';
import { keysImportCommand } from './commands/keys-import.js';
import { keysVerifyCommand } from './commands/keys-verify.js';
import { logsCommand, resetCommand, stopCommand } from './commands/lifecycle.js';
import { secretsCommand } from './commands/secrets.js';
import { statusCommand } from './commands/status.js';
import { strategyCommand } from './commands/strategy.js';
import { tokenCommand } from './commands/token.js';
import { vaultCommand } from './commands/vault.js';

const program = new Command('latchkey')
  .description("the operator's command line of Latchkey; every command works on the stack that `npm start` runs (LATCHKEY_HOME)")
  .showHelpAfterError()
  .configureHelp({ sortSubcommands: true });

for (const register of [
  auditCommand,
  brokerCommand,
  databasesCommand,
  demoCommand,
  doctorCommand,
  eventsCommand,
  executorsCommand,
  keysCommand,
  keysAddCommand,
  keysImportCommand,
  keysVerifyCommand,
  logsCommand,
  resetCommand,
  secretsCommand,
  statusCommand,
  stopCommand,
  strategyCommand,
  tokenCommand,
  vaultCommand,
]) {
  register(program);
}

program.parseAsync().catch((error: unknown) => {
  const code = isAppError(error) ? error.code : 'cli.internal';
  if (process.argv.includes('--json'))
    process.stdout.write(`${JSON.stringify({ error: { code, message: messageOf(error) } })}\n`);
  else process.stderr.write(`latchkey: ${messageOf(error)} (${code})\n`);
  process.exitCode = 1;
});
