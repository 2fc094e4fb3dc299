/** The message box: Enter sends, and a command is completed while it is typed. */

import { useEffect, useId, useMemo, useRef, useState, type KeyboardEvent } from "react";

import { complete, shortcut } from "./api";
import { Menu } from "./Menu";
import { useScene } from "./scene";
import type { Completion } from "./types";

const PAUSE_MS = 60;

interface Props {
  label: string;
  hint: string;
  canComplete: boolean;
  disabled?: boolean;
  onSend: (text: string) => void;
}

/** What can be typed next: the command itself, then whatever the bot offers after it. */
function useCompletions(text: string, isOn: boolean): Completion[] {
  const { command, bot } = useScene().snapshot;
  const [found, setFound] = useState<Completion[]>([]);
  const typed = isOn && text.startsWith(`${command} `) ? text.slice(command.length + 1) : null;
  useEffect(() => {
    if (typed === null) {
      setFound([]);
      return;
    }
    // what was offered stays until the answer is there, so that the list does not flicker
    const stop = new AbortController();
    const timer = setTimeout(() => {
      complete(typed, stop.signal).then(setFound, () => setFound([]));
    }, PAUSE_MS);
    return () => {
      clearTimeout(timer);
      stop.abort();
    };
  }, [typed]);

  return useMemo(() => {
    if (typed !== null) return found.filter((offer) => offer.text !== typed);
    const isBegun = isOn && text.startsWith("/") && command.startsWith(text);
    return isBegun ? [{ text: "", summary: `Ask ${bot.name}` }] : [];
  }, [typed, found, isOn, text, command, bot.name]);
}

export function Composer({ label, hint, canComplete, disabled, onSend }: Props) {
  const { command } = useScene().snapshot;
  const [text, setText] = useState("");
  const [choice, setChoice] = useState<{ of: Completion[]; position: number }>({ of: [], position: -1 });
  const [isHidden, setHidden] = useState(false);
  const offers = useCompletions(text, canComplete);
  const box = useRef<HTMLTextAreaElement>(null);
  const id = useId();
  const isOpen = offers.length > 0 && !isHidden;

  // a choice among earlier offers is none among these
  const active = choice.of === offers ? choice.position : -1;
  const setActive = (position: number) => setChoice({ of: offers, position });

  useEffect(() => {
    document.getElementById(`${id}-${active}`)?.scrollIntoView({ block: "nearest" });
  }, [active, id]);

  const type = (value: string) => {
    setText(value);
    setHidden(false);
  };
  const accept = (offer: Completion) => {
    const chosen = `${command} ${offer.text}`;
    setText(chosen);
    setActive(-1);
    // what ends in a space wants another word; anything else is ready to be sent
    setHidden(!chosen.endsWith(" "));
    box.current?.focus();
  };
  const submit = () => {
    if (!text.trim() || disabled) return;
    onSend(text.trim());
    type("");
  };
  const choose = (event: KeyboardEvent): boolean => {
    if (event.key === "ArrowDown") setActive((active + 1) % offers.length);
    else if (event.key === "ArrowUp") setActive((active <= 0 ? offers.length : active) - 1);
    else if (event.key === "Escape") setHidden(true);
    else if ((event.key === "Enter" || event.key === "Tab") && active >= 0) accept(offers[active]);
    else return false;
    return true;
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.nativeEvent.isComposing) return;
    if (isOpen && choose(event)) event.preventDefault();
    else if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      submit();
    }
  };

  return (
    <div className="composer">
      {isOpen && (
        <ul className="offers" role="listbox" id={id} aria-label="Completions">
          {offers.map((offer, position) => (
            <li
              key={offer.text}
              id={`${id}-${position}`}
              role="option"
              aria-selected={position === active}
              onMouseDown={(event) => {
                event.preventDefault();
                accept(offer);
              }}
            >
              <strong>
                {command} {offer.text}
              </strong>
              <span>{offer.summary}</span>
            </li>
          ))}
        </ul>
      )}
      <form
        onSubmit={(event) => {
          event.preventDefault();
          submit();
        }}
      >
        <textarea
          ref={box}
          rows={1}
          value={text}
          placeholder={hint}
          aria-label={label}
          role="combobox"
          aria-autocomplete="list"
          aria-expanded={isOpen}
          aria-controls={id}
          aria-activedescendant={isOpen && active >= 0 ? `${id}-${active}` : undefined}
          disabled={disabled}
          onChange={(event) => type(event.target.value)}
          onKeyDown={onKeyDown}
          onBlur={() => setHidden(true)}
          onFocus={() => setHidden(false)}
        />
        {canComplete && !disabled && <Shortcuts />}
        <button type="submit" className="send" aria-label="Send" disabled={disabled || !text.trim()}>
          ➤
        </button>
      </form>
    </div>
  );
}

/** The app's shortcuts that belong to no message. */
function Shortcuts() {
  const { shortcuts } = useScene().snapshot;
  const items = shortcuts
    .filter((each) => each.type === "global")
    .map((each) => ({ key: each.callback_id, label: each.name, run: () => void shortcut(each.callback_id) }));
  return items.length ? <Menu label="Shortcuts" items={items} sign="+" className="tool" /> : null;
}
