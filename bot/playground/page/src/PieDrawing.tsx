/** A pie, with its parts named beside it in the order of their size on the round. */

import { whole } from "./scale";
import type { Pie } from "./types";

const SIZE = 180;
const MIDDLE = SIZE / 2;
const RADIUS = MIDDLE - 4;

function slice(from: number, to: number): string {
  const at = (part: number) => {
    const angle = 2 * Math.PI * part - Math.PI / 2;
    return `${MIDDLE + RADIUS * Math.cos(angle)} ${MIDDLE + RADIUS * Math.sin(angle)}`;
  };
  return `M${MIDDLE} ${MIDDLE}L${at(from)}A${RADIUS} ${RADIUS} 0 ${to - from > 0.5 ? 1 : 0} 1 ${at(to)}Z`;
}

export function PieDrawing({ pie, label }: { pie: Pie; label: string }) {
  const total = pie.segments.reduce((sum, each) => sum + each.value, 0);
  let before = 0;
  const parts = pie.segments.map((each) => {
    const from = before / total;
    before += each.value;
    return { ...each, from, to: before / total };
  });
  return (
    <div className="pie">
      <svg role="img" aria-label={label} width={SIZE} height={SIZE}>
        {parts.map((part, position) => (
          <g key={position} className={`series s${position}`}>
            {part.to - part.from > 0.9999 ? (
              <circle className="part" cx={MIDDLE} cy={MIDDLE} r={RADIUS} />
            ) : (
              <path className="part" d={slice(part.from, part.to)} />
            )}
          </g>
        ))}
      </svg>
      <ul className="legend">
        {parts.map((part, position) => (
          <li key={position} className={`series s${position}`}>
            <svg width="12" height="12" aria-hidden="true">
              <rect width="12" height="12" rx="2" />
            </svg>
            {part.label}: {whole(part.value)} ({Math.round((part.to - part.from) * 100)} %)
          </li>
        ))}
      </ul>
    </div>
  );
}
