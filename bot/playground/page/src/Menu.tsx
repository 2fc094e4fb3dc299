/** A menu behind three dots: it opens over everything else, and arrow keys walk through it. */

import { useEffect, useId, useRef, useState, type KeyboardEvent, type RefObject } from "react";

export interface Item {
  key: string;
  label: string;
  run: () => void;
}

interface Props {
  label: string;
  items: Item[];
  sign?: string;
  isBusy?: boolean;
  className?: string;
}

const GAP = 4;

/** Beside its button, inside the window: above it where there is no room below. */
function place(menu: HTMLElement, button: HTMLElement): void {
  const from = button.getBoundingClientRect();
  const { offsetWidth: width, offsetHeight: height } = menu;
  const below = from.bottom + GAP;
  const top = below + height > innerHeight ? Math.max(GAP, from.top - GAP - height) : below;
  menu.style.top = `${top}px`;
  menu.style.left = `${Math.max(GAP, Math.min(from.left, innerWidth - width - GAP))}px`;
}

/** While the menu is open: over everything, with the focus, until somebody looks elsewhere. */
function useOpen(
  isOpen: boolean,
  menu: RefObject<HTMLElement | null>,
  button: RefObject<HTMLElement | null>,
  leave: () => void,
): void {
  useEffect(() => {
    if (!isOpen || !menu.current || !button.current) return;
    menu.current.showPopover(); // a modal too lies below it
    place(menu.current, button.current);
    menu.current.querySelector("button")?.focus({ preventScroll: true });
    const onElsewhere = (event: Event) => {
      const target = event.target instanceof Node ? event.target : null;
      // what scrolls elsewhere, a list with a new message, does not move the button
      if (event.type === "scroll" && !target?.contains(button.current)) return;
      if (!menu.current?.contains(target) && !button.current?.contains(target)) leave();
    };
    // a menu that stayed while the page moves under it would point at nothing
    const events = ["pointerdown", "scroll", "resize"];
    events.forEach((name) => addEventListener(name, onElsewhere, true));
    return () => events.forEach((name) => removeEventListener(name, onElsewhere, true));
  }, [isOpen]);
}

export function Menu({ label, items, sign = "⋯", isBusy = false, className = "button" }: Props) {
  const [isOpen, setOpen] = useState(false);
  const button = useRef<HTMLButtonElement>(null);
  const menu = useRef<HTMLDivElement>(null);
  const id = useId();

  const close = (isBack: boolean) => {
    setOpen(false);
    if (isBack) button.current?.focus();
  };
  useOpen(isOpen, menu, button, () => setOpen(false));

  const walk = (event: KeyboardEvent) => {
    const all = [...(menu.current?.querySelectorAll("button") ?? [])];
    const at = all.indexOf(document.activeElement as HTMLButtonElement);
    const next = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: -1 }[event.key];
    if (next !== undefined) all.at(next % all.length)?.focus();
    else if (event.key === "Escape") close(true);
    else if (event.key === "Tab") setOpen(false);
    else return;
    if (event.key !== "Tab") event.preventDefault();
    event.stopPropagation();
  };

  return (
    <>
      <button
        type="button"
        ref={button}
        className={`${className} dots`}
        aria-label={label}
        title={label}
        aria-haspopup="menu"
        aria-expanded={isOpen}
        aria-controls={isOpen ? id : undefined}
        aria-busy={isBusy}
        aria-disabled={isBusy}
        onClick={() => !isBusy && setOpen(!isOpen)}
      >
        {sign}
      </button>
      {isOpen && (
        <div className="menu" popover="manual" role="menu" id={id} aria-label={label} ref={menu} onKeyDown={walk}>
          {items.map((item) => (
            <button
              key={item.key}
              type="button"
              role="menuitem"
              tabIndex={-1}
              onClick={() => {
                close(true);
                item.run();
              }}
            >
              {item.label}
            </button>
          ))}
        </div>
      )}
    </>
  );
}
