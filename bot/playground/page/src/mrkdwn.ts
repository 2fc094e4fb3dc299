/**
 * Slack's own markup, read the way Slack reads it (docs.slack.dev/messaging/formatting-message-text):
 * `<…>` first, marks only at the edges of words, and `&lt; &gt; &amp;` undone last and once, so that what
 * the bot escaped stays plain text here too.
 */

export type Mark = "bold" | "italic" | "strike";

export type Piece =
  | { kind: "text" | "code" | "pre" | "mention" | "emoji" | "user" | "channel"; text: string }
  | { kind: "link"; url: string; text: string }
  | { kind: "date"; at: number; format: string; url: string; text: string }
  | { kind: Mark | "quote"; inner: Piece[] };

const mark = (sign: string) =>
  String.raw`(?<![\p{L}\p{N}${sign}])${sign}(?=[^\s${sign}])([^${sign}\n]*?[^\s])${sign}(?![\p{L}\p{N}${sign}])`;
const TOKEN = [
  "```([\\s\\S]+?)```",
  "`([^`\\n]+)`",
  "<([^<>\\n]+)>",
  mark("\\*"),
  mark("_"),
  mark("~"),
  ":([a-z0-9_+'-]+):",
].join("|");
const AUTOMATIC = /(https?:\/\/[^\s<>]+[^\s<>.,;:!?)])|(@(?:here|channel|everyone)\b)/g;

export function unescape(text: string): string {
  return text.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");
}

/** The pieces of a text; `isVerbatim` leaves bare addresses and names alone. */
export function parse(text: string, isVerbatim = false): Piece[] {
  const pieces: Piece[] = [];
  const lines = text.split("\n");
  let plain: string[] = [];
  let quoted: string[] = [];
  const flush = () => {
    if (plain.length) pieces.push(...inline(plain.join("\n"), isVerbatim));
    if (quoted.length) pieces.push({ kind: "quote", inner: inline(quoted.join("\n"), isVerbatim) });
    plain = [];
    quoted = [];
  };
  for (const line of lines) {
    const quote = /^(?:&gt;|>) ?(.*)$/.exec(line);
    if (quote ? plain.length : quoted.length) flush();
    if (quote) quoted.push(quote[1]);
    else plain.push(line);
  }
  flush();
  return pieces;
}

function inline(text: string, isVerbatim: boolean): Piece[] {
  const pieces: Piece[] = [];
  let end = 0;
  for (const found of text.matchAll(new RegExp(TOKEN, "gu"))) {
    pieces.push(...literal(text.slice(end, found.index), isVerbatim), token(found, isVerbatim));
    end = found.index + found[0].length;
  }
  return [...pieces, ...literal(text.slice(end), isVerbatim)];
}

function token(found: RegExpMatchArray, isVerbatim: boolean): Piece {
  const [, pre, code, reference, bold, italic, strike, emoji] = found;
  if (pre !== undefined) return { kind: "pre", text: unescape(pre.replace(/^\n/, "")) };
  if (code !== undefined) return { kind: "code", text: unescape(code) };
  if (reference !== undefined) return refer(reference);
  if (bold !== undefined) return { kind: "bold", inner: inline(bold, isVerbatim) };
  if (italic !== undefined) return { kind: "italic", inner: inline(italic, isVerbatim) };
  if (strike !== undefined) return { kind: "strike", inner: inline(strike, isVerbatim) };
  return { kind: "emoji", text: emoji };
}

/** What stands between `<` and `>`. */
function refer(reference: string): Piece {
  const [target, ...rest] = reference.split("|");
  const label = unescape(rest.join("|"));
  if (target.startsWith("@")) return { kind: "user", text: target.slice(1) };
  if (target.startsWith("#")) return { kind: "channel", text: target.slice(1) };
  if (target.startsWith("!date^")) {
    const [, at, format = "", url = ""] = target.split("^");
    return { kind: "date", at: Number(at), format, url, text: label };
  }
  if (target.startsWith("!")) return { kind: "mention", text: label || `@${target.slice(1).split("^")[0]}` };
  return { kind: "link", url: unescape(target), text: label || unescape(target) };
}

function literal(text: string, isVerbatim: boolean): Piece[] {
  if (!text) return [];
  if (isVerbatim) return [{ kind: "text", text: unescape(text) }];
  return text
    .split(AUTOMATIC)
    .filter(Boolean)
    .map((part): Piece => {
      if (/^https?:\/\//.test(part)) return { kind: "link", url: unescape(part), text: unescape(part) };
      if (/^@(here|channel|everyone)$/.test(part)) return { kind: "mention", text: part };
      return { kind: "text", text: unescape(part) };
    });
}

const DATES: Record<string, Intl.DateTimeFormatOptions> = {
  date_num: { year: "numeric", month: "2-digit", day: "2-digit" },
  date: { year: "numeric", month: "long", day: "numeric" },
  date_short: { year: "numeric", month: "short", day: "numeric" },
  date_long: { year: "numeric", month: "long", day: "numeric", weekday: "long" },
  time: { hour: "numeric", minute: "2-digit" },
  time_secs: { hour: "numeric", minute: "2-digit", second: "2-digit" },
};

/** An instant in the reader's zone, by Slack's format words; a format it does not know gives the fallback. */
export function printDate(at: number, format: string, fallback: string): string {
  const date = new Date(at * 1000);
  if (!Number.isFinite(at) || !/\{\w+\}/.test(format)) return fallback;
  let isKnown = true;
  const text = format.replaceAll(/\{(\w+?)(_pretty)?\}/g, (_, name: string, pretty?: string) => {
    const options = DATES[name];
    if (!options) isKnown = false;
    return (pretty && nearDay(date)) || new Intl.DateTimeFormat(undefined, options).format(date);
  });
  return isKnown ? text : fallback;
}

function nearDay(date: Date): string {
  const midnight = (day: Date) => new Date(day.getFullYear(), day.getMonth(), day.getDate()).getTime();
  const days = Math.round((midnight(date) - midnight(new Date())) / 86_400_000);
  return { "-1": "yesterday", "0": "today", "1": "tomorrow" }[String(days)] ?? "";
}
