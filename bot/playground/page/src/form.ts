/** What the fields of an open modal hold: shared by the modal and its fields. */

import { createContext, useContext } from "react";

import type { InputBlock } from "./types";

export type Value = string | string[];

export interface Form {
  view: string;
  errors: Record<string, string>;
  value: (block: InputBlock) => Value;
  change: (block: InputBlock, value: Value) => void;
}

export const FormContext = createContext<Form | null>(null);

export function useForm(): Form {
  const form = useContext(FormContext);
  if (!form) throw new Error("a field is drawn outside of FormContext");
  return form;
}

/** What a field holds when its view opens. */
export function initial({ element }: InputBlock): Value {
  switch (element.type) {
    case "plain_text_input":
      return element.initial_value ?? "";
    case "datepicker":
      return element.initial_date ?? "";
    case "checkboxes":
      return (element.initial_options ?? []).map((option) => option.value);
    default:
      return element.initial_option?.value ?? "";
  }
}
