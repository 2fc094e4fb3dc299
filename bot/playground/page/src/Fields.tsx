/** The fields of a modal, each with its label, its hint and what is wrong with it. */

import { useId } from "react";

import { useForm, type Value } from "./form";
import { TypeAhead } from "./TypeAhead";
import { Words } from "./Text";
import type { InputBlock, Option } from "./types";

/** What every kind of field needs to be named and described to a screen reader. */
export interface Control {
  id: string;
  "aria-describedby": string | undefined;
  "aria-invalid": boolean | undefined;
  "aria-required": boolean;
  autoFocus: boolean | undefined;
}

export function FieldBlock({ block }: { block: InputBlock }) {
  const { errors } = useForm();
  const id = useId();
  const error = errors[block.block_id];
  const described = [block.hint && `${id}-hint`, error && `${id}-error`].filter(Boolean).join(" ");
  const control: Control = {
    id,
    "aria-describedby": described || undefined,
    "aria-invalid": error ? true : undefined,
    "aria-required": !block.optional,
    autoFocus: block.element.focus_on_load,
  };
  const isGroup = block.element.type === "radio_buttons" || block.element.type === "checkboxes";
  const words = (
    <>
      <Words of={block.label} />
      {block.optional && <span className="optional"> (optional)</span>}
    </>
  );
  const rest = (
    <>
      {error && (
        <p className="field-error" id={`${id}-error`}>
          {error}
        </p>
      )}
      {block.hint && (
        <p className="hint" id={`${id}-hint`}>
          <Words of={block.hint} />
        </p>
      )}
    </>
  );
  if (isGroup) {
    return (
      <fieldset className="field" aria-describedby={described || undefined}>
        <legend>{words}</legend>
        <Choices block={block} />
        {rest}
      </fieldset>
    );
  }
  return (
    <div className="field">
      <label htmlFor={id}>{words}</label>
      <Single block={block} control={control} />
      {rest}
    </div>
  );
}

function Single({ block, control }: { block: InputBlock; control: Control }) {
  const form = useForm();
  const { element } = block;
  const value = form.value(block) as string;
  const common = {
    ...control,
    value,
    placeholder: element.placeholder?.text,
    onChange: (event: { target: { value: string } }) => form.change(block, event.target.value),
  };
  switch (element.type) {
    case "external_select":
      return <TypeAhead block={block} control={control} />;
    case "static_select":
      return (
        <select {...common}>
          <option value="">{element.placeholder?.text ?? "Choose…"}</option>
          {element.options?.map((option) => (
            <option key={option.value} value={option.value}>
              {option.text.text}
            </option>
          ))}
        </select>
      );
    case "datepicker":
      return <input type="date" {...common} />;
    default:
      return element.multiline ? (
        <textarea rows={4} maxLength={element.max_length ?? 3000} {...common} />
      ) : (
        <input type="text" autoComplete="off" maxLength={element.max_length ?? 3000} {...common} />
      );
  }
}

/** Radio buttons and checkboxes. */
function Choices({ block }: { block: InputBlock }) {
  const form = useForm();
  const name = useId();
  const value: Value = form.value(block);
  const isMany = block.element.type === "checkboxes";
  const change = (option: Option, isOn: boolean) => {
    if (!isMany) return form.change(block, option.value);
    const others = (value as string[]).filter((each) => each !== option.value);
    form.change(block, isOn ? [...others, option.value] : others);
  };
  return block.element.options?.map((option) => (
    <label className="choice" key={option.value}>
      <input
        type={isMany ? "checkbox" : "radio"}
        name={name}
        checked={isMany ? value.includes(option.value) : value === option.value}
        onChange={(event) => change(option, event.target.checked)}
      />
      <span>
        <Words of={option.text} />
        {option.description && (
          <small>
            <Words of={option.description} />
          </small>
        )}
      </span>
    </label>
  ));
}
