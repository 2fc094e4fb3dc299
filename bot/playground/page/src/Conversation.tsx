/** A list of messages with a box under it: a channel, or one thread of it. */

import { useEffect, useRef, useState } from "react";

import { send } from "./api";
import { Composer } from "./Composer";
import { MessageItem } from "./MessageItem";
import { useScene } from "./scene";
import type { Message, Room, Snapshot } from "./types";

interface Props {
  room: Room;
  /** The parent's ts, when this is a thread. */
  thread?: string;
  label: string;
  onThread?: (ts: string) => void;
}

function isIn(message: Message, thread: string | undefined): boolean {
  const parent = message.thread_ts ?? message.ts;
  if (thread) return parent === thread;
  return parent === message.ts || message.subtype === "thread_broadcast";
}

/** Stays at the newest message, unless the reader has scrolled up. */
function useFollow(newest: string | undefined, place: string) {
  const list = useRef<HTMLDivElement>(null);
  const isAtEnd = useRef(true);
  const top = useRef(0);
  const toEnd = () => {
    const element = list.current;
    if (element && isAtEnd.current) element.scrollTop = element.scrollHeight;
  };
  useEffect(() => {
    isAtEnd.current = true;
    toEnd();
  }, [place]);
  useEffect(toEnd, [newest]);
  const onScroll = () => {
    const element = list.current;
    if (!element) return;
    // A list that grows under the reader also fires this event: only moving up means that they left the end.
    const isNear = element.scrollHeight - element.scrollTop - element.clientHeight < 60;
    if (isNear) isAtEnd.current = true;
    else if (element.scrollTop < top.current) isAtEnd.current = false;
    top.current = element.scrollTop;
  };
  // pictures and charts grow the list when they are there
  const content = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (!content.current) return;
    const observer = new ResizeObserver(toEnd);
    observer.observe(content.current);
    return () => observer.disconnect();
  }, []);
  return { list, content, onScroll };
}

export function Conversation({ room, thread, label, onThread }: Props) {
  const { snapshot } = useScene();
  const [waiting, setWaiting] = useState(0);
  const [problem, setProblem] = useState("");
  const messages = room.messages.filter((message) => isIn(message, thread));
  const newest = messages.at(-1);
  const follow = useFollow(`${newest?.ts}/${waiting}/${messages.length}`, `${room.id}/${thread ?? ""}`);

  const onSend = async (text: string) => {
    setProblem("");
    setWaiting((count) => count + 1);
    const outcome = await send(room.id, text, thread);
    setWaiting((count) => count - 1);
    if (!outcome.ok && (outcome.error === "refused" || outcome.error === "unreachable")) setProblem(outcome.detail);
  };
  const hint = hintOf(room, thread, snapshot);

  return (
    <>
      <div
        className="messages"
        role="log"
        aria-live="polite"
        aria-label={label}
        tabIndex={0}
        onScroll={follow.onScroll}
        ref={follow.list}
      >
        <div ref={follow.content}>
          {messages.length === 0 && <Empty room={room} />}
          {messages.map((message) => (
            <MessageItem key={message.ts} message={message} room={room.id} onThread={onThread} />
          ))}
          {waiting > 0 && <p className="waiting">{snapshot.bot.name} is answering…</p>}
        </div>
      </div>
      {problem && (
        <p className="problem" role="alert">
          {problem}
        </p>
      )}
      <Composer
        label={thread ? "Reply in thread" : `Message ${label}`}
        hint={room.is_archived ? "This channel is archived" : hint}
        canComplete={!thread}
        disabled={room.is_archived}
        onSend={(text) => void onSend(text)}
      />
    </>
  );
}

function hintOf(room: Room, thread: string | undefined, { bot, command }: Snapshot): string {
  if (thread) return room.is_direct ? `Reply to ${bot.name}` : `Reply, or ask @${bot.name}`;
  return room.is_direct ? `Ask ${bot.name}, or type ${command}` : `Type ${command} or a message`;
}

function Empty({ room }: { room: Room }) {
  const { snapshot } = useScene();
  return (
    <div className="empty">
      <h2>{room.is_direct ? `Messages with ${snapshot.bot.name}` : `This is the start of #${room.name}`}</h2>
      {room.topic && <p>{room.topic}</p>}
      <p>
        {room.is_direct && "Ask in your own words, or type "}
        {!room.is_direct && "Type "}
        <kbd>{snapshot.command}</kbd> and a space to see what can be asked.
        {!room.has_bot && " The bot is not in this channel: it can answer commands here, and post nothing."}
      </p>
    </div>
  );
}
