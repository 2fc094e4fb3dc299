/** The list of places: the app, the channels, and what the bot writes to others. */

import type { Room, Snapshot } from "./types";

/** The app's Home tab, as a place beside the rooms. */
export const HOME = "home";

export interface Places {
  snapshot: Snapshot;
  /** The id of the open room, or HOME. */
  current: string;
  open: (id: string) => void;
  unread: (room: Room) => boolean;
}

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

export function label(room: Room): string {
  return `${room.is_direct ? "" : "#"}${room.name}${room.is_archived ? " (archived)" : ""}`;
}

/** The rooms in the order of the list: channels first, then the direct messages that are not the reader's. */
export function listed(snapshot: Snapshot): { channels: Room[]; others: Room[] } {
  return {
    channels: snapshot.rooms.filter((room) => !room.is_direct),
    others: snapshot.rooms.filter((room) => room.is_direct && room.id !== snapshot.direct),
  };
}

/** Whether the app's own messages hold something new. */
export function appUnread({ snapshot, unread }: Pick<Places, "snapshot" | "unread">): boolean {
  return snapshot.rooms.some((room) => room.id === snapshot.direct && unread(room));
}

function Entry({ room, current, open, unread }: { room: Room } & Omit<Places, "snapshot">) {
  return (
    <li>
      <button
        type="button"
        className={unread(room) ? "unread" : ""}
        aria-current={room.id === current ? "page" : undefined}
        onClick={() => open(room.id)}
      >
        <Mark room={room} />
        {room.name}
        {room.is_archived && <small> archived</small>}
        {unread(room) && <span className="hidden">, unread</span>}
      </button>
    </li>
  );
}

export function Sidebar(places: Places) {
  const { snapshot, current, open } = places;
  const { channels, others } = listed(snapshot);
  const isUnread = appUnread(places);
  return (
    <nav className="sidebar" aria-label="Channels">
      <h1>{snapshot.team}</h1>
      <h2>Channels</h2>
      <ul>
        {channels.map((room) => (
          <Entry key={room.id} {...places} room={room} />
        ))}
      </ul>
      <h2>Apps</h2>
      <ul>
        <li>
          <button
            type="button"
            className={isUnread ? "app unread" : "app"}
            aria-current={current === HOME || current === snapshot.direct ? "page" : undefined}
            onClick={() => open(isUnread ? snapshot.direct : HOME)}
          >
            <svg viewBox="0 0 16 16" aria-hidden="true">
              <path d="M3 11l3-4 3 2 4-5" fill="none" stroke="currentColor" strokeWidth="1.8" />
            </svg>
            {snapshot.bot.name}
            {isUnread && <span className="hidden">, unread</span>}
          </button>
        </li>
      </ul>
      {others.length > 0 && (
        <>
          <h2>{snapshot.bot.name} writes to</h2>
          <ul>
            {others.map((room) => (
              <Entry key={room.id} {...places} room={room} />
            ))}
          </ul>
        </>
      )}
    </nav>
  );
}

/** The same list where there is no room for it: on a phone. */
export function Switcher(places: Places) {
  const { snapshot, current, open, unread } = places;
  const { channels, others } = listed(snapshot);
  const option = (room: Room) => (
    <option key={room.id} value={room.id}>
      {label(room)}
      {unread(room) ? " •" : ""}
    </option>
  );
  return (
    <select
      aria-label="Channel"
      value={current === snapshot.direct ? HOME : current}
      onChange={(event) => open(event.target.value)}
    >
      {channels.map(option)}
      <option value={HOME}>
        {snapshot.bot.name} (app){appUnread(places) ? " •" : ""}
      </option>
      {others.map(option)}
    </select>
  );
}
