/** What the stand-in sends: see page_api.py. */

export interface TextObject {
  type: "plain_text" | "mrkdwn";
  text: string;
  verbatim?: boolean;
  emoji?: boolean;
}

export interface RichStyle {
  bold?: boolean;
  italic?: boolean;
  strike?: boolean;
  code?: boolean;
  underline?: boolean;
}

export type RichInline = { style?: RichStyle } & (
  | { type: "text"; text: string }
  | { type: "link"; url: string; text?: string }
  | { type: "emoji"; name: string }
  | { type: "user"; user_id: string }
  | { type: "channel"; channel_id: string }
  | { type: "broadcast"; range: string }
  | { type: "date"; timestamp: number; format: string; fallback?: string; url?: string }
);

export type RichElement =
  | { type: "rich_text_section" | "rich_text_quote" | "rich_text_preformatted"; elements: RichInline[] }
  | { type: "rich_text_list"; style: "bullet" | "ordered"; indent?: number; elements: { elements: RichInline[] }[] };

export interface Option {
  text: TextObject;
  value: string;
  description?: TextObject;
}

/** A field of a modal. */
export interface Field {
  type: "plain_text_input" | "static_select" | "external_select" | "datepicker" | "radio_buttons" | "checkboxes";
  action_id: string;
  placeholder?: TextObject;
  initial_value?: string;
  initial_date?: string;
  initial_option?: Option;
  initial_options?: Option[];
  options?: Option[];
  multiline?: boolean;
  max_length?: number;
  min_query_length?: number;
  focus_on_load?: boolean;
}

export interface InputBlock {
  type: "input";
  block_id: string;
  label: TextObject;
  hint?: TextObject;
  optional?: boolean;
  element: Field;
}

export interface View {
  id: string;
  type: "home" | "modal";
  hash: string;
  title?: TextObject;
  submit?: TextObject | null;
  close?: TextObject | null;
  previous_view_id: string | null;
  blocks: Block[];
}

export interface Shortcut {
  callback_id: string;
  name: string;
  type: "message" | "global";
}

export interface Point {
  label: string;
  value: number;
}

export interface Plot {
  type: "line" | "bar" | "area";
  series: { name: string; data: Point[] }[];
  axis_config: { categories: string[]; x_label?: string; y_label?: string };
}

export interface Pie {
  type: "pie";
  segments: Point[];
}

export interface ChartBlock {
  type: "data_visualization";
  block_id: string;
  title: string;
  chart: Plot | Pie;
}

export interface Active {
  type: "button" | "overflow" | "static_select";
  action_id: string;
  text?: TextObject;
  placeholder?: TextObject;
  accessibility_label?: string;
  style?: "primary" | "danger";
  url?: string;
  confirm?: { title?: TextObject; text: TextObject };
  options?: Option[];
  initial_option?: Option;
}

export interface Picture {
  type: "image";
  alt_text: string;
  image_url?: string;
  slack_file?: { id?: string; url?: string };
  title?: TextObject;
}

export type Cell =
  | { type: "raw_text" | "raw_number"; text: string }
  | { type: "rich_text"; elements: RichElement[] };

export interface TableBlock {
  type: "table" | "data_table";
  block_id: string;
  rows: Cell[][];
  column_settings?: { align?: "left" | "center" | "right" }[];
  caption?: string;
  page_size?: number;
}

export type Block = { block_id: string } & (
  | { type: "header"; text: TextObject; level?: number }
  | { type: "section"; text?: TextObject; fields?: TextObject[]; accessory?: Active | Picture }
  | { type: "context"; elements: (TextObject | Picture)[] }
  | { type: "actions"; elements: Active[] }
  | { type: "rich_text"; elements: RichElement[] }
  | { type: "divider" | "markdown" }
  | Picture
  | TableBlock
  | ChartBlock
  | InputBlock
);

export interface SharedFile {
  id: string;
  name: string;
  title: string;
  alt_txt: string;
  /** In bytes. */
  size: number;
  mimetype: string;
}

export interface Message {
  ts: string;
  user: string;
  username?: string;
  bot_id?: string;
  text: string;
  blocks?: Block[];
  files?: SharedFile[];
  thread_ts?: string;
  subtype?: string;
  reply_count?: number;
  latest_reply?: string;
  edited?: { ts: string };
  pinned_to?: string[];
  pinned_info?: { channel: string; pinned_by: string; pinned_ts: number };
  is_ephemeral?: boolean;
  is_echo?: boolean;
}

export interface Room {
  id: string;
  name: string;
  topic: string;
  is_private: boolean;
  is_archived: boolean;
  has_bot: boolean;
  is_direct: boolean;
  /** The other side of a direct message with the bot. */
  partner: string | null;
  messages: Message[];
}

export interface Snapshot {
  number: number;
  team: string;
  notice: string;
  command: string;
  bot: { id: string; name: string };
  person: string;
  /** The room of the direct messages between the reader and the bot. */
  direct: string;
  home: View | null;
  modals: View[];
  shortcuts: Shortcut[];
  people: { id: string; name: string }[];
  rooms: Room[];
}

export type Change = { number: number } & (
  | { kind: "message"; room: string; message: Message }
  | { kind: "removed"; room: string; ts: string }
  | { kind: "room"; room: Omit<Room, "messages"> }
  | { kind: "home"; person: string; view: View }
  | { kind: "modals"; person: string; views: View[] }
);

export interface Outcome {
  ok: boolean;
  error: string;
  detail: string;
  /** What is wrong with a form, by block_id. */
  errors?: Record<string, string>;
}

export interface Completion {
  text: string;
  summary: string;
}
