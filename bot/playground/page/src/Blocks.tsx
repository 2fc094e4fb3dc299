/** The blocks of a message or a view. The types are the ones that the stand-in takes: see block_kit.py. */

import { lazy, Suspense, useState } from "react";

import { Chart } from "./Chart";
import { FieldBlock } from "./Fields";
import { Pressable } from "./Pressable";
import { useScene } from "./scene";
import { RichText, Words } from "./Text";
import type { Block, Cell, Picture, SharedFile, TableBlock, TextObject } from "./types";

const Packaged = lazy(() => import("./Packaged"));

function PictureBlock({ picture }: { picture: Picture }) {
  const id = picture.slack_file?.id ?? picture.slack_file?.url?.split("/").pop();
  const title = picture.title?.text;
  if (!id) {
    return <p className="absent">A picture from the web, which the playground does not load: {picture.alt_text}</p>;
  }
  return <Figure id={id} alt={picture.alt_text} title={title} />;
}

function Figure({ id, alt, title }: { id: string; alt: string; title?: string }) {
  const source = `/playground/files/${encodeURIComponent(id)}`;
  return (
    <figure className="picture">
      {title && <figcaption>{title}</figcaption>}
      <a href={source} target="_blank" rel="noreferrer" aria-label={`Open full size: ${title || alt}`}>
        <img src={source} alt={alt} />
      </a>
    </figure>
  );
}

const UNITS = ["bytes", "KB", "MB"];

/** A number of bytes as people say it: 640 bytes, 12 KB, 1.4 MB. */
function sized(bytes: number): string {
  const unit = bytes < 1_000 ? 0 : bytes < 1_000_000 ? 1 : 2;
  const amount = bytes / 1_000 ** unit;
  return `${unit === 2 ? amount.toFixed(1) : Math.round(amount)}\u00a0${UNITS[unit]}`;
}

/** A file that is not shown but saved: its kind, its title, its name and size. */
function FileCard({ file }: { file: SharedFile }) {
  const kind = (file.name.match(/\.(\w{1,4})$/)?.[1] ?? "file").toUpperCase();
  return (
    <a
      className="file"
      href={`/playground/files/${encodeURIComponent(file.id)}`}
      download={file.name}
      aria-label={`Download ${[...new Set([file.title || file.name, file.name])].join(", ")}, ${sized(file.size)}`}
    >
      <span className={`kind ${kind.toLowerCase()}`} aria-hidden="true">
        {kind}
      </span>
      <span className="about">
        <strong>{file.title || file.name}</strong>
        <span className="small">
          {file.name} · {sized(file.size)}
        </span>
      </span>
    </a>
  );
}

export function Files({ files }: { files: SharedFile[] }) {
  return files.map((file) =>
    /\.(png|jpe?g|gif)$/i.test(file.name) ? (
      <Figure key={file.id} id={file.id} alt={file.alt_txt || file.title || file.name} title={file.title} />
    ) : (
      <FileCard key={file.id} file={file} />
    ),
  );
}

function Content({ cell }: { cell: Cell }) {
  return cell.type === "rich_text" ? <RichText elements={cell.elements} /> : <>{cell.text}</>;
}

function Table({ table }: { table: TableBlock }) {
  const [isWhole, setWhole] = useState(false);
  const [head, ...body] = table.rows;
  const size = table.type === "data_table" ? (table.page_size ?? 5) : body.length;
  const rows = isWhole ? body : body.slice(0, size);
  const side = (column: number) => {
    const align = table.column_settings?.[column]?.align;
    if (align) return align;
    return body.length > 0 && body.every((row) => row[column]?.type === "raw_number") ? "right" : "left";
  };
  return (
    <div className="table" role="region" aria-label={table.caption || "Table"} tabIndex={0}>
      <table>
        {table.caption && <caption>{table.caption}</caption>}
        <thead>
          <tr>
            {head.map((cell, column) => (
              <th key={column} scope="col" className={side(column)}>
                <Content cell={cell} />
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row, position) => (
            <tr key={position}>
              {row.map((cell, column) => (
                <td key={column} className={side(column)}>
                  <Content cell={cell} />
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      {rows.length < body.length && (
        <button type="button" className="button" onClick={() => setWhole(true)}>
          Show all {body.length} rows
        </button>
      )}
    </div>
  );
}

function Section({ block }: { block: Extract<Block, { type: "section" }> }) {
  const { text, fields, accessory } = block;
  return (
    <div className="section">
      <div className="words">
        {text && (
          <div className="line">
            <Words of={text} />
          </div>
        )}
        {fields && (
          <div className="fields">
            {fields.map((field, position) => (
              <div className="line" key={position}>
                <Words of={field} />
              </div>
            ))}
          </div>
        )}
      </div>
      {accessory &&
        (accessory.type === "image" ? (
          <PictureBlock picture={accessory} />
        ) : (
          <Pressable element={accessory} blockId={block.block_id} />
        ))}
    </div>
  );
}

function Context({ elements }: { elements: (TextObject | Picture)[] }) {
  return (
    <div className="context">
      {elements.map((element, position) =>
        element.type === "image" ? (
          <PictureBlock key={position} picture={element} />
        ) : (
          <span className="line" key={position}>
            <Words of={element} />
          </span>
        ),
      )}
    </div>
  );
}

function One({ block }: { block: Block }) {
  const { theme } = useScene();
  switch (block.type) {
    case "header":
      return (
        <h3 className="line">
          <Words of={block.text} />
        </h3>
      );
    case "section":
      return <Section block={block} />;
    case "context":
      return <Context elements={block.elements} />;
    case "actions":
      return (
        <div className="actions">
          {block.elements.map((element) => (
            <Pressable key={element.action_id} element={element} blockId={block.block_id} />
          ))}
        </div>
      );
    case "rich_text":
      return (
        <div className="line">
          <RichText elements={block.elements} />
        </div>
      );
    case "image":
      return <PictureBlock picture={block} />;
    case "table":
    case "data_table":
      return <Table table={block} />;
    case "data_visualization":
      return <Chart block={block} />;
    case "input":
      return <FieldBlock block={block} />;
    case "divider":
      return <hr />;
    case "markdown":
      return (
        <Suspense fallback={<p className="absent">…</p>}>
          <Packaged block={block} theme={theme} />
        </Suspense>
      );
  }
}

export function Blocks({ blocks }: { blocks: Block[] }) {
  // Slack shows a table below everything else
  const isTable = (block: Block) => block.type === "table" || block.type === "data_table";
  const ordered = [...blocks.filter((block) => !isTable(block)), ...blocks.filter(isTable)];
  return ordered.map((block) => <One key={block.block_id} block={block} />);
}
