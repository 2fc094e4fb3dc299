import { createRoot } from "react-dom/client";

import { App } from "./App";
import "./page.css";
import "./message.css";
import "./composer.css";
import "./place.css";
import "./chart.css";
import "./modal.css";

const root = document.getElementById("root");
if (root) createRoot(root).render(<App />);
