/** The app's own place: its Home tab and its messages. */

import { useEffect, useMemo, useRef, useState, type KeyboardEvent, type ReactNode } from "react";

import { openTab, press, type Spot } from "./api";
import { Blocks } from "./Blocks";
import { SceneContext, useScene } from "./scene";

export type Tab = "home" | "messages";
const TABS: [Tab, string][] = [
  ["home", "Home"],
  ["messages", "Messages"],
];

interface Props {
  tab: Tab;
  open: (tab: Tab) => void;
  unread: boolean;
  children: ReactNode;
}

/** The tabs over what `children` shows of the messages. Each opening is told to the bot, as Slack does. */
export function AppPlace({ tab, open, unread, children }: Props) {
  const bar = useRef<HTMLDivElement>(null);
  useEffect(() => {
    void openTab(tab);
  }, [tab]);
  const walk = (event: KeyboardEvent) => {
    if (event.key !== "ArrowRight" && event.key !== "ArrowLeft") return;
    const next: Tab = tab === "home" ? "messages" : "home";
    open(next);
    bar.current?.querySelector<HTMLElement>(`#tab-${next}`)?.focus();
  };
  return (
    <>
      <div className="tabs" role="tablist" aria-label="KPI" ref={bar} onKeyDown={walk}>
        {TABS.map(([name, words]) => (
          <button
            key={name}
            type="button"
            role="tab"
            id={`tab-${name}`}
            aria-selected={tab === name}
            aria-controls="app-panel"
            tabIndex={tab === name ? 0 : -1}
            onClick={() => open(name)}
          >
            {words}
            {name === "messages" && unread && <span className="hidden">, unread</span>}
            {name === "messages" && unread && <span className="dot" aria-hidden="true" />}
          </button>
        ))}
      </div>
      <div className="panel" role="tabpanel" id="app-panel" aria-labelledby={`tab-${tab}`}>
        {tab === "home" ? <Home /> : children}
      </div>
    </>
  );
}

function Home() {
  const scene = useScene();
  const view = scene.snapshot.home;
  const [pressed, setPressed] = useState("");
  const [problem, setProblem] = useState("");
  const inside = useMemo(() => {
    const act = async (spot: Spot) => {
      if (!view) return;
      setPressed(`${spot.block_id}/${spot.action_id}`);
      setProblem("");
      const outcome = await press(view.id, spot);
      setPressed("");
      if (!outcome.ok) setProblem(`That did not work: ${outcome.detail || outcome.error}`);
    };
    return { ...scene, pressed, press: (spot: Spot) => void act(spot) };
  }, [scene, view, pressed]);

  if (!view) {
    return (
      <div className="home" tabIndex={0} role="region" aria-label="Home">
        <p className="absent">{scene.snapshot.bot.name} has not filled its Home yet.</p>
      </div>
    );
  }
  return (
    <div className="home" tabIndex={0} role="region" aria-label="Home">
      <div className="view">
        <SceneContext.Provider value={inside}>
          <Blocks blocks={view.blocks} />
        </SceneContext.Provider>
        {problem && (
          <p className="problem" role="alert">
            {problem}
          </p>
        )}
      </div>
    </div>
  );
}
