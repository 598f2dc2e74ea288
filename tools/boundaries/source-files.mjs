import { readdirSync } from 'node:fs';
import { join } from 'node:path';

const folders = ['packages', 'services', 'tests', 'bench', 'tools'];
const passedOver = new Set(['node_modules', 'dist', 'coverage', 'generated']);
const isSource = (name) => /\.(ts|tsx|mts|mjs|sql)$/.test(name) && !name.endsWith('.d.ts');

const walk = (root, folder) =>
  readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory()) return passedOver.has(entry.name) ? [] : walk(root, path);
    return entry.isFile() && isSource(entry.name) ? [path] : [];
  });

/** Every source file of ours below `root`, as paths with forward slashes: what git tracks and what is not added yet. */
export const sourceFiles = (root) => {
  const present = new Set(readdirSync(root));
  return folders.filter((folder) => present.has(folder)).flatMap((folder) => walk(root, folder));
};
