/** What every message needs to draw itself and to be pressed. */

import { createContext, useContext } from "react";

import type { Spot } from "./api";
import type { Theme } from "./theme";
import type { Snapshot } from "./types";

export interface Scene {
  snapshot: Snapshot;
  theme: Theme;
  press: (spot: Spot) => void;
  /** The `block_id/action_id` that is being pressed, if one is. */
  pressed: string;
}

export const SceneContext = createContext<Scene | null>(null);

export function useScene(): Scene {
  const scene = useContext(SceneContext);
  if (!scene) throw new Error("a message is drawn outside of SceneContext");
  return scene;
}
