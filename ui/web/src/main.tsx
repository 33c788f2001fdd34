import { render } from "preact";
import "./styles/tokens.css";
import "./styles/base.css";
import "./styles/frame.css";
import "./styles/queue.css";
import "./styles/overlays.css";
import "./styles/case.css";
import "./styles/timeline.css";
import "./styles/pages.css";
import "./styles/menus.css";
import "./styles/directory.css";
import "./styles/phone.css";
import "./styles/replay.css";
import { begin } from "./store";
import { App } from "./views/App";

const root = document.getElementById("app");
if (root) render(<App />, root);
void begin();
