import { describe, expect, it } from 'vitest';
import { compareVersions } from '../version.js';
import { debianMirrors } from './debian-package.js';

describe('debianMirrors', () => {
  it("takes Debian's own archive from what apt would fetch, and no other", () => {
    const printed = [
      "'http://mirror.example/debian/dists/bookworm/InRelease' mirror.example_debian_dists_bookworm_InRelease 0 ",
      "'http://mirror.example/debian/dists/bookworm-updates/InRelease' x 0 ",
      "'http://mirror.example/debian-security/dists/bookworm-security/InRelease' x 0 ",
      "'https://vendor.example/apt/dists/tool-bookworm/InRelease' x 0 ",
      "'http://ubuntu.example/ubuntu/dists/noble/InRelease' x 0 ",
      "'http://mirror.example/debian/dists/bookworm/main/binary-amd64/Packages.xz' x 0 ",
      "'https://second.example/d/dists/trixie/InRelease' x 0 ",
    ].join('\n');
    expect(debianMirrors(printed)).toEqual(['http://mirror.example/debian/', 'https://second.example/d/']);
  });

  it('finds none where there is none', () => {
    expect(debianMirrors("'http://ubuntu.example/ubuntu/dists/noble/InRelease' x 0 \n")).toEqual([]);
  });
});

describe('compareVersions', () => {
  it.each([
    ['2.14.0', '2.14.0', 0],
    ['2.9.25', '2.14.0', -1],
    ['2.15.1', '2.14.9', 1],
    ['3.0.0-RC.1', '2.99.99', 1],
    ['2.14.0-preview.2', '2.14.0', 0],
  ] as const)('%s against %s', (left, right, sign) => {
    expect(Math.sign(compareVersions(left, right))).toBe(sign);
  });
});
