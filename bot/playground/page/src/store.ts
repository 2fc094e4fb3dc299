/** The page's copy of the stand-in's state, kept up to date by a stream of numbered changes. */

import { useEffect, useRef, useState } from "react";

import type { Change, Message, Room, Snapshot } from "./types";

/** A snapshot with one change applied; changes it already holds are ignored. */
export function apply(snapshot: Snapshot, change: Change): Snapshot {
  if (change.number <= snapshot.number) return snapshot;
  const { number } = change;
  switch (change.kind) {
    case "home":
      return { ...snapshot, number, home: change.person === snapshot.person ? change.view : snapshot.home };
    case "modals":
      return { ...snapshot, number, modals: change.person === snapshot.person ? change.views : snapshot.modals };
    default:
      return { ...snapshot, number, rooms: changedRooms(snapshot.rooms, change) };
  }
}

function changedRooms(rooms: Room[], change: Exclude<Change, { kind: "home" | "modals" }>): Room[] {
  if (change.kind === "room") {
    const known = rooms.some((each) => each.id === change.room.id);
    if (!known) return [...rooms, { ...change.room, messages: [] }];
    return rooms.map((each) => (each.id === change.room.id ? { ...each, ...change.room } : each));
  }
  return rooms.map((room) => {
    if (room.id !== change.room) return room;
    if (change.kind === "removed") {
      return { ...room, messages: room.messages.filter((each) => each.ts !== change.ts) };
    }
    return { ...room, messages: put(room.messages, change.message) };
  });
}

function put(messages: Message[], message: Message): Message[] {
  const known = messages.some((each) => each.ts === message.ts);
  return known ? messages.map((each) => (each.ts === message.ts ? message : each)) : [...messages, message];
}

export interface Live {
  snapshot: Snapshot | null;
  isConnected: boolean;
}

/** Reads the whole state whenever the stream (re)opens, so that nothing is missed in between. */
export function useLive(): Live {
  const [snapshot, setSnapshot] = useState<Snapshot | null>(null);
  const [isConnected, setConnected] = useState(false);
  const sinceOpened = useRef<Change[]>([]);

  useEffect(() => {
    const stream = new EventSource("/playground/events");
    const reload = async () => {
      sinceOpened.current = [];
      const answer = await fetch("/playground/state");
      if (!answer.ok) return;
      const fresh = (await answer.json()) as Snapshot;
      setSnapshot(sinceOpened.current.reduce(apply, fresh));
      setConnected(true);
    };
    stream.onopen = () => void reload().catch(() => setConnected(false));
    stream.onerror = () => setConnected(false);
    stream.onmessage = (event: MessageEvent<string>) => {
      const change = JSON.parse(event.data) as Change;
      sinceOpened.current.push(change);
      setSnapshot((current) => current && apply(current, change));
    };
    return () => stream.close();
  }, []);

  return { snapshot, isConnected };
}
