import { useEffect } from "preact/hooks";
import { t } from "../i18n";
import { actionFor } from "../keys";
import {
  alarm,
  announcement,
  current,
  dialog,
  dismissToast,
  isAdministrator,
  isSupervisor,
  route,
  selected,
  signedIn,
  toasts,
} from "../store";
import { allowed, perform } from "../verbs";
import { Administration } from "./Administration";
import { Banner } from "./Banner";
import { CaseView } from "./CaseView";
import { CitizenPanel } from "./CitizenPanel";
import { Dialogs } from "./Dialogs";
import { History } from "./History";
import { Icon } from "./Icon";
import { Offers } from "./Offers";
import { Queue } from "./Queue";
import { Search } from "./Search";
import { SignIn } from "./SignIn";
import { TopBar } from "./TopBar";
import { Wallboard } from "./Wallboard";

function isWriting(target: EventTarget | null): boolean {
  const element = target as HTMLElement | null;
  return !!element?.closest?.(
    "input:not([type=checkbox]):not([type=radio]), textarea, select, [contenteditable]",
  );
}

function onKey(event: KeyboardEvent): void {
  if (event.defaultPrevented || event.isComposing || signedIn.value !== true) return;
  if (dialog.value !== null) return;
  const target = event.target as HTMLElement | null;
  // A focused button, link or queue row takes Enter for itself.
  if (event.key === "Enter" && target?.closest?.("button, a, summary, [role=option], [role=menuitem]"))
    return;
  const found = actionFor(event, allowed, isWriting(target));
  if (!found) return;
  event.preventDefault();
  perform(found.action, found.digit);
}

export function App() {
  useEffect(() => {
    window.addEventListener("keydown", onKey);
    return () => window.removeEventListener("keydown", onKey);
  }, []);
  const waitingCount = current.value ? `${current.value.number} – ` : "";
  useEffect(() => {
    document.title = `${waitingCount}${t("app")}`;
  }, [waitingCount]);
  if (signedIn.value === null) return <p class="loading">{t("loading")}</p>;
  if (!signedIn.value) return <SignIn />;
  if (route.value.view === "wallboard") return <Wallboard />;
  return (
    <div class="shell">
      <a class="skip" href="#main">
        {t("skip")}
      </a>
      <TopBar />
      <Banner />
      <Page />
      <Dialogs />
      <Announcements />
    </div>
  );
}

function Page() {
  const view = route.value.view;
  if (view === "search") return <Search />;
  if (view === "history" && isSupervisor.value) return <History />;
  if (view === "administration" && isAdministrator.value) return <Administration />;
  return (
    <div class={`work ${selected.value === null ? "no-case" : "has-case"}`}>
      <aside class="left" aria-label={t("queue")}>
        <Offers />
        <Queue />
      </aside>
      <main id="main" class="middle" tabIndex={-1}>
        <CaseView />
      </main>
      <aside class="right" aria-label={t("citizen")} id="citizen-panel" tabIndex={-1}>
        <CitizenPanel />
      </aside>
    </div>
  );
}

function Announcements() {
  return (
    <>
      <div class="hidden" role="status" aria-live="polite">
        {announcement.value}
      </div>
      <div class="hidden" role="alert" aria-live="assertive">
        {alarm.value}
      </div>
      <div class="toasts" role="log" aria-live="polite" aria-label={t("saved")}>
        {toasts.value.map((one) => (
          <div key={one.id} class={`toast ${one.kind}`}>
            <Icon name={one.kind === "good" ? "check" : "warn"} />
            <span>{one.text}</span>
            <button
              type="button"
              class="plain"
              aria-label={t("dismiss")}
              onClick={() => dismissToast(one.id)}
            >
              <Icon name="close" size={14} />
            </button>
          </div>
        ))}
      </div>
    </>
  );
}
