/** A native chart: drawn at the width there is, told in words, and open as a table. */

import { useEffect, useRef, useState, type ReactNode } from "react";

import { PieDrawing } from "./PieDrawing";
import { scaleOf, short, whole, type Scale } from "./scale";
import type { ChartBlock, Plot } from "./types";

const HEIGHT = 240;
const SIDE = { top: 12, right: 12, bottom: 30, left: 48 };
const LETTER = 7;
const DASHES = ["", "7 4", "2 4", "10 3 2 3", "4 2", "1 3"];
const LABELLED = 12;

function useWidth() {
  const box = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(0);
  useEffect(() => {
    if (!box.current) return;
    const observer = new ResizeObserver(([entry]) => setWidth(Math.floor(entry.contentRect.width)));
    observer.observe(box.current);
    return () => observer.disconnect();
  }, []);
  return { box, width };
}

export function Chart({ block }: { block: ChartBlock }) {
  const { box, width } = useWidth();
  const { chart } = block;
  return (
    <figure className="chart">
      <figcaption>{block.title}</figcaption>
      <div ref={box} className="drawing">
        {width > 0 &&
          (chart.type === "pie" ? (
            <PieDrawing pie={chart} label={said(block)} />
          ) : (
            <Drawing plot={chart} width={width} label={said(block)} />
          ))}
      </div>
      {chart.type !== "pie" && (chart.series.length > 1 || chart.axis_config.y_label) && <Legend plot={chart} />}
      <details>
        <summary>Data</summary>
        <Data block={block} />
      </details>
    </figure>
  );
}

/** The chart in one sentence. */
function said({ title, chart }: ChartBlock): string {
  const kind = `${chart.type[0].toUpperCase()}${chart.type.slice(1)} chart: ${title}.`;
  if (chart.type === "pie") {
    return `${kind} ${chart.segments.map((each) => `${each.label} ${whole(each.value)}`).join(", ")}`;
  }
  const lines = chart.series.map(({ name, data }) => {
    const [first, last] = [data[0], data[data.length - 1]];
    return `${name} from ${whole(first.value)} (${first.label}) to ${whole(last.value)} (${last.label})`;
  });
  return `${kind} ${lines.join("; ")}`;
}

interface Frame {
  plot: Plot;
  width: number;
  scale: Scale;
  /** The middle of a category, and the width that belongs to it. */
  across: (position: number) => number;
  each: number;
  up: (value: number) => number;
}

function frameOf(plot: Plot, width: number): Frame {
  const scale = scaleOf(
    plot.series.flatMap((series) => series.data.map((point) => point.value)),
    plot.type !== "line",
  );
  const each = (width - SIDE.left - SIDE.right) / plot.axis_config.categories.length;
  const tall = HEIGHT - SIDE.top - SIDE.bottom;
  return {
    plot,
    width,
    scale,
    each,
    across: (position) => SIDE.left + each * (position + 0.5),
    up: (value) => SIDE.top + tall * (1 - (value - scale.low) / (scale.high - scale.low)),
  };
}

/** A series in the order of the categories, which its points need not have. */
function ordered(plot: Plot, series: Plot["series"][number]): number[] {
  const values = new Map(series.data.map((point) => [point.label, point.value]));
  return plot.axis_config.categories.map((name) => values.get(name) ?? 0);
}

function Drawing({ plot, width, label }: { plot: Plot; width: number; label: string }) {
  const frame = frameOf(plot, width);
  const rows = plot.series.map((series) => ordered(plot, series));
  return (
    <svg className="plot" role="img" aria-label={label} width={width} height={HEIGHT}>
      <Axes frame={frame} />
      {plot.type === "bar" ? <Bars frame={frame} rows={rows} /> : <Lines frame={frame} rows={rows} />}
    </svg>
  );
}

function Axes({ frame }: { frame: Frame }) {
  const { categories } = frame.plot.axis_config;
  const longest = Math.max(...categories.map((name) => name.length));
  const every = Math.max(1, Math.ceil((longest * LETTER + 8) / frame.each));
  return (
    <>
      {frame.scale.steps.map((step) => (
        <g key={step}>
          <line className="grid" x1={SIDE.left} x2={frame.width - SIDE.right} y1={frame.up(step)} y2={frame.up(step)} />
          <text x={SIDE.left - 6} y={frame.up(step) + 4} textAnchor="end">
            {short(step)}
          </text>
        </g>
      ))}
      {categories.map(
        (name, position) =>
          // counted from the newest, so that its name always stands
          (categories.length - 1 - position) % every === 0 && (
            <text key={name} x={Math.min(frame.across(position), frame.width - (name.length * LETTER) / 2)} y={HEIGHT - 10} textAnchor="middle">
              {name}
            </text>
          ),
      )}
    </>
  );
}

