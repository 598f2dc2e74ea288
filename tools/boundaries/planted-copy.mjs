import { spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';

const filesOf = (root) => {
  const listed = spawnSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
    cwd: root,
    encoding: 'utf8',
  });
  if (listed.status !== 0) throw new Error(`git could not list the files: ${listed.stderr}`);
  return listed.stdout.split('\0').filter((file) => file && existsSync(join(root, file)));
};

// pnpm's folders hold relative links only: copied as links they lead to the copy's own workspaces, and to the real libraries.
const copyLinks = (from, to) => {
  mkdirSync(to, { recursive: true });
  for (const name of readdirSync(from)) {
    const [source, target] = [join(from, name), join(to, name)];
    if (lstatSync(source).isSymbolicLink()) symlinkSync(readlinkSync(source), target);
    else if (name.startsWith('@')) copyLinks(source, target);
  }
};

/** A copy of the tree at `root` in a temporary folder, without history and build output; whoever asks for it removes it. */
export const copyOfTree = (root) => {
  const copy = mkdtempSync(join(tmpdir(), 'latchkey-planted-'));
  const files = filesOf(root);
  for (const file of files) cpSync(join(root, file), join(copy, file), { recursive: true, force: true });
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'), 'dir');
  for (const folder of new Set(files.filter((file) => /^\w+\/[^/]+\/package\.json$/.test(file)).map(dirname))) {
    const links = join(root, folder, 'node_modules');
    if (existsSync(links)) copyLinks(links, join(copy, folder, 'node_modules'));
  }
  return copy;
};

/** Puts a file into the copy: `text` as it stands, or `edit` of what is there. */
export const plant = (copy, { file, text, edit }) => {
  const path = join(copy, file);
  if (text !== undefined && existsSync(path))
    throw new Error(`${relative(copy, path)} exists: a planted file must not replace a real one`);
  mkdirSync(dirname(path), { recursive: true });
  const content = text ?? edit(readFileSync(path, 'utf8'));
  if (text === undefined && content === readFileSync(path, 'utf8'))
    throw new Error(`the edit of ${file} changed nothing: mend the planted case`);
  writeFileSync(path, content);
};
