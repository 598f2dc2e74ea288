import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const readJson = (path) => JSON.parse(readFileSync(path, 'utf8'));

/** Every workspace below `root`: its folder, its package.json and the references of its tsconfig.json, seen from the root. */
export const workspacesOf = (root) =>
  ['packages', 'services', 'tests']
    .filter((folder) => existsSync(join(root, folder)))
    .flatMap((folder) => readdirSync(join(root, folder)).map((name) => `${folder}/${name}`))
    .concat('bench')
    .filter((folder) => existsSync(join(root, folder, 'package.json')))
    .map((folder) => {
      const tsconfig = join(root, folder, 'tsconfig.json');
      return {
        folder,
        manifest: readJson(join(root, folder, 'package.json')),
        references: existsSync(tsconfig)
          ? (readJson(tsconfig).references ?? []).map(({ path }) => join(folder, path))
          : undefined,
      };
    });