function Lines({ frame, rows }: { frame: Frame; rows: number[][] }) {
  const path = (values: number[]) =>
    values.map((value, position) => `${position ? "L" : "M"}${frame.across(position)} ${frame.up(value)}`).join("");
  const ground = frame.up(Math.max(0, frame.scale.low));
  return rows.map((values, series) => (
    <g key={series} className={`series s${series}`}>
      {frame.plot.type === "area" && (
        <path
          className="fill"
          d={`${path(values)}L${frame.across(values.length - 1)} ${ground}L${frame.across(0)} ${ground}Z`}
        />
      )}
      <path className="stroke" d={path(values)} strokeDasharray={DASHES[series]} />
      {values.map((value, position) => (
        <circle key={position} cx={frame.across(position)} cy={frame.up(value)} r={position === values.length - 1 ? 4 : 2.5}>
          <title>{`${frame.plot.axis_config.categories[position]}: ${whole(value)}`}</title>
        </circle>
      ))}
    </g>
  ));
}

function Bars({ frame, rows }: { frame: Frame; rows: number[][] }) {
  const thick = Math.min(48, (frame.each * 0.8) / rows.length);
  const isLabelled = rows.length === 1 && rows[0].length <= LABELLED;
  const ground = frame.up(0);
  const bar = (value: number, series: number, position: number): ReactNode => {
    const left = frame.across(position) + (series - rows.length / 2) * thick;
    const top = Math.min(frame.up(value), ground);
    const tall = Math.abs(frame.up(value) - ground);
    return (
      <g key={`${series}/${position}`} className={`series s${series}`}>
        <rect x={left} y={top} width={Math.max(1, thick - 1)} height={Math.max(tall, 1)} rx={2}>
          <title>{`${frame.plot.series[series].name}, ${frame.plot.axis_config.categories[position]}: ${whole(value)}`}</title>
        </rect>
        {isLabelled && (
          <text x={left + thick / 2} y={Math.max(top - 4, 10)} textAnchor="middle">
            {short(value)}
          </text>
        )}
      </g>
    );
  };
  return rows.map((values, series) => values.map((value, position) => bar(value, series, position)));
}

function Legend({ plot }: { plot: Plot }) {
  const { x_label, y_label } = plot.axis_config;
  return (
    <div className="legend">
      {plot.series.length > 1 &&
        plot.series.map((series, position) => (
          <span key={series.name} className={`series s${position}`}>
            <svg width="24" height="10" aria-hidden="true">
              {plot.type === "bar" ? (
                <rect width="12" height="10" rx="2" />
              ) : (
                <path className="stroke" d="M0 5H24" strokeDasharray={DASHES[position]} />
              )}
            </svg>
            {series.name}
          </span>
        ))}
      {y_label && <span className="axes">{x_label ? `${y_label} by ${x_label}` : y_label}</span>}
    </div>
  );
}

function Data({ block: { chart, title } }: { block: ChartBlock }) {
  const series = chart.type === "pie" ? [{ name: "Value", data: chart.segments }] : chart.series;
  const names = chart.type === "pie" ? chart.segments.map((each) => each.label) : chart.axis_config.categories;
  const value = (data: { label: string; value: number }[], name: string) =>
    whole(data.find((point) => point.label === name)?.value ?? 0);
  return (
    <div className="table" role="region" aria-label={`Data of ${title}`} tabIndex={0}>
      <table>
        <thead>
          <tr>
            <th scope="col" className="left">
              {chart.type === "pie" ? "Part" : (chart.axis_config.x_label ?? "At")}
            </th>
            {series.map((each) => (
              <th key={each.name} scope="col" className="right">
                {each.name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {names.map((name) => (
            <tr key={name}>
              <th scope="row" className="left">
                {name}
              </th>
              {series.map((each) => (
                <td key={each.name} className="right">
                  {value(each.data, name)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
