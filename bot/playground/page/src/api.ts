/** The page's requests. A failure of the network is an outcome like any other. */

import type { Completion, Option, Outcome } from "./types";

async function post<Told extends Outcome = Outcome>(path: string, body: Record<string, unknown>): Promise<Told | Outcome> {
  try {
    const answer = await fetch(path, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(body),
    });
    if (answer.headers.get("content-type")?.startsWith("application/json")) {
      return (await answer.json()) as Told;
    }
    return { ok: false, error: "refused", detail: await answer.text() };
  } catch {
    return { ok: false, error: "unreachable", detail: "The playground is not running. Start it again and retry." };
  }
}

export function send(room: string, text: string, threadTs?: string): Promise<Outcome> {
  return post("/playground/send", { room, text, thread_ts: threadTs });
}

/** What was pressed, and which option of a menu was chosen. */
export interface Spot {
  block_id: string;
  action_id: string;
  option?: string;
}

export function click(place: { room: string; ts: string }, spot: Spot): Promise<Outcome> {
  return post("/playground/click", { ...place, ...spot });
}

/** What the fields of a modal hold, by block_id. */
export type Values = Record<string, string | string[]>;

export function press(view: string, spot: Spot, values: Values = {}): Promise<Outcome> {
  return post("/playground/press", { view_id: view, ...spot, values });
}

export function submit(view: string, values: Values): Promise<Outcome> {
  return post("/playground/submit", { view_id: view, values });
}

export function close(view: string): Promise<Outcome> {
  return post("/playground/close", { view_id: view });
}

export function suggest(view: string, action: string, text: string): Promise<Outcome & { options?: Option[] }> {
  return post<Outcome & { options?: Option[] }>("/playground/suggest", { view_id: view, action_id: action, text });
}

export function openTab(tab: "home" | "messages"): Promise<Outcome> {
  return post("/playground/tab", { tab });
}

/** Choose a shortcut: of a message, or one that belongs to none. */
export function shortcut(callback: string, message: { room?: string; ts?: string } = {}): Promise<Outcome> {
  return post("/playground/shortcut", { callback_id: callback, ...message });
}

export async function complete(text: string, signal: AbortSignal): Promise<Completion[]> {
  const answer = await fetch(`/playground/complete?text=${encodeURIComponent(text)}`, { signal });
  return answer.ok ? ((await answer.json()) as Completion[]) : [];
}
