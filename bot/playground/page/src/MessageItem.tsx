/** One message: who, when, what, and the way into its thread. */

import { Component, useMemo, useState, type ReactNode } from "react";

import { click, shortcut, type Spot } from "./api";
import { Blocks, Files } from "./Blocks";
import { Menu } from "./Menu";
import { SceneContext, useScene } from "./scene";
import { Mrkdwn } from "./Text";
import type { Message } from "./types";

const CLOCK = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });
const MOMENT = new Intl.DateTimeFormat(undefined, { dateStyle: "full", timeStyle: "medium" });

interface Props {
  message: Message;
  room: string;
  onThread?: (ts: string) => void;
}

function Avatar({ name, isBot }: { name: string; isBot: boolean }) {
  if (!isBot) {
    return (
      <div className="avatar" aria-hidden="true">
        {name.slice(0, 1).toUpperCase()}
      </div>
    );
  }
  return (
    <svg className="avatar bot" viewBox="0 0 16 16" aria-hidden="true">
      <path d="M3 11l3-4 3 2 4-5" fill="none" stroke="currentColor" strokeWidth="1.8" />
    </svg>
  );
}

/** A message that cannot be drawn says so, with its plain text; the others stay. */
class Fallback extends Component<{ text: string; children: ReactNode }, { isBroken: boolean }> {
  state = { isBroken: false };

  static getDerivedStateFromError() {
    return { isBroken: true };
  }

  render() {
    if (!this.state.isBroken) return this.props.children;
    return <p className="absent">The page cannot draw this message. Its text: {this.props.text}</p>;
  }
}

function Content({ message }: { message: Message }) {
  if (message.is_echo) return <p className="echo">{message.text}</p>;
  if (message.subtype === "tombstone") return <p className="absent">{message.text}</p>;
  const hasBlocks = Boolean(message.blocks?.length);
  return (
    <>
      {hasBlocks && <Blocks blocks={message.blocks ?? []} />}
      {!hasBlocks && message.text && (
        <div className="line">
          <Mrkdwn text={message.text} />
        </div>
      )}
      {message.files && <Files files={message.files} />}
    </>
  );
}

export function MessageItem({ message, room, onThread }: Props) {
  const scene = useScene();
  const [pressed, setPressed] = useState("");
  const [problem, setProblem] = useState("");
  const name = message.username ?? scene.snapshot.people.find((each) => each.id === message.user)?.name ?? "Somebody";
  const at = new Date(Number(message.ts) * 1000);

  const inside = useMemo(() => {
    const press = async (spot: Spot) => {
      setPressed(`${spot.block_id}/${spot.action_id}`);
      setProblem("");
      const outcome = await click({ room, ts: message.ts }, spot);
      setPressed("");
      if (!outcome.ok) setProblem(`That did not work: ${outcome.detail || outcome.error}`);
    };
    return { ...scene, pressed, press: (spot: Spot) => void press(spot) };
  }, [scene, pressed, room, message.ts]);

  return (
    <article className={message.is_ephemeral ? "message whisper" : "message"} aria-label={`${name}, ${CLOCK.format(at)}`}>
      <Avatar name={name} isBot={Boolean(message.bot_id)} />
      <div className="body">
        {message.is_ephemeral && <p className="private">Only visible to you</p>}
        {Boolean(message.pinned_to?.length) && <Pinned by={message.pinned_info?.pinned_by} />}
        <header>
          <strong>{name}</strong>
          {message.bot_id && <span className="badge">APP</span>}
          <time dateTime={at.toISOString()} title={MOMENT.format(at)}>
            {CLOCK.format(at)}
          </time>
        </header>
        <SceneContext.Provider value={inside}>
          <Fallback text={message.text}>
            <Content message={message} />
          </Fallback>
        </SceneContext.Provider>
        {message.edited && <span className="edited">(edited)</span>}
        {problem && (
          <p className="problem" role="alert">
            {problem}
          </p>
        )}
        {onThread && <ThreadLink message={message} onThread={onThread} />}
      </div>
      {!message.is_ephemeral && message.subtype !== "tombstone" && (
        <Tools message={message} room={room} onThread={onThread} onProblem={setProblem} />
      )}
    </article>
  );
}

/** That a message is pinned to its channel, and by whom. */
function Pinned({ by }: { by?: string }) {
  const { bot, people } = useScene().snapshot;
  const name = by === bot.id ? bot.name : people.find((each) => each.id === by)?.name;
  return (
    <p className="pinned">
      <svg viewBox="0 0 16 16" aria-hidden="true">
        <path d="M5 2h6l-1 4 3 3H3l3-3zM8 9v5" fill="none" stroke="currentColor" strokeWidth="1.4" />
      </svg>
      Pinned{name ? ` by ${name}` : ""}
    </p>
  );
}

/** The number of replies, which opens them. */
function ThreadLink({ message, onThread }: { message: Message; onThread: (ts: string) => void }) {
  const count = message.reply_count ?? 0;
  if (!count) return null;
  return (
    <button type="button" className="thread-link" onClick={() => onThread(message.thread_ts ?? message.ts)}>
      {count === 1 ? "1 reply" : `${count} replies`}
    </button>
  );
}

/** What can be done with a message: over its corner, so that it takes no room. */
function Tools({ message, room, onThread, onProblem }: Props & { onProblem: (words: string) => void }) {
  const { shortcuts } = useScene().snapshot;
  const run = async (callback: string) => {
    onProblem("");
    const outcome = await shortcut(callback, { room, ts: message.ts });
    if (!outcome.ok) onProblem(`That did not work: ${outcome.detail || outcome.error}`);
  };
  const reply = () => onThread?.(message.thread_ts ?? message.ts);
  const items = [
    ...(onThread ? [{ key: "reply", label: "Reply in thread", run: reply }] : []),
    ...shortcuts
      .filter((each) => each.type === "message")
      .map((each) => ({ key: each.callback_id, label: each.name, run: () => void run(each.callback_id) })),
  ];
  return (
    <div className="tools">
      {onThread && !message.reply_count && (
        <button type="button" className="tool" onClick={reply}>
          Reply in thread
        </button>
      )}
      {items.length > 0 && <Menu label="More actions" items={items} sign="⋮" className="tool" />}
    </div>
  );
}
