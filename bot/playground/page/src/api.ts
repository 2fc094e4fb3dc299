/** The page's requests. A failure of the network is an outcome like any other. */

import type { Completion, Outcome } from "./types";

async function post(path: string, body: Record<string, unknown>): Promise<Outcome> {
  try {
    const answer = await fetch(path, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(body),
    });
    if (answer.headers.get("content-type")?.startsWith("application/json")) {
      return (await answer.json()) as Outcome;
    }
    return { ok: false, error: "refused", detail: await answer.text() };
  } catch {
    return { ok: false, error: "unreachable", detail: "The playground is not running. Start it again and retry." };
  }
}

export function send(room: string, text: string, threadTs?: string): Promise<Outcome> {
  return post("/playground/send", { room, text, thread_ts: threadTs });
}

export interface Press {
  room: string;
  ts: string;
  block_id: string;
  action_id: string;
  option?: string;
}

export function click(press: Press): Promise<Outcome> {
  return post("/playground/click", { ...press });
}

export async function complete(text: string, signal: AbortSignal): Promise<Completion[]> {
  const answer = await fetch(`/playground/complete?text=${encodeURIComponent(text)}`, { signal });
  return answer.ok ? ((await answer.json()) as Completion[]) : [];
}
