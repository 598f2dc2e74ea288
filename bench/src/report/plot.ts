import { ratioOf, type Line } from '../harness/result.js';

const width = 860;
const rowHeight = 34;
const left = 380;
const right = 70;

const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');

/** How many times the floor's time we take, whichever way the figure is told: 1 is the floor itself. */
const timesTheFloor = (line: Line): number => (line.unit === 'ms' ? ratioOf(line) : 1 / ratioOf(line));
const aimedTimes = ({ unit, aim }: Line): number | undefined => aim && (unit === 'ms' ? aim.ratio : 1 / aim.ratio);

const bar = (line: Line, index: number, scale: number): string => {
  const times = timesTheFloor(line);
  const y = 40 + index * rowHeight;
  const aim = aimedTimes(line);
  const label = escaped(`${line.measured} / ${line.floorName}`);
  return [
    `<text x="${left - 8}" y="${y + 15}" text-anchor="end">${label}</text>`,
    `<rect x="${left}" y="${y}" width="${(times * scale).toFixed(1)}" height="20" fill="#3b6ea5"/>`,
    `<rect x="${left}" y="${y}" width="${scale.toFixed(1)}" height="20" fill="#9db9d6"/>`,
    `<text x="${(left + times * scale + 6).toFixed(1)}" y="${y + 15}">${times.toFixed(2)}</text>`,
    ...(aim === undefined
      ? []
      : [
          `<line x1="${(left + aim * scale).toFixed(1)}" x2="${(left + aim * scale).toFixed(1)}" y1="${y - 4}" y2="${y + 24}" stroke="#c0392b" stroke-width="2"/>`,
        ]),
  ].join('\n  ');
};

/** Each line as a bar: its floor (light), ours (dark), and the aim (red), all in times of the floor. */
export const plotOf = (lines: readonly Line[]): string => {
  const longest = Math.max(...lines.flatMap((line) => [timesTheFloor(line), aimedTimes(line) ?? 0]));
  const scale = (width - left - right) / longest;
  const height = 60 + lines.length * rowHeight;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="sans-serif" font-size="11">
  <rect width="${width}" height="${height}" fill="#ffffff"/>
  <text x="8" y="20" font-size="13">Time taken, in times of the floor (light: the floor; red: the aim)</text>
  ${lines.map((line, i) => bar(line, i, scale)).join('\n  ')}
</svg>
`;
};
