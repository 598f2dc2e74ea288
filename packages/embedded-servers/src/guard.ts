import { spawn } from 'node:child_process';

/** What happens to a server when the process that started it ends without having stopped it, `kill -9` included. */
export type GuardOptions = {
  readonly pid: number;
  /** The signal that asks the server to end. */
  readonly signal: 'TERM' | 'INT' | 'QUIT';
  /** How long it may take before it is killed. */
  readonly graceMs: number;
  /** A folder to delete afterwards; none when undefined. */
  readonly removeDir?: string | undefined;
};

/** The hold on a guard: `release` says that the server has ended and there is nothing left to do. */
export type Guard = { readonly release: () => void };

/**
 * A shell that waits on its standard input and needs nothing else of this process: whatever ends us closes the pipe, and no handler of ours
 * has to run. A line on the pipe means "all well, go"; end of file means "your parent is gone". Children of a server that would not go are
 * killed with it, because a stopped (SIGSTOP) Postgres backend never notices that its postmaster died.
 */
const script = `
if read -r _; then exit 0; fi
kill -s "$1" "$2" 2>/dev/null
ticks=0
while kill -s 0 "$2" 2>/dev/null && [ "$ticks" -lt "$3" ]; do sleep 0.1; ticks=$((ticks + 1)); done
if kill -s 0 "$2" 2>/dev/null; then
  children=$(ps -axo pid=,ppid= 2>/dev/null | awk -v parent="$2" '$2 == parent { print $1 }')
  kill -s KILL "$2" $children 2>/dev/null
fi
[ -z "$4" ] || rm -rf "$4"
`;

/** Ties a server's life to this process: see {@link GuardOptions}. */
export const guardProcess = ({ pid, signal, graceMs, removeDir }: GuardOptions): Guard => {
  const ticks = Math.ceil(graceMs / 100);
  const guard = spawn('/bin/sh', ['-c', script, 'latchkey-guard', signal, String(pid), String(ticks), removeDir ?? ''], {
    detached: true, // a Ctrl-C for the whole process group must not end the guard before the server
    stdio: ['pipe', 'ignore', 'ignore'],
    cwd: '/',
  });
  guard.on('error', () => undefined); // no shell, no guard: the server itself still works
  guard.stdin.on('error', () => undefined); // the guard was killed by somebody: nothing to tell it
  guard.unref();
  (guard.stdin as unknown as { unref?: () => void }).unref?.(); // or the open pipe would keep this process alive
  return { release: () => void guard.stdin.end('released\n') };
};
