/** Text as Slack shows it: mrkdwn, plain text and rich text. */

import { Fragment, lazy, Suspense, type ReactNode } from "react";

import { parse, printDate, type Piece } from "./mrkdwn";
import { useScene } from "./scene";
import type { RichElement, RichInline, RichStyle, TextObject } from "./types";

const Emoji = lazy(() => import("./Emoji"));

function Named({ name }: { name: string }) {
  return (
    <Suspense fallback={`:${name}:`}>
      <Emoji name={name} />
    </Suspense>
  );
}

function Anchor({ url, children }: { url: string; children: ReactNode }) {
  if (!/^(https?|mailto):/i.test(url)) return <>{children}</>;
  return (
    <a href={url} target="_blank" rel="noreferrer">
      {children}
    </a>
  );
}

function Person({ id }: { id: string }) {
  const { people, bot } = useScene().snapshot;
  return <span className="mention">@{[...people, bot].find((each) => each.id === id)?.name ?? id}</span>;
}

function Place({ id }: { id: string }) {
  const { rooms } = useScene().snapshot;
  return <span className="mention">#{rooms.find((each) => each.id === id)?.name ?? id}</span>;
}

function Moment({ at, format, fallback, url }: { at: number; format: string; fallback: string; url?: string }) {
  const date = new Date(at * 1000);
  const text = (
    <time dateTime={Number.isFinite(at) ? date.toISOString() : undefined} title={fallback}>
      {printDate(at, format, fallback)}
    </time>
  );
  return url ? <Anchor url={url}>{text}</Anchor> : text;
}

const MARKS = { bold: "strong", italic: "em", strike: "s", quote: "blockquote" } as const;

function One({ piece }: { piece: Piece }) {
  switch (piece.kind) {
    case "text":
      return <>{piece.text}</>;
    case "code":
      return <code>{piece.text}</code>;
    case "pre":
      return <pre>{piece.text}</pre>;
    case "mention":
      return <span className="mention loud">{piece.text}</span>;
    case "user":
      return <Person id={piece.text} />;
    case "channel":
      return <Place id={piece.text} />;
    case "emoji":
      return <Named name={piece.text} />;
    case "link":
      return <Anchor url={piece.url}>{piece.text}</Anchor>;
    case "date":
      return <Moment at={piece.at} format={piece.format} fallback={piece.text} url={piece.url} />;
    default: {
      const Tag = MARKS[piece.kind];
      return (
        <Tag>
          <Pieces pieces={piece.inner} />
        </Tag>
      );
    }
  }
}

function Pieces({ pieces }: { pieces: Piece[] }) {
  return pieces.map((piece, position) => <One key={position} piece={piece} />);
}

export function Mrkdwn({ text, isVerbatim }: { text: string; isVerbatim?: boolean }) {
  return <Pieces pieces={parse(text, isVerbatim)} />;
}

export function Words({ of }: { of: TextObject }) {
  if (of.type === "mrkdwn") return <Mrkdwn text={of.text} isVerbatim={of.verbatim} />;
  if (of.emoji === false) return <>{of.text}</>;
  // a split by a pattern with one group: every second part is a name
  return of.text
    .split(/:([a-z0-9_+'-]+):/)
    .map((part, position) =>
      position % 2 ? <Named key={position} name={part} /> : <Fragment key={position}>{part}</Fragment>,
    );
}

function styled(content: ReactNode, style: RichStyle | undefined): ReactNode {
  let shown = content;
  if (style?.code) shown = <code>{shown}</code>;
  if (style?.bold) shown = <strong>{shown}</strong>;
  if (style?.italic) shown = <em>{shown}</em>;
  if (style?.strike) shown = <s>{shown}</s>;
  if (style?.underline) shown = <u>{shown}</u>;
  return shown;
}

function inlineOf(inline: RichInline): ReactNode {
  switch (inline.type) {
    case "text":
      return inline.text;
    case "link":
      return <Anchor url={inline.url}>{inline.text || inline.url}</Anchor>;
    case "emoji":
      return <Named name={inline.name} />;
    case "user":
      return <Person id={inline.user_id} />;
    case "channel":
      return <Place id={inline.channel_id} />;
    case "broadcast":
      return <span className="mention loud">@{inline.range}</span>;
    case "date":
      return (
        <Moment at={inline.timestamp} format={inline.format} fallback={inline.fallback ?? ""} url={inline.url} />
      );
  }
}

function Inlines({ of }: { of: RichInline[] }) {
  return of.map((inline, position) => <Fragment key={position}>{styled(inlineOf(inline), inline.style)}</Fragment>);
}

function Rich({ element }: { element: RichElement }) {
  switch (element.type) {
    case "rich_text_section":
      return (
        <div>
          <Inlines of={element.elements} />
        </div>
      );
    case "rich_text_quote":
      return (
        <blockquote>
          <Inlines of={element.elements} />
        </blockquote>
      );
    case "rich_text_preformatted":
      return (
        <pre>
          <Inlines of={element.elements} />
        </pre>
      );
    case "rich_text_list": {
      const List = element.style === "ordered" ? "ol" : "ul";
      return (
        <List className={`list indent-${element.indent ?? 0}`}>
          {element.elements.map((item, position) => (
            <li key={position}>
              <Inlines of={item.elements} />
            </li>
          ))}
        </List>
      );
    }
  }
}

export function RichText({ elements }: { elements: RichElement[] }) {
  return elements.map((element, position) => <Rich key={position} element={element} />);
}
