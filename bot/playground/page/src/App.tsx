/** The page: channels and the app, the messages of one place, a thread beside it, a modal over all. */

import { useEffect, useMemo, useRef, useState, type ReactNode, type RefObject } from "react";

import { AppPlace } from "./AppPlace";
import { Conversation } from "./Conversation";
import { Modals } from "./Modal";
import { SceneContext, type Scene } from "./scene";
import { appUnread, HOME, label, Sidebar, Switcher, type Places } from "./Sidebar";
import { useLive } from "./store";
import { useTheme } from "./theme";
import type { Room, Snapshot } from "./types";

/** Which place is open, kept in the address so that a reload stays there; and what is unread elsewhere. */
function usePlaces(snapshot: Snapshot): Places & { room: Room } {
  const { rooms } = snapshot;
  const [chosen, setChosen] = useState(() => location.hash.slice(1));
  const isHome = chosen === HOME;
  const room = rooms.find((each) => each.id === (isHome ? snapshot.direct : chosen)) ?? rooms[0];
  const [seen, setSeen] = useState<Record<string, number>>(() =>
    Object.fromEntries(rooms.map((each) => [each.id, each.messages.length])),
  );
  useEffect(() => {
    if (!isHome) setSeen((before) => ({ ...before, [room.id]: room.messages.length }));
  }, [isHome, room.id, room.messages.length]);
  const open = (id: string) => {
    history.replaceState(null, "", `#${id}`);
    setChosen(id);
  };
  const current = isHome ? HOME : room.id;
  const unread = (each: Room) => each.id !== current && each.messages.length > (seen[each.id] ?? 0);
  return { snapshot, room, current, open, unread };
}

/** The open thread, which takes the focus and gives it back. */
function useThread() {
  const [thread, setThread] = useState("");
  const panel = useRef<HTMLElement>(null);
  const opener = useRef<HTMLElement | null>(null);
  useEffect(() => {
    if (thread) panel.current?.querySelector("textarea")?.focus();
  }, [thread]);
  const open = (ts: string) => {
    opener.current = document.activeElement as HTMLElement | null;
    setThread(ts);
  };
  const close = () => {
    setThread("");
    opener.current?.focus();
  };
  return { thread, panel, open, close, leave: () => setThread("") };
}

interface ThreadProps {
  panel: RefObject<HTMLElement | null>;
  topic: string;
  close: () => void;
  children: ReactNode;
}

function ThreadPanel({ panel, topic, close, children }: ThreadProps) {
  return (
    <aside
      className="thread"
      aria-label="Thread"
      ref={panel}
      onKeyDown={(event) => event.key === "Escape" && !event.defaultPrevented && close()}
    >
      <header className="bar">
        <h2>Thread</h2>
        <p className="topic">{topic}</p>
        <button type="button" className="button" aria-label="Close thread" onClick={close}>
          ✕
        </button>
      </header>
      {children}
    </aside>
  );
}

function Loaded({ snapshot, isConnected }: { snapshot: Snapshot; isConnected: boolean }) {
  const [theme, toggleTheme] = useTheme();
  const places = usePlaces(snapshot);
  const { room, current } = places;
  const { thread, panel, ...threads } = useThread();
  const scene: Scene = useMemo(
    () => ({ snapshot, theme, press: () => undefined, pressed: "" }),
    [snapshot, theme],
  );
  const isApp = room.id === snapshot.direct;
  const title = isApp ? snapshot.bot.name : label(room);
  useEffect(() => {
    document.title = `${title} · KPI playground`;
  }, [title]);
  const openPlace = (id: string) => {
    threads.leave();
    places.open(id);
  };
  const conversation = <Conversation key={room.id} room={room} label={title} onThread={threads.open} />;

  return (
    <SceneContext.Provider value={scene}>
      <div className={thread ? "page with-thread" : "page"}>
        <div className="notice" role="note">
          {snapshot.notice}
        </div>
        <Sidebar {...places} open={openPlace} />
        <main className="channel">
          <header className="bar">
            <h2>{title}</h2>
            <Switcher {...places} open={openPlace} />
            <p className="topic">{room.topic}</p>
            <button type="button" className="button" aria-pressed={theme === "dark"} onClick={toggleTheme}>
              Dark
            </button>
          </header>
          <div className="lost" role="status">
            {isConnected ? "" : "The connection is lost. Trying again…"}
          </div>
          {isApp ? (
            <AppPlace
              tab={current === HOME ? "home" : "messages"}
              open={(tab) => openPlace(tab === "home" ? HOME : snapshot.direct)}
              unread={appUnread(places)}
            >
              {conversation}
            </AppPlace>
          ) : (
            conversation
          )}
        </main>
        {thread && (
          <ThreadPanel panel={panel} topic={title} close={threads.close}>
            <Conversation key={thread} room={room} thread={thread} label="Thread" />
          </ThreadPanel>
        )}
      </div>
      <Modals views={snapshot.modals} />
    </SceneContext.Provider>
  );
}

export function App() {
  const { snapshot, isConnected } = useLive();
  if (!snapshot) return <p className="loading">Connecting to the playground…</p>;
  return <Loaded snapshot={snapshot} isConnected={isConnected} />;
}
