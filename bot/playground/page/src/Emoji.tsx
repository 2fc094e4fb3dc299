/** The table of emoji names, loaded when the first name is met. */

import { get } from "node-emoji";

export default function Emoji({ name }: { name: string }) {
  const sign = get(name);
  return sign ? (
    <span role="img" aria-label={name.replaceAll("_", " ")}>
      {sign}
    </span>
  ) : (
    <>:{name}:</>
  );
}
