/** The page: channels, the messages of one, a thread beside it. */

import { useEffect, useMemo, useRef, useState } from "react";

import { Conversation } from "./Conversation";
import { SceneContext, type Scene } from "./scene";
import { useLive } from "./store";
import { useTheme } from "./theme";
import type { Room, Snapshot } from "./types";

function Mark({ room }: { room: Room }) {
  if (room.is_direct) return <span aria-hidden="true">● </span>;
  if (!room.is_private) return <span aria-hidden="true"># </span>;
  return (
    <>
      <svg className="lock" viewBox="0 0 12 14" aria-hidden="true">
        <path d="M3 6V4a3 3 0 0 1 6 0v2" fill="none" stroke="currentColor" strokeWidth="1.6" />
        <rect x="1" y="6" width="10" height="7.5" rx="1.5" fill="currentColor" />
      </svg>
      <span className="hidden">private </span>
    </>
  );
}

function label(room: Room): string {
  return `${room.is_direct ? "" : "#"}${room.name}${room.is_archived ? " (archived)" : ""}`;
}

/** Which channel is open, kept in the address so that a reload stays there; and what is unread elsewhere. */
function useRooms(rooms: Room[]) {
  const [chosen, setChosen] = useState(() => location.hash.slice(1));
  const room = rooms.find((each) => each.id === chosen) ?? rooms[0];
  const [seen, setSeen] = useState<Record<string, number>>(() =>
    Object.fromEntries(rooms.map((each) => [each.id, each.messages.length])),
  );
  useEffect(() => {
    setSeen((before) => ({ ...before, [room.id]: room.messages.length }));
  }, [room.id, room.messages.length]);
  const open = (id: string) => {
    history.replaceState(null, "", `#${id}`);
    setChosen(id);
  };
  const unread = (each: Room) => each.id !== room.id && each.messages.length > (seen[each.id] ?? 0);
  return { room, open, unread };
}

interface SidebarProps {
  snapshot: Snapshot;
  room: Room;
  open: (id: string) => void;
  unread: (room: Room) => boolean;
}

function Sidebar({ snapshot, room, open, unread }: SidebarProps) {
  return (
    <nav className="sidebar" aria-label="Channels">
      <h1>{snapshot.team}</h1>
      <ul>
        {snapshot.rooms.map((each) => (
          <li key={each.id}>
            <button
              type="button"
              className={unread(each) ? "unread" : ""}
              aria-current={each.id === room.id ? "page" : undefined}
              onClick={() => open(each.id)}
            >
              <Mark room={each} />
              {each.name}
              {each.is_archived && <small> archived</small>}
              {unread(each) && <span className="hidden">, unread</span>}
            </button>
          </li>
        ))}
      </ul>
    </nav>
  );
}

function Loaded({ snapshot, isConnected }: { snapshot: Snapshot; isConnected: boolean }) {
  const [theme, toggleTheme] = useTheme();
  const { room, open, unread } = useRooms(snapshot.rooms);
  const [thread, setThread] = useState("");
  const panel = useRef<HTMLElement>(null);
  const opener = useRef<HTMLElement | null>(null);
  const scene: Scene = useMemo(
    () => ({ snapshot, theme, press: () => undefined, pressed: "" }),
    [snapshot, theme],
  );
  const title = `${label(room)} · KPI playground`;
  useEffect(() => {
    document.title = title;
  }, [title]);
  useEffect(() => {
    if (thread) panel.current?.querySelector("textarea")?.focus();
  }, [thread]);

  const openRoom = (id: string) => {
    setThread("");
    open(id);
  };
  const openThread = (ts: string) => {
    opener.current = document.activeElement as HTMLElement | null;
    setThread(ts);
  };
  const closeThread = () => {
    setThread("");
    opener.current?.focus();
  };

  return (
    <SceneContext.Provider value={scene}>
      <div className={thread ? "page with-thread" : "page"}>
        <div className="notice" role="note">
          {snapshot.notice}
        </div>
        <Sidebar snapshot={snapshot} room={room} open={openRoom} unread={unread} />
        <main className="channel">
          <header className="bar">
            <h2>{label(room)}</h2>
            <select aria-label="Channel" value={room.id} onChange={(event) => openRoom(event.target.value)}>
              {snapshot.rooms.map((each) => (
                <option key={each.id} value={each.id}>
                  {label(each)}
                  {unread(each) ? " •" : ""}
                </option>
              ))}
            </select>
            <p className="topic">{room.topic}</p>
            <button type="button" className="button" aria-pressed={theme === "dark"} onClick={toggleTheme}>
              Dark
            </button>
          </header>
          <div className="lost" role="status">
            {isConnected ? "" : "The connection is lost. Trying again…"}
          </div>
          <Conversation key={room.id} room={room} label={label(room)} onThread={openThread} />
        </main>
        {thread && (
          <aside
            className="thread"
            aria-label="Thread"
            ref={panel}
            onKeyDown={(event) => event.key === "Escape" && !event.defaultPrevented && closeThread()}
          >
            <header className="bar">
              <h2>Thread</h2>
              <p className="topic">{label(room)}</p>
              <button type="button" className="button" aria-label="Close thread" onClick={closeThread}>
                ✕
              </button>
            </header>
            <Conversation key={thread} room={room} thread={thread} label="Thread" />
          </aside>
        )}
      </div>
    </SceneContext.Provider>
  );
}

export function App() {
  const { snapshot, isConnected } = useLive();
  if (!snapshot) return <p className="loading">Connecting to the playground…</p>;
  return <Loaded snapshot={snapshot} isConnected={isConnected} />;
}
