/**
 * The entry of the page.
 *
 * @module
 */
import "./jitless.js";
import "./usable-language.js";
import "./styles/tokens.css";
import "./styles/base.css";
import "./styles/layout.css";
import "./styles/headline.css";
import "./styles/frame.css";
import "./styles/charts.css";
import "./styles/table.css";
import "./styles/health.css";
import "./styles/controls.css";
import "./styles/tuning.css";
import { options, render } from "preact";
import { App } from "./app.js";
import { createDashboard } from "./dashboard.js";

// Components that changed are drawn together, once an animation frame.
options.debounceRendering = requestAnimationFrame;

const root = document.getElementById("app");
if (root !== null) render(<App dashboard={createDashboard()} />, root);
