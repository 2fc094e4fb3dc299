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
);

export interface SharedFile {
  id: string;
  name: string;
  title: string;
  alt_txt: string;
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
  messages: Message[];
}

export interface Snapshot {
  number: number;
  team: string;
  notice: string;
  command: string;
  bot: { id: string; name: string };
  person: string;
  people: { id: string; name: string }[];
  rooms: Room[];
}

export type Change = { number: number } & (
  | { kind: "message"; room: string; message: Message }
  | { kind: "removed"; room: string; ts: string }
  | { kind: "room"; room: Omit<Room, "messages"> }
);

export interface Outcome {
  ok: boolean;
  error: string;
  detail: string;
}

export interface Completion {
  text: string;
  summary: string;
}
