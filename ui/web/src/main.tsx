import { render } from "preact";
import "./styles/base.css";
import "./styles/layout.css";
import "./styles/case.css";
import "./styles/pages.css";
import { begin } from "./store";
import { App } from "./views/App";

const root = document.getElementById("app");
if (root) render(<App />, root);
void begin();
