/**
 * Markdown blocks, drawn by slack-blocks-to-jsx and loaded when the first one is met. Not the other blocks:
 * the package undoes `&lt;` before it reads `<…>`, so that what the bot escaped would look like a mention.
 */

import { Message, type Block } from "slack-blocks-to-jsx";
import "slack-blocks-to-jsx/dist/style.css";

import type { Theme } from "./theme";

export default function Packaged({ block, theme }: { block: unknown; theme: Theme }) {
  return (
    <Message
      withoutWrapper
      blocks={[block as Block]}
      name=""
      logo=""
      theme={theme}
      hooks={{
        link: ({ href, children }) => (
          <a href={href} target="_blank" rel="noreferrer">
            {children}
          </a>
        ),
      }}
    />
  );
}
