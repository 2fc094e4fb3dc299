/** Where values stand in a drawing: round steps, short numbers. */

export interface Scale {
  low: number;
  high: number;
  steps: number[];
}

/** Round steps around all values; with zero where areas and bars grow from it. */
export function scaleOf(values: number[], hasZero: boolean): Scale {
  const least = Math.min(...values, ...(hasZero ? [0] : []));
  const most = Math.max(...values, ...(hasZero ? [0] : []));
  const span = most - least || Math.abs(most) || 1;
  const rough = span / 4;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = ([1, 2, 2.5, 5, 10].find((each) => each * power >= rough) ?? 10) * power;
  const low = Math.floor(least / step) * step;
  const count = Math.max(1, Math.ceil((most - low) / step - 1e-9));
  const steps = Array.from({ length: count + 1 }, (_, position) => low + position * step);
  return { low, high: low + count * step, steps };
}

const SHORT = new Intl.NumberFormat("en", { notation: "compact", maximumFractionDigits: 2 });
const WHOLE = new Intl.NumberFormat("en", { maximumFractionDigits: 2 });

export const short = (value: number): string => SHORT.format(value);
export const whole = (value: number): string => WHOLE.format(value);
