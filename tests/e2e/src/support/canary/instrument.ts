import { plants, plantedText } from './control.js';

const dataUrl = (code: string): string => `data:text/javascript,${encodeURIComponent(code)}`;

/** Variables that the launcher passes on to every service, and that nothing reads. */
export const plantedEnvironment = {
  OTEL_PLANTED: Buffer.from(JSON.stringify(plants.map(({ bytes }) => bytes.toString('base64')))).toString('base64url'),
  OTEL_PLANTED_TEXT: plantedText,
};

// Kept as long as the process lives: bytes as buffers, and as the strings that they would be.
const keepPlants = `
  const bytes = JSON.parse(Buffer.from(process.env.OTEL_PLANTED, 'base64url').toString()).map((one) => Buffer.from(one, 'base64'));
  globalThis.planted = { bytes, texts: bytes.map((one) => one.toString('latin1')) };
`;

/**
 * Arguments with which the launcher's Node is started: it then starts the three services that may hold no secret so that a signal makes
 * them write a heap snapshot, and with the control's texts in memory and command line. The launcher and the services are as they ship.
 *
 * @param folder where the snapshots go
 */
export const instrumented = (folder: string): readonly string[] => {
  const nodeArgs = [
    '--heapsnapshot-signal=SIGUSR2',
    `--diagnostic-dir=${folder}`,
    '--heap-snapshot-string-limit=1048576', // or V8 cuts strings at 1,024 characters
    `--import=${dataUrl(keepPlants)}`,
  ];
  const patch = `
    import childProcess from 'node:child_process';
    import { syncBuiltinESMExports } from 'node:module';
    const { spawn } = childProcess;
    const isOurs = (arg) => /services\\/(?:gateway|trade-executor|audit)\\/dist\\/main\\.js$/.test(arg);
    childProcess.spawn = (file, args, options) => args.some(isOurs)
      ? spawn(file, [...${JSON.stringify(nodeArgs)}, ...args, process.env.OTEL_PLANTED_TEXT], options)
      : spawn(file, args, options);
    syncBuiltinESMExports();
  `;
  return [`--import=${dataUrl(patch)}`];
};
