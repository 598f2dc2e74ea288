import { ratioOf, type Line } from '../harness/result.js';

const [width, left, right, top, rowHeight] = [860, 380, 60, 52, 34];

const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');

/** How many times the floor's time we take, whichever way the figure is told: 1 is the floor itself. */
const timesTheFloor = (line: Line): number => (line.unit === 'ms' ? ratioOf(line) : 1 / ratioOf(line));
const aimedTimes = ({ unit, aim }: Line): number | undefined => aim && (unit === 'ms' ? aim.ratio : 1 / aim.ratio);

const marks: readonly number[] = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000];

/** Each line as a bar from its floor to ours, and the aim in red; the axis is logarithmic, in times of the floor. */
export const plotOf = (lines: readonly Line[]): string => {
  const longest = Math.max(2, ...lines.flatMap((line) => [timesTheFloor(line), aimedTimes(line) ?? 1]));
  const x = (times: number): string => (left + (Math.log(times) / Math.log(longest)) * (width - left - right)).toFixed(1);
  const height = top + lines.length * rowHeight;
  const axis = marks
    .filter((mark) => mark <= longest)
    .map(
      (mark) =>
        `<line x1="${x(mark)}" x2="${x(mark)}" y1="${top - 10}" y2="${height}" stroke="#dddddd"/><text x="${x(mark)}" y="${top - 14}" text-anchor="middle">${mark}</text>`,
    );
  const bars = lines.map((line, i) => {
    const [times, aim, y] = [timesTheFloor(line), aimedTimes(line), top + i * rowHeight];
    const [from, to] = [Number(x(Math.min(1, times))), Number(x(Math.max(1, times)))];
    return [
      `<text x="${left - 12}" y="${y + 15}" text-anchor="end">${escaped(`${line.measured} / ${line.floorName}`)}</text>`,
      `<rect x="${from}" y="${y}" width="${(to - from).toFixed(1)}" height="20" fill="#3b6ea5"/>`,
      `<text x="${to + 6}" y="${y + 15}">${times.toFixed(2)}</text>`,
      aim === undefined
        ? ''
        : `<line x1="${x(aim)}" x2="${x(aim)}" y1="${y - 4}" y2="${y + 24}" stroke="#c0392b" stroke-width="2"/>`,
    ].join('');
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="sans-serif" font-size="11">
<rect width="${width}" height="${height}" fill="#ffffff"/>
<text x="8" y="18" font-size="13">Time taken, in times of the floor (1: as long as the floor; red: the aim)</text>
${[...axis, ...bars].join('\n')}
</svg>
`;
};
