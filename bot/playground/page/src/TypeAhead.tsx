/** A menu that the bot fills while one types. */

import { useEffect, useId, useState, type KeyboardEvent } from "react";

import { suggest } from "./api";
import type { Control } from "./Fields";
import { useForm } from "./form";
import type { InputBlock, Option } from "./types";

const PAUSE_MS = 120;

interface Found {
  of: string;
  options: Option[];
  problem: string;
}

/** The bot's offers for what is typed; null while it thinks. */
function useOffers(view: string, block: InputBlock, text: string, isOn: boolean): Found | null {
  const [found, setFound] = useState<Found | null>(null);
  const action = block.element.action_id;
  useEffect(() => {
    if (!isOn) return;
    let isLate = false;
    const ask = async () => {
      const answer = await suggest(view, action, text);
      const problem = answer.ok ? "" : `No suggestions: ${answer.detail || answer.error}`;
      if (!isLate) setFound({ of: text, options: answer.options ?? [], problem });
    };
    const timer = setTimeout(() => void ask(), PAUSE_MS);
    return () => {
      isLate = true;
      clearTimeout(timer);
    };
  }, [view, action, text, isOn]);
  return found?.of === text ? found : null;
}

export function TypeAhead({ block, control }: { block: InputBlock; control: Control }) {
  const form = useForm();
  const { element } = block;
  const least = element.min_query_length ?? 3;
  const [text, setText] = useState(element.initial_option?.text.text ?? "");
  const [isOpen, setOpen] = useState(false);
  const [active, setActive] = useState(-1);
  const list = useId();
  const isEnough = text.length >= least;
  const found = useOffers(form.view, block, text, isOpen && isEnough);
  const options = isOpen && found ? found.options : [];

  useEffect(() => setActive(-1), [found]);
  useEffect(() => {
    document.getElementById(`${list}-${active}`)?.scrollIntoView({ block: "nearest" });
  }, [active, list]);

  const type = (value: string) => {
    setText(value);
    setOpen(true);
    form.change(block, "");
  };
  const choose = (option: Option) => {
    setText(option.text.text);
    setOpen(false);
    form.change(block, option.value);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === "ArrowDown" && !isOpen) setOpen(true);
    else if (event.key === "ArrowDown" && options.length) setActive((active + 1) % options.length);
    else if (event.key === "ArrowUp" && options.length) setActive((active <= 0 ? options.length : active) - 1);
    else if (event.key === "Enter" && isOpen && active >= 0) choose(options[active]);
    else if (event.key === "Escape" && options.length) {
      setOpen(false);
      event.stopPropagation(); // the modal stays
    } else return;
    event.preventDefault();
  };

  return (
    <div className="typeahead" onBlur={(event) => !event.currentTarget.contains(event.relatedTarget) && setOpen(false)}>
      <input
        {...control}
        type="text"
        role="combobox"
        autoComplete="off"
        aria-autocomplete="list"
        aria-expanded={options.length > 0}
        aria-controls={list}
        aria-activedescendant={active >= 0 ? `${list}-${active}` : undefined}
        placeholder={element.placeholder?.text ?? "Type to search"}
        value={text}
        onChange={(event) => type(event.target.value)}
        onClick={() => setOpen(!form.value(block))}
        onKeyDown={onKeyDown}
      />
      <Offers id={list} options={options} active={active} choose={choose} />
      <p className="hint" role="status">
        {isOpen && state(isEnough, least, found)}
      </p>
    </div>
  );
}

interface OffersProps {
  id: string;
  options: Option[];
  active: number;
  choose: (option: Option) => void;
}

function Offers({ id, options, active, choose }: OffersProps) {
  return (
    <ul className="choices" role="listbox" id={id} aria-label="Suggestions" hidden={!options.length}>
      {options.map((option, position) => (
        <li
          key={option.value}
          id={`${id}-${position}`}
          role="option"
          aria-selected={position === active}
          onMouseDown={(event) => {
            event.preventDefault(); // the field keeps the focus
            choose(option);
          }}
        >
          {option.text.text}
          {option.description && <small>{option.description.text}</small>}
        </li>
      ))}
    </ul>
  );
}

function state(isEnough: boolean, least: number, found: Found | null): string {
  if (!isEnough) return `Type at least ${least} ${least === 1 ? "letter" : "letters"}.`;
  if (!found) return "Looking…";
  if (found.problem) return found.problem;
  return found.options.length ? "" : "Nothing is called that.";
}
