/** The open modal: a dialog that keeps the focus, closes with Escape and says what is wrong where it is. */

import { useEffect, useLayoutEffect, useRef, useState, type FormEvent } from "react";

import { close, press, submit, type Spot, type Values } from "./api";
import { Blocks } from "./Blocks";
import { FormContext, initial, type Form, type Value } from "./form";
import { SceneContext, useScene } from "./scene";
import type { InputBlock, View } from "./types";

export function Modals({ views }: { views: View[] }) {
  const top = views.at(-1);
  return top ? <Dialog view={top} /> : null;
}

function Dialog({ view }: { view: View }) {
  const dialog = useRef<HTMLDialogElement>(null);
  useLayoutEffect(() => {
    const shown = dialog.current;
    shown?.showModal();
    return () => shown?.close(); // gives the focus back to where it was
  }, []);
  return (
    <dialog
      ref={dialog}
      className="modal"
      aria-labelledby="modal-title"
      onCancel={(event) => {
        event.preventDefault(); // the dialog goes when the stand-in says that its view is gone
        void close(view.id);
      }}
    >
      <Content key={view.id} view={view} />
    </dialog>
  );
}

const slot = (block: InputBlock) => `${block.block_id}/${block.element.action_id}`;

/** The fields' values; they stay when the bot updates the view, as long as block and action are called the same. */
function useValues(view: View) {
  const [changed, setChanged] = useState<Record<string, Value>>({});
  const fields = view.blocks.filter((block): block is InputBlock => block.type === "input");
  const value = (block: InputBlock) => changed[slot(block)] ?? initial(block);
  const change = (block: InputBlock, now: Value) => setChanged((before) => ({ ...before, [slot(block)]: now }));
  const all = (): Values => Object.fromEntries(fields.map((block) => [block.block_id, value(block)]));
  return { value, change, all };
}

/** Sending the form and pressing what is in it: what is under way, and what went wrong. */
function useDeeds(view: View, all: () => Values) {
  const [errors, setErrors] = useState<Record<string, string>>({});
  const [problem, setProblem] = useState("");
  const [isSending, setSending] = useState(false);
  const [pressed, setPressed] = useState("");

  const send = async () => {
    if (isSending) return;
    setSending(true);
    setProblem("");
    const outcome = await submit(view.id, all());
    setSending(false);
    setErrors(outcome.errors ?? {});
    if (!outcome.ok && !outcome.errors) setProblem(`That did not work: ${outcome.detail || outcome.error}`);
  };
  const act = async (spot: Spot) => {
    setPressed(`${spot.block_id}/${spot.action_id}`);
    setProblem("");
    const outcome = await press(view.id, spot, all());
    setPressed("");
    if (!outcome.ok) setProblem(`That did not work: ${outcome.detail || outcome.error}`);
  };
  const forgive = (block: InputBlock) => {
    if (errors[block.block_id]) setErrors(({ [block.block_id]: _gone, ...others }) => others);
  };
  return { errors, problem, isSending, pressed, send, act, forgive };
}

function Content({ view }: { view: View }) {
  const scene = useScene();
  const { value, change, all } = useValues(view);
  const { errors, problem, isSending, pressed, send, act, forgive } = useDeeds(view, all);
  const body = useRef<HTMLFormElement>(null);

  useEffect(() => {
    body.current?.querySelector<HTMLElement>("[aria-invalid=true]")?.focus();
  }, [errors]);
  useEffect(() => {
    body.current?.querySelector<HTMLElement>(".modal-body :is(input, textarea, select, button)")?.focus();
  }, []);

  const form: Form = {
    view: view.id,
    errors,
    value,
    change: (block, now) => {
      change(block, now);
      forgive(block);
    },
  };
  const onSubmit = (event: FormEvent) => {
    event.preventDefault();
    void send();
  };
  return (
    <form ref={body} noValidate onSubmit={onSubmit}>
      <header className="bar">
        <h2 id="modal-title">{view.title?.text}</h2>
        <button type="button" className="button" aria-label="Close" onClick={() => void close(view.id)}>
          ✕
        </button>
      </header>
      <div className="modal-body">
        <SceneContext.Provider value={{ ...scene, pressed, press: (spot) => void act(spot) }}>
          <FormContext.Provider value={form}>
            <Blocks blocks={view.blocks} />
          </FormContext.Provider>
        </SceneContext.Provider>
      </div>
      {problem && (
        <p className="problem" role="alert">
          {problem}
        </p>
      )}
      <Foot view={view} isSending={isSending} />
    </form>
  );
}

function Foot({ view, isSending }: { view: View; isSending: boolean }) {
  const leave = view.close?.text ?? (view.previous_view_id ? "Back" : view.submit ? "Cancel" : "Close");
  return (
    <footer className="modal-foot">
      <button type="button" className="button" onClick={() => void close(view.id)}>
        {leave}
      </button>
      {view.submit && (
        <button type="submit" className="button primary" aria-busy={isSending} aria-disabled={isSending}>
          {isSending ? "Sending…" : view.submit.text}
        </button>
      )}
    </footer>
  );
}
