/** A button, a link that looks like one, or a menu of choices, in a message or a view. */

import type { ReactElement } from "react";

import { Menu } from "./Menu";
import { useScene } from "./scene";
import type { Active } from "./types";

interface Props {
  element: Active;
  blockId: string;
}

export function Pressable({ element, blockId }: Props): ReactElement {
  const { press, pressed } = useScene();
  const spot = { block_id: blockId, action_id: element.action_id };
  const isBusy = pressed === `${blockId}/${element.action_id}`;
  const isSure = () => !element.confirm || window.confirm(element.confirm.text.text);
  const choose = (option: string) => {
    if (isSure()) press({ ...spot, option });
  };
  if (element.type === "overflow") {
    const items = (element.options ?? []).map((option) => ({
      key: option.value,
      label: option.text.text,
      run: () => choose(option.value),
    }));
    return <Menu label={element.accessibility_label ?? "More actions"} items={items} isBusy={isBusy} />;
  }
  if (element.options) return <Select element={element} isBusy={isBusy} choose={choose} />;
  const look = `button ${element.style ?? ""}`;
  if (element.url) {
    return (
      <a className={look} href={element.url} target="_blank" rel="noreferrer" onClick={() => press(spot)}>
        {element.text?.text}
      </a>
    );
  }
  return (
    <button
      type="button"
      className={look}
      aria-label={element.accessibility_label}
      aria-busy={isBusy}
      aria-disabled={isBusy} // disabled, it would lose the focus that a modal gives back to it
      onClick={() => !isBusy && isSure() && press(spot)}
    >
      {element.text?.text}
    </button>
  );
}

function Select({ element, isBusy, choose }: { element: Active; isBusy: boolean; choose: (value: string) => void }) {
  const label = element.placeholder?.text ?? element.accessibility_label ?? "Choose…";
  return (
    <select
      className="button"
      aria-label={label}
      value={element.initial_option?.value ?? ""}
      disabled={isBusy}
      onChange={(event) => choose(event.target.value)}
    >
      <option value="" disabled>
        {label}
      </option>
      {element.options?.map((option) => (
        <option key={option.value} value={option.value}>
          {option.text.text}
        </option>
      ))}
    </select>
  );
}
